#!/usr/bin/env python3
"""Rung beside the simulators whose profiles it has, alternating, on one core and the same inputs.

    bench/against_simulators.py [--rung PROGRAM] [--rounds N] [--seconds S]
        [--sabre sabre.py --movie FILE --networks FOLDER]
        [--pensieve fixed_env.py --sizes FOLDER --traces FOLDER]

Neither simulator is part of Rung: `sabre.py` is src/sabre.py of github.com/UMass-LIDS/sabre, with a
movie and a folder of network traces in its JSON; `fixed_env.py` is in test/ of
github.com/hongzimao/pensieve, with a folder of its files video_size_* and one of its traces.

Sabre runs in this process, its definitions and inputs read once: what is timed is its session alone.
So is Rung's: `rung simulate --jobs 1` tells how long its sessions took. Pensieve's environment is
asked for segments with its buffer-based policy (it needs numpy). Every round runs one after the other and gives a
ratio; machines are noisy: quote the median.
"""

import argparse
import ast
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time
import types


class Rung:
    """Whole runs of the program; more seeds make them longer, and nothing else."""

    def __init__(self, program, seconds, *arguments):
        self.command = [program, "simulate", "--jobs", "1", "-o", "/dev/null", *map(str, arguments)]
        _, _, taken = self.run(1)
        self.seeds = max(1, min(20_000, round(seconds / max(taken, 1e-3))))

    def run(self, seeds):
        """Sessions, segments and seconds."""
        command = [*self.command, "--seed", ",".join(map(str, range(1, seeds + 1)))]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        found = re.search(r"(\d+) sessions, (\d+) segments in ([\d.]+) s", told.stderr)
        if told.returncode != 0 or not found:
            sys.exit(f"{' '.join(self.command)}: {told.stderr.strip()}")
        return int(found[1]), int(found[2]), float(found[3])

    def sessions_per_second(self):
        sessions, _, taken = self.run(self.seeds)
        return sessions / taken

    def segments_per_second(self):
        _, segments, taken = self.run(self.seeds)
        return segments / taken


class Options:
    """In place of argparse: the defaults of all options, and what is set here."""

    def __init__(self, chosen):
        self.chosen = chosen

    def __call__(self, **_):
        self.values = {}
        return self

    def add_argument(self, *names, **option):
        unset = False if option.get("action") == "store_true" else None
        self.values[names[-1].lstrip("-").replace("-", "_")] = option.get("default", unset)

    def parse_args(self):
        return types.SimpleNamespace(**(self.values | self.chosen))


class Sabre:
    """Sessions of Sabre's main program, whose definitions stay in place between them."""

    def __init__(self, path, movie, networks):
        tree = ast.parse(path.read_text(), str(path))
        main = next((node for node in tree.body if isinstance(node, ast.If)), None)
        if main is None:
            sys.exit(f"{path}: has no main program; is it Sabre's src/sabre.py?")
        self.session = compile(ast.Module(main.body, []), str(path), "exec")
        tree.body.remove(main)
        self.world = {"__name__": "sabre"}
        exec(compile(tree, str(path), "exec"), self.world)
        inputs = {name: json.loads(pathlib.Path(name).read_text()) for name in [movie, *networks]}
        self.chosen = {"movie": movie}
        self.world["load_json"] = inputs.get
        self.world["print"] = lambda *_, **__: None
        self.world["argparse"] = types.SimpleNamespace(
            ArgumentParser=Options(self.chosen), ArgumentDefaultsHelpFormatter=None)
        self.networks = networks

    def sessions_per_second(self, options, seconds):
        self.chosen.update(options)
        sessions = 0
        begin = time.perf_counter()
        while (taken := time.perf_counter() - begin) < seconds:
            self.chosen["network"] = self.networks[sessions % len(self.networks)]
            exec(self.session, self.world)
            sessions += 1
        return sessions / taken


