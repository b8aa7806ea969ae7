#!/bin/sh
# tell_isolated.sh NODE GOVERNOR TEAM: on a machine of 4 CPUs of which 1-3 are isolated, runs three workers, then an
# OpenMP team of three threads, on CPUs 1-3. Of each it prints an audit, and another one after it has done what the
# audit's finding says, a line of JSON each.
node=$1 governor=$2 team=$3
cd "$(mktemp -d)" || exit

# The audit prints `governor` as its user has it.
governor() { "$node" "$governor" "$@"; }

# before_and_after COMMAND…: audits the command once it has printed a line
before_and_after() {
  rm -f ready
  mkfifo ready
  setsid "$@" > ready 2> /dev/null < /dev/null &
  program=$!
  exec 3< ready
  read -r _ <&3
  governor audit --json "$program" > audit.json
  tr -d '\n' < audit.json
  echo
  fix=$("$node" -p 'JSON.parse(fs.readFileSync("audit.json")).findings.find(one => one.id === "isolated-cpus").fix')
  eval "$fix" > /dev/null
  governor audit --json "$program" | tr -d '\n'
  echo
  kill -9 "-$program"
}

before_and_after taskset -c 1-3 sh -c 'for i in 1 2 3; do while :; do :; done & done; echo ready; wait'
OMP_NUM_THREADS=3 before_and_after taskset -c 1-3 "$team" work
