"""Trains a small policy with the cross-entropy method, in numpy alone: TITLE TRACES [ROUNDS].

The policy takes the highest bandwidth below share * throughput + slope * (buffer - middle). The three
numbers are drawn for every environment of a vector, those of the best sessions set what is drawn next.
"""

import sys

import numpy

import rung

title, traces = sys.argv[1:3]
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 15
count, best, sessions = 128, 16, 8
env = rung.VectorEnvironment(title, traces, count, copy=False)
rungs = int(env.single_action_space.n)
random = numpy.random.default_rng(1)
mean, spread = numpy.array([0.8, 0.0, 10.0]), numpy.array([0.4, 0.2, 5.0])


def chosen(observations, numbers):
    share, slope, middle = numbers.T
    rate = share * observations[:, 5] + slope * (observations[:, 0] - middle)
    bandwidths = observations[:, -rungs:]
    fits = (bandwidths > 0) & (bandwidths <= rate[:, None])
    return numpy.maximum(fits.sum(axis=1) - 1, 0)


for number in range(rounds):
    drawn = mean + spread * random.standard_normal((count, 3))
    observations, _ = env.reset(seed=number)  # Environment i draws its title and trace with number + i.
    worth, left = numpy.zeros(count), numpy.full(count, sessions)
    while left.any():
        observations, rewards, terminated, truncated, _ = env.step(chosen(observations, drawn))
        worth += numpy.where(left > 0, rewards, 0)
        left -= (left > 0) & (terminated | truncated)
    elite = drawn[numpy.argsort(worth)[-best:]]
    mean, spread = elite.mean(axis=0), elite.std(axis=0) + 0.01
    print(f"round {number}: mean worth of a session {worth.mean() / sessions:.2f}, numbers {mean.round(3)}")
