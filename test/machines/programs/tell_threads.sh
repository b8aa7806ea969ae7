#!/bin/sh
# tell_threads.sh NODE GOVERNOR COMMAND…: starts each COMMAND (its words have no blanks) under a run, and ends it when
# governor has counted its threads. Prints that line of governor.
node=$1 governor=$2
shift 2
cd "$(mktemp -d)" || exit
mkfifo said open
exec 4<>open # the stdin of a program, which never ends
for command in "$@"; do
  # shellcheck disable=SC2086 # words of the command
  "$node" "$governor" run -- $command <&4 2>said >/dev/null &
  run=$!
  while read -r line; do
    case $line in *'running threads'*) echo "$line"; kill "$run" ;; esac
  done <said
  wait "$run"
done
exit 0
