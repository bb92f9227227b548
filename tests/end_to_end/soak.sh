#!/usr/bin/env bash
# Plays a live presentation for long and judges what may only show then: memory that grows, pictures that leave the
# sound, stalls and failures. `./run soak [SECONDS]`; exit status 0 where all of it is within its bounds.
set -euo pipefail
rung=$1
seconds=$2
frame_rate=24

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
"$rung" package --demo --seconds 60 --segment-seconds 2 --frame-rate "$frame_rate" --quiet \
  --ladder 235k:320x180,750k:640x360 -o "$work/title" >"$work/package.txt"
"$rung" serve --live "$work/title" >"$work/url" &
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
# The clock follows the sound, so pictures that it passed tell where the sound was.
drift = (report["frames"] + report["dropped_frames"]) / rate - report["played_s"]
bounds = [
    ("exit status", status, status == 0),
    ("played, s", report["played_s"], report["played_s"] > 0),
    ("memory at the end, MiB", round(memory[-1], 1), True),
    ("memory growth, MiB", round(growth, 1), growth <= 16),
    ("pictures ahead of the sound, s", round(drift, 3), abs(drift) <= 0.5),
    ("decoding errors", report["decode_errors"], report["decode_errors"] == 0),
    ("transfers that failed", report["failures"], report["failures"] == 0),
    ("stalls, s", round(report["stall_s"], 2), report["stall_s"] <= 0.01 * report["elapsed_s"]),
]
for name, value, good in bounds:
    print(f"{name:32}{value!s:>10}  {'' if good else 'OUT OF BOUNDS'}")
sys.exit(0 if all(good for _, _, good in bounds) else 1)
PYTHON
