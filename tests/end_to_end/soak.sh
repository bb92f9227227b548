#!/usr/bin/env bash
# Plays a live presentation for long, over a link that changes and from a server that fails now and then, and judges what
# may only show then: memory that grows, pictures that leave the sound, stalls and decoding errors.
# `./run soak [SECONDS]`; exit status 0 where all of it is within its bounds.
set -euo pipefail
rung=$1
seconds=$2
frame_rate=24

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
"$rung" package --demo --seconds 60 --segment-seconds 2 --frame-rate "$frame_rate" --quiet \
  --ladder 235k:320x180,750k:640x360 -o "$work/title" >"$work/package.txt"
# What the link carries, round and round: enough, little, an outage, much. The highest rung has 0.85 Mbit/s.
cat >"$work/link.csv" <<'CSV'
duration_ms,down_kbps,rtt_ms
40000,4000,40
40000,600,80
2000,0,80
30000,1500,60
20000,12000,20
CSV
# Of some thousand requests an hour a few go wrong in each way that a player gets over.
cat >"$work/faults.json" <<'JSON'
{"rules": [
  {"regex": "0[37]\\.m4s", "requests": [2, 9], "action": "status", "status": 503, "retry_after": 1},
  {"regex": "1[1-3]\\.m4s", "requests": [3, 8], "action": "close", "after_bytes": 5000},
  {"regex": "2[02]\\.m4s", "requests": [2, 7], "action": "refuse"},
  {"regex": "5\\.m4s", "requests": [5, 33], "action": "stall", "after_bytes": 3000},
  {"contains": ".mpd", "requests": [7, 40], "action": "status", "status": 500},
  {"contains": ".mpd", "requests": [4], "action": "hang"}
]}
JSON
"$rung" serve --live --trace "$work/link.csv" --faults "$work/faults.json" --log "$work/requests.jsonl" \
  "$work/title" >"$work/url" &
server=$!
for ((i = 0; i < 100; ++i)); do
  [[ ! -s $work/url ]] || break
  sleep 0.1
done
printf '{"limit_s": %d}' "$seconds" >"$work/leave.json"
"$rung" play --headless --json --scenario "$work/leave.json" --session-log "$work/log.jsonl" \
  "$(head -n 1 "$work/url")manifest.mpd" >"$work/report.json" &
player=$!
# One sample of the resident memory, in KiB, about every hundredth of the time.
pause=$(((seconds + 99) / 100))
while [[ -r /proc/$player/status ]]; do
  awk '/^VmRSS:/ { print $2 }' "/proc/$player/status" >>"$work/memory" 2>/dev/null || break
  sleep "$pause"
done
status=0
wait "$player" || status=$?
python3 - "$work" "$status" "$frame_rate" <<'PYTHON'
import json, statistics, sys
work, status, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
report = json.load(open(f"{work}/report.json"))
memory = [int(line) / 1024 for line in open(f"{work}/memory")]
# The first fifth fills buffers and caches.
steady = memory[len(memory) // 5:] or memory
third = max(1, len(steady) // 3)
growth = statistics.median(steady[-third:]) - statistics.median(steady[:third])
# The clock follows the sound, so the pictures that it passed tell where the sound was. Behind a jump of the position both
# are counted anew; within a stretch each end is the mean over ten seconds, so that one picture more or less cancels out.
drift, stretch = 0.0, []
def judge(stretch):
    if len(stretch) < 300:
        return 0.0
    ahead = [frames / rate - position for position, frames in stretch]
    return statistics.mean(ahead[-100:]) - statistics.mean(ahead[100:200])
for line in map(json.loads, open(f"{work}/log.jsonl")):
    if line["ev"] in ("jump", "hold", "show"):
        drift, stretch = max(drift, judge(stretch), key=abs), []
    if line["ev"] == "pos" and "frames" in line:
        stretch.append((line["pos"], line["frames"] + line["drop"]))
drift = max(drift, judge(stretch), key=abs)
faulty = sum(line["fault"] is not None for line in map(json.loads, open(f"{work}/requests.jsonl")))
bounds = [
    ("exit status", status, status == 0),
    ("played, s", report["played_s"], report["played_s"] > 0),
    ("memory at the end, MiB", round(memory[-1], 1), True),
    ("memory growth, MiB", round(growth, 1), growth <= 8),
    ("pictures ahead of the sound, ms", round(1000 * drift, 1), abs(drift) <= 0.04),
    ("decoding errors", report["decode_errors"], report["decode_errors"] == 0),
    ("responses that went wrong", faulty, faulty > 0 or report["played_s"] < 120),
    ("stalls, s", round(report["stall_s"], 2), report["stall_s"] <= 5 + 0.01 * report["elapsed_s"]),
]
for name, value, good in bounds:
    print(f"{name:32}{value!s:>10}  {'' if good else 'OUT OF BOUNDS'}")
sys.exit(0 if all(good for _, _, good in bounds) else 1)
PYTHON