class Pensieve:
    """Segments of Pensieve's environment for Python 2."""

    def __init__(self, path, sizes, traces):
        world = {"__name__": "fixed_env", "xrange": range}
        exec(compile(path.read_text(), str(path), "exec"), world)
        world["VIDEO_SIZE_FILE"] = str(sizes / "video_size_")
        rows = [[tuple(map(float, line.split()[:2])) for line in file.read_text().splitlines()]
                for file in traces]
        self.environment = world["Environment"]([[row[0] for row in trace] for trace in rows],
                                                [[row[1] for row in trace] for trace in rows])

    def segments_per_second(self, seconds):
        segments = 0
        quality = 1
        begin = time.perf_counter()
        while (taken := time.perf_counter() - begin) < seconds:
            for _ in range(48):
                level = self.environment.get_video_chunk(quality)[2]
                quality = 0 if level < 5 else 5 if level >= 15 else int(5 * (level - 5) / 10)
            segments += 48
        return segments / taken


# What of Sabre's is held against what of Rung's: in its profile, decision for decision, with its
# looks every 50 ms at whether to give a transfer up and without; and in Rung's own.
SABRE_PAIRS = (
    ("bola in its profile", {"abr": "bola", "no_abandon": False}, "--profile sabre --policy bola"),
    ("bola-e in its profile", {"abr": "bolae", "no_abandon": False},
     "--profile sabre --policy bola-e"),
    ("bola in its profile, nothing given up", {"abr": "bola", "no_abandon": True},
     "--profile sabre --policy bola --never-abandon"),
    ("bola, Rung's own profile", {"abr": "bola", "no_abandon": False}, "--policy bola-u"),
    ("bola-e, Rung's own profile", {"abr": "bolae", "no_abandon": False}, "--policy bola-e"),
)


def compare(what, rounds, theirs, ours):
    """Prints the medians of both and of their ratio, with the ratio's range."""
    pairs = [(theirs(), ours()) for _ in range(rounds)]
    ratios = sorted(our / their for their, our in pairs)
    their, our = (statistics.median(column) for column in zip(*pairs))
    print(f"{what}: {their:,.0f} a second, Rung {our:,.0f}; median ratio of {rounds} "
          f"{statistics.median(ratios):.0f} (from {ratios[0]:.0f} to {ratios[-1]:.0f})", flush=True)


def files_in(folder, pattern):
    files = sorted(file for file in folder.glob(pattern) if file.is_file())
    if not files:
        sys.exit(f"{folder}: there is no file {pattern} here")
    return files


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("--rung", default="build/release/rung")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    for name in ("--sabre", "--movie", "--networks", "--pensieve", "--sizes", "--traces"):
        parser.add_argument(name, type=pathlib.Path)
    flags = parser.parse_args()

    measured = False
    for simulator, needed in (("sabre", ("movie", "networks")), ("pensieve", ("sizes", "traces"))):
        missing = [f"--{name}" for name in (simulator, *needed) if getattr(flags, name) is None]
        absent = [str(path) for name in (simulator, *needed)
                  if (path := getattr(flags, name)) is not None and not path.exists()]
        if absent:
            sys.exit(f"against_simulators: {absent[0]}: there is no such file or folder")
        if missing:
            print(f"against_simulators: {simulator} is not measured without {', '.join(missing)}",
                  file=sys.stderr)
            continue
        measured = True
        if simulator == "sabre":
            networks = files_in(flags.networks, "*.json")
            sabre = Sabre(flags.sabre, str(flags.movie), list(map(str, networks)))
            for what, options, ours in SABRE_PAIRS:
                rung = Rung(flags.rung, flags.seconds, *ours.split(), "--title", flags.movie,
                            "--trace", *networks)
                compare(f"sessions, Sabre's {what}", flags.rounds,
                        lambda: sabre.sessions_per_second(options, flags.seconds),
                        rung.sessions_per_second)
        else:
            traces = files_in(flags.traces, "*")
            pensieve = Pensieve(flags.pensieve, flags.sizes, traces)
            rung = Rung(flags.rung, flags.seconds, "--profile", "pensieve-2017", "--policy", "bb",
                        "--title", flags.sizes, "--trace", *traces)
            compare("segments, Pensieve's bb in its profile", flags.rounds,
                    lambda: pensieve.segments_per_second(flags.seconds), rung.segments_per_second)
    return 0 if measured else 2


if __name__ == "__main__":
    sys.exit(main())
