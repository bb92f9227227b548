"""Steps a second of rung.VectorEnvironment with random actions: TITLE TRACES [ENVIRONMENTS [THREADS]]."""

import sys
import time

import numpy

import rung

title, traces = sys.argv[1:3]
count = int(sys.argv[3]) if len(sys.argv) > 3 else 64
threads = int(sys.argv[4]) if len(sys.argv) > 4 else 0
env = rung.VectorEnvironment(title, traces, count, threads=threads, copy=False)
env.reset(seed=0)
actions = numpy.random.default_rng(0).integers(env.single_action_space.n, size=(100, count))
for _ in range(5):
    begin = time.perf_counter()
    cpu = time.process_time()
    steps = 0
    while time.perf_counter() - begin < 2:
        for chosen in actions:
            env.step(chosen)
        steps += actions.size
    taken = time.perf_counter() - begin
    used = time.process_time() - cpu
    print(f"{steps / taken:.0f} steps/s, {steps / used:.0f} a second of processor time")
