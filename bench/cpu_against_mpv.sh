#!/usr/bin/env bash
# CPU seconds per played minute of `rung play` and of mpv, side by side: the same rung of the same
# title from the same unshaped origin, both without window and sound, alternating.
#
#   bench/cpu_against_mpv.sh [RUNS [TITLE]]      (default 5; needs mpv)
#
# TITLE is the directory of a packaged title; without it the demo title is made first. RUNG names
# the program, by default build/release/rung.
#
# Prints one line a run and the medians with their ratio. Machines are noisy: quote the ratio.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-5}
rung=${RUNG:-build/release/rung}
work=$(mktemp -d)
trap 'kill "${origin:-}" 2>/dev/null || true; rm -rf "$work"' EXIT

command -v mpv >/dev/null || { echo "cpu_against_mpv: mpv is not installed" >&2; exit 2; }
title=${2:-$work/title}
[ -d "$title" ] || "$rung" package --demo --seconds 60 -o "$title" >/dev/null
"$rung" serve "$title" --port 0 >"$work/url" &
origin=$!
for _ in $(seq 50); do [ -s "$work/url" ] && break; sleep 0.1; done
url=$(grep -o 'http://[^ ]*' "$work/url" | head -n 1)
url=${url%/}

# User plus system seconds of a command, children included.
cpu_of() {
  local TIMEFORMAT='%U %S'
  { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ printf "%.2f\n", $1 + $2 }'
}
median() { sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

for run in $(seq "$runs"); do
  ours=$(cpu_of "$rung" play "$url/manifest.mpd" --headless --policy fixed:highest)
  theirs=$(cpu_of mpv --no-config --vo=null --ao=null --hls-bitrate=max "$url/master.m3u8")
  echo "$ours" >>"$work/ours"
  echo "$theirs" >>"$work/theirs"
  echo "run $run: rung $ours s, mpv $theirs s"
done
ours=$(median <"$work/ours")
theirs=$(median <"$work/theirs")
echo "median of $runs: rung $ours s, mpv $theirs s, ratio $(awk "BEGIN { printf \"%.2f\", $ours / $theirs }")"
