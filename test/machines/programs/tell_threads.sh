#!/bin/sh
# tell_threads.sh NODE GOVERNOR SECONDS COMMAND…: runs each COMMAND (its words have no blanks) for some seconds, and
# prints the line in which governor counts its threads.
node=$1 governor=$2 seconds=$3
shift 3
cd "$(mktemp -d)" || exit
mkfifo open
exec 4<>open # the stdin of a program, which never ends
for command in "$@"; do
  # shellcheck disable=SC2086 # words of the command
  "$node" "$governor" run --timeout "$seconds" --grace 1 -- $command 2>&1 <&4 >/dev/null | grep 'running threads'
done
exit 0
