#!/bin/sh
# require-tools.sh PROGRAM:PACKAGE...: fails, with a line for each program that is not on PATH and its Debian package.
status=0
for tool; do
  command -v "${tool%:*}" >/dev/null && continue
  echo "${tool%:*} is missing: sudo apt-get install ${tool#*:} (test/debian-packages.txt)" >&2
  status=2
done
exit $status
