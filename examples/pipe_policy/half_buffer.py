#!/usr/bin/env python3
"""A policy for `rung --policy "pipe:python3 half_buffer.py [SHARE]"`: the highest representation
that arrives, as forecast, before half of the buffer (or another share of it) has been played; the
lowest where nothing is known. docs/bring-your-own.md tells what the lines hold."""

import json
import sys


def seconds(nanoseconds):
    return nanoseconds / 1e9


def choose(title, now, share):
    if now["forecast_bps"] is None:
        return 0
    bound = share * seconds(now["buffer_level_ns"])
    best = 0
    for rung, size in enumerate(title["segments"][now["segment"]]["sizes"]):
        arrival = seconds(now["forecast_latency_ns"]) + 8 * size / now["forecast_bps"]
        if rung > 0 and arrival <= bound:
            best = rung
    return best


def main():
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 0.5
    if not 0 < share <= 1:
        sys.exit(f"the share of the buffer lies in (0, 1], not {share}")
    title = None
    for line in sys.stdin:
        told = json.loads(line)
        if told["type"] == "title":  # A session begins: nothing of the one before counts.
            title = told
            answer = {"protocol": 1}
        elif told["type"] == "grown":  # A live title has more segments now.
            if "last_duration_ns" in told:
                title["segments"][-1]["duration_ns"] = told["last_duration_ns"]
            title["segments"] += told["segments"]
            continue
        elif told["type"] == "choose":
            answer = {"representation": choose(title, told, share)}
        else:  # "end", and what later versions may tell
            continue
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
