"""A policy that acts as its argument tells, also wrongly, from the third segment on."""

import json
import os
import sys
import time

act = sys.argv[1]
if act == "no-start":
    sys.exit(3)
if len(sys.argv) > 2:
    with open(sys.argv[2], "w") as file:
        file.write(f"{os.getpid()}\n")
sessions = 0
transfers = 0
grown = {}


def say(text):
    print(text, flush=True)


for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "title":
        sessions += 1
        transfers = 0
        title = told
        say('{"protocol": 2}' if act == "version" else '{"protocol": 1, "name": "told"}')
        continue
    if told["type"] == "end":
        continue
    if told["type"] == "grown":
        grown = told
        continue
    transfers += len(told["transfers"])
    if told["segment"] < 2:
        say('{"representation": 1, "reason": "buffer"}')
    elif act == "range":
        say('{"representation": 77}')
    elif act == "die":
        sys.exit(9)
    elif act == "kill":
        os.kill(os.getpid(), 15)
    elif act == "nonsense":
        say("hello there")
    elif act == "text":
        say('{"representation": "1"}')
    elif act == "fraction":
        say('{"representation": 1.5}')
    elif act == "reason":
        say('{"representation": 1, "reason": "mood"}')
    elif act == "long":
        say(" " * 70000 + '{"representation": 1}')
    elif act == "twice":
        say('{"representation": 1}\n{"representation": 1}')
    elif act == "late":
        time.sleep(60)
    elif act == "deaf":
        while True:
            time.sleep(60)
    elif act == "wait":
        say(json.dumps({"representation": 1, "not_before_ns": told["now_ns"] + 1_500_000_000}))
    elif act == "grown":
        say(json.dumps({"representation": grown.get("last_duration_ns", 0) // 1_000_000_000}))
        grown = {}
    elif act == "ahead":
        # What lies ahead, and one transfer for each segment before.
        last = title["segments"][-1]
        right = (
            len(last["sizes"]) == 6
            and last["start_ns"] == 76_000_000_000
            and last["duration_ns"] == 4_000_000_000
            and title["periods"][0]["representations"][1]["bandwidth_bps"] == 750_000
            and told["previous"] == (1 if told["segment"] == 2 else 2)
            and transfers == told["segment"]
            and told["playback"] == "playing"
            and not told["sought"]
        )
        say(json.dumps({"representation": 2 if right else -1}))
    elif act == "sessions":  # Which session of this program it is.
        say(json.dumps({"representation": sessions}))
