"""Rung's simulator for Python: whole sessions, and environments to train policies in.

docs/python.md says what each of them takes and returns.
"""

import os

import numpy

from . import _rung

try:  # Where Gymnasium is installed its own spaces are used; nothing here needs it.
    from gymnasium.spaces import Box, Discrete, MultiDiscrete
except ImportError:
    from ._spaces import Box, Discrete, MultiDiscrete

__all__ = ["Environment", "VectorEnvironment", "policy_names", "simulate", "sweep"]
__version__ = _rung.version

policy_names = _rung.policy_names


def _listed(values):
    """One path or name, or several, as a list of text."""
    one = isinstance(values, (str, os.PathLike))
    return [os.fspath(value) for value in ([values] if one else values)]


def simulate(title, trace, policy, *, seed=1, **settings):
    """One session, as `rung simulate` runs it: a dict of its columns; under "transfers" one numpy
    array for each column of `rung simulate --decisions`."""
    return _rung.simulate(
        os.fspath(title), os.fspath(trace), policy, seed, _rung.Settings(**settings)
    )


def sweep(titles, traces, policies, *, seeds=(1,), jobs=0, **settings):
    """Every policy on every title over every trace with every seed: one numpy array for each column
    of `rung simulate`, an entry for each session."""
    return _rung.sweep(
        _listed(titles), _listed(traces), _listed(policies), list(seeds), jobs,
        _rung.Settings(**settings),
    )  # fmt: skip


def _sessions(titles, traces, settings):
    return _rung.Sessions(_listed(titles), _listed(traces), _rung.Settings(**settings))


def _observations(shape):
    return Box(low=-1.0, high=numpy.inf, shape=shape, dtype=numpy.float32)


class Environment:
    """One session at a time, in the form of gymnasium.Env: an action is a representation of the
    next segment, a reward what it added to the session's QoE."""

    metadata = {"render_modes": []}
    render_mode = None
    spec = None

    def __init__(self, titles, traces, *, seed=0, **settings):
        sessions = _sessions(titles, traces, settings)
        self._environment = _rung.Environment(sessions, seed)
        self._observation = numpy.zeros(sessions.observation_size, numpy.float32)
        self.observation_space = _observations((sessions.observation_size,))
        self.action_space = Discrete(sessions.action_count)

    @property
    def unwrapped(self):
        return self

    def _observe(self):
        self._environment.observe(self._observation)
        return self._observation.copy()

    def reset(self, *, seed=None, options=None):
        """Begins a session; `options` may say which "title" and "trace" by number."""
        options = options or {}
        if seed is not None:
            self._environment.reseed(seed)
        self._environment.reset(options.get("title"), options.get("trace"))
        return self._observe(), {}

    def step(self, action, wait=0.0):
        """Fetches the next segment in representation `action`, asked for after `wait` seconds."""
        reward, terminated, truncated = self._environment.step(int(action), wait)
        report = self._environment.report() if terminated or truncated else {}
        return self._observe(), reward, terminated, truncated, report

    def report(self):
        """What the session has come to so far."""
        return self._environment.report()

    def close(self):
        pass


class VectorEnvironment:
    """Many sessions at once, in the form of gymnasium.vector.VectorEnv, stepped on threads. One
    that ends is followed by the next in the same step. With `copy` False the arrays that reset()
    and step() return are the same ones each time, written anew."""

    def __init__(self, titles, traces, num_envs, *, threads=0, seed=0, copy=True, **settings):
        sessions = _sessions(titles, traces, settings)
        self._environments = _rung.VectorEnvironment(sessions, num_envs, threads, seed)
        self.num_envs = num_envs
        numbers = sessions.observation_size
        self.single_observation_space = _observations((numbers,))
        self.observation_space = _observations((num_envs, numbers))
        self.single_action_space = Discrete(sessions.action_count)
        self.action_space = MultiDiscrete([sessions.action_count] * num_envs)
        self._kept = (lambda array: array.copy()) if copy else (lambda array: array)
        self._actions = numpy.zeros(num_envs, numpy.int64)
        self._observations = numpy.zeros((num_envs, numbers), numpy.float32)
        self._rewards = numpy.zeros(num_envs, numpy.float64)
        self._terminated = numpy.zeros(num_envs, numpy.uint8)
        self._truncated = numpy.zeros(num_envs, numpy.uint8)
        self._qoe = numpy.full(num_envs, numpy.nan)

    def reset(self, *, seed=None, options=None):
        """Begins a session everywhere; environment i draws with seed + i."""
        self._environments.reset(seed, self._observations)
        return self._kept(self._observations), {}

    def step(self, actions):
        """`actions` are num_envs whole numbers. Where a session ended, the observation is the first
        of the next one, and the last dict's "qoe" has the mean over the ended one's segments."""
        numpy.copyto(self._actions, actions, casting="same_kind")
        self._environments.step(
            self._actions, self._observations, self._rewards,
            self._terminated, self._truncated, self._qoe,
        )  # fmt: skip
        terminated = self._kept(self._terminated).view(bool)
        truncated = self._kept(self._truncated).view(bool)
        ended = terminated | truncated
        infos = {"qoe": self._kept(self._qoe), "_qoe": ended} if ended.any() else {}
        return self._kept(self._observations), self._kept(self._rewards), terminated, truncated, infos

    def close(self):
        pass
