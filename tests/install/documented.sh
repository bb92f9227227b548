#!/usr/bin/env bash
# documented.sh PROGRAM SOURCE_DIR: fails where a subcommand or a long flag of the program's help is
# missing from the man page or from the completion.
set -euo pipefail
program=$1
manual=$2/docs/rung.1
completion=$2/cli/completion/rung.bash

status=0
require() { # require WORD: it is in both documents
  local word=$1
  grep -qF -- "${word//-/\\-}" "$manual" || {
    echo "not in the man page: $word"
    status=1
  }
  grep -qE -- "(^|[^-a-z])$word([^-a-z]|\$)" "$completion" || {
    echo "not in the completion: $word"
    status=1
  }
}

# The names below "Subcommands:" of one help text.
subcommands_of() { "$program" "$@" --help | awk '/^Subcommands:/ { on = 1; next } on && NF { print $1 }'; }

check_flags() {
  local flag
  while IFS= read -r flag; do
    require "$flag"
  done < <("$program" "$@" --help | grep -oE '^  (-[a-z],)?--[a-z-]+' | grep -oE -- '--[a-z-]+')
}

while IFS= read -r command; do
  require "$command"
  check_flags "$command"
  while IFS= read -r part; do
    require "$part"
    check_flags "$command" "$part"
  done < <(subcommands_of "$command")
done < <(subcommands_of)
exit "$status"
