"""The package `rung`: what it simulates is what the program simulates, and what an environment is
led through by a policy's choices is that policy's session."""

import json
import os
import pathlib
import subprocess
import unittest

import numpy

import rung

SOURCE = pathlib.Path(os.environ["RUNG_SOURCE_DIR"])
TITLE = SOURCE / "examples" / "ladder.json"
TRACES = SOURCE / "traces" / "synthetic"
TRACE = TRACES / "step.csv"


def by_program(policy):
    """The program's own row for one session."""
    out = subprocess.run(
        [
            os.environ["RUNG_PROGRAM"], "simulate", "--format", "jsonl", "--policy", policy,
            "--title", TITLE, "--trace", TRACE, "--quiet",
        ],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return json.loads(out)


class Simulate(unittest.TestCase):
    def test_comes_to_what_the_program_says(self):
        for policy in ("bba", "robust-mpc"):
            report = rung.simulate(TITLE, TRACE, policy)
            del report["transfers"]
            row = by_program(policy)
            self.assertEqual(report, row)
            self.assertEqual(
                {name: type(value) for name, value in report.items()},
                {name: type(value) for name, value in row.items()},
            )

    def test_a_sweep_has_an_entry_for_each_session(self):
        swept = rung.sweep(TITLE, TRACES, ["bba", "robust-mpc"], seeds=(1, 2), jobs=2)
        self.assertEqual(len(swept["seed"]), 2 * len(list(TRACES.iterdir())) * 2)
        self.assertEqual(swept["segments"].dtype, numpy.int64)
        self.assertEqual(swept["mean_kbps"].dtype, numpy.float64)
        for policy in ("bba", "robust-mpc"):
            row = by_program(policy)
            at = (swept["policy"] == policy) & (swept["trace"] == str(TRACE)) & (swept["seed"] == 1)
            self.assertEqual(swept["fingerprint"][at].tolist(), [row["fingerprint"]])

    def test_returns_an_array_for_each_column_of_the_transfers(self):
        report = rung.simulate(TITLE, TRACE, "bba", abandonment=False)
        transfers = report["transfers"]
        numpy.testing.assert_array_equal(transfers["segment"], numpy.arange(report["segments"]))
        self.assertEqual(transfers["size_bytes"].sum(), report["body_bytes"])
        self.assertTrue((transfers["first_byte_s"] <= transfers["done_s"]).all())

    def test_says_what_the_program_says_of_what_is_wrong(self):
        for arguments, kind in (
            (("absent.json", TRACE, "bba"), FileNotFoundError),
            ((TITLE, TRACE, "bbba"), ValueError),
        ):
            told = subprocess.run(
                [os.environ["RUNG_PROGRAM"], "simulate", "--title", arguments[0],
                 "--trace", arguments[1], "--policy", arguments[2]],
                capture_output=True, text=True,
            ).stderr  # fmt: skip
            with self.assertRaises(kind) as raised:
                rung.simulate(*arguments)
            self.assertEqual(told, f"rung: {raised.exception}\n")
        with self.assertRaisesRegex(ValueError, "buffer: a number from 0.001"):
            rung.simulate(TITLE, TRACE, "bba", buffer=-1)
        with self.assertRaises(TypeError):
            rung.simulate(TITLE, TRACE, "bba", bufer=30)


class Environment(unittest.TestCase):
    def test_led_by_a_policys_choices_it_is_that_policys_session(self):
        for policy in ("bba", "robust-mpc"):
            for trace in sorted(path for path in TRACES.rglob("*") if path.is_file()):
                expected = rung.simulate(TITLE, trace, policy, abandonment=False)
                env = rung.Environment(TITLE, trace, abandonment=False)
                observation, _ = env.reset(seed=1)
                total = env.report()["qoe_lin"]
                transfers = expected["transfers"]
                for action in transfers["representation"][~transfers["abandoned"]]:
                    self.assertTrue(env.observation_space.contains(observation))
                    observation, reward, terminated, truncated, report = env.step(action)
                    total += reward
                self.assertTrue(terminated)
                self.assertFalse(truncated)
                # The fingerprint has the reasons of the choices as well, which are others here.
                for name in set(report) - {"policy", "estimator", "fingerprint"}:
                    self.assertEqual(report[name], expected[name], (policy, trace, name))
                self.assertAlmostEqual(total, expected["qoe_lin"])

    def test_refuses_what_cannot_be(self):
        env = rung.Environment(TITLE, TRACE)
        with self.assertRaisesRegex(ValueError, "reset"):
            env.step(0)
        env.reset(options={"trace": 0})
        with self.assertRaisesRegex(ValueError, "there is no representation 99"):
            env.step(99)
        with self.assertRaisesRegex(ValueError, "trace: there are 1, and no number 7"):
            env.reset(options={"trace": 7})


class VectorEnvironment(unittest.TestCase):
    def test_is_as_many_environments_on_any_number_of_threads(self):
        count, steps = 5, 150
        singles = [rung.Environment(TITLE, TRACES, seed=seed) for seed in range(count)]
        seen = [single.reset()[0] for single in singles]
        many = [rung.VectorEnvironment(TITLE, TRACES, count, threads=threads) for threads in (1, 3)]
        for env in many:
            numpy.testing.assert_array_equal(env.reset()[0], seen)
        random = numpy.random.default_rng(1)
        endings = 0
        for _ in range(steps):
            actions = random.integers(many[0].single_action_space.n, size=count)
            rewards, reports = [], []
            for i, single in enumerate(singles):
                seen[i], reward, over, _, report = single.step(actions[i])
                rewards.append(reward)
                reports.append(report)
                if over:
                    seen[i], _ = single.reset()
            for env in many:
                observations, gained, ended, _, infos = env.step(actions)
                numpy.testing.assert_array_equal(observations, seen)
                numpy.testing.assert_array_equal(gained, rewards)
                for i, report in enumerate(reports):
                    self.assertEqual(bool(report), bool(ended[i]))
                    if report:
                        self.assertEqual(infos["qoe"][i], report["qoe_lin_per_seg"])
                        endings += 1
        self.assertGreater(endings, 0)

    def test_refuses_what_cannot_be(self):
        env = rung.VectorEnvironment(TITLE, TRACES, 2)
        with self.assertRaisesRegex(ValueError, "reset"):
            env.step([0, 0])
        env.reset()
        with self.assertRaisesRegex(ValueError, "representation 50 of the segment of environment 1"):
            env.step([0, 50])
        with self.assertRaises(TypeError):
            env.step([0.5, 1.5])
        with self.assertRaises(ValueError):
            rung.VectorEnvironment(TITLE, TRACES, 0)


if __name__ == "__main__":
    unittest.main()
