#!/bin/sh
# regenerate.sh RUNG TRACES: makes every synthetic trace again with the command that it begins with,
# and that TRACES/README.md documents, and compares the bytes.
set -eu
rung=$1
traces=$2
again=$(mktemp)
trap 'rm -f "$again"' EXIT
count=0
for trace in "$traces"/synthetic/*; do
  name=$(basename "$trace")
  command=$(head -n 1 "$trace" | sed -n 's/^# rung trace generate //p')
  if ! grep -qF "\`rung trace generate $command -o traces/synthetic/$name\`" "$traces/README.md"; then
    echo "$name: README.md does not give its command" >&2
    exit 1
  fi
  # The words of the command are its arguments.
  # shellcheck disable=SC2086
  "$rung" trace generate $command -o "$again"
  cmp "$again" "$trace"
  count=$((count + 1))
done
echo "$count traces are what their commands make"
test "$count" -gt 0
