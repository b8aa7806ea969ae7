#!/bin/sh
# tell_returned.sh NODE GOVERNOR: on a machine of 8 CPUs, as root in a cpuset of 0-5, starts six jobs under a run that
# verifies and repairs. Makes the cpuset 0-3, and then 0-3,6-7. Prints governor's lines and the CPUs of the jobs, by
# taskset, after each; a part ends with a line "==".
node=$1 governor=$2
cd "$(mktemp -d)" || exit
cpuset=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/cpuset.cpus

mkfifo said
"$node" "$governor" run -q --verify=1 --enforce -- \
  sh -c 'for i in 0 1 2 3 4 5; do sleep 900 & echo $!; done > jobs; mv jobs started; wait' 2> said &
run=$!
exec 3< said

# said_until PATTERN COUNT: prints governor's lines up to the last of so many that match
said_until() {
  left=$2
  while [ "$left" -gt 0 ] && read -r line <&3; do
    echo "$line"
    case $line in *$1*) left=$((left - 1)) ;; esac
  done
}

# until_cpus CPULIST: waits until each job has one CPU and all have these; prints one line for each
until_cpus() {
  while :; do
    found=$(while read -r job; do taskset -cp "$job"; done <started | sed 's/.*: //' | sort | tr '\n' ' ')
    case " $1 " in " $found") break ;; esac
  done
  echo "$found"
  echo '=='
}

until [ -e started ]; do :; done
until_cpus '0 1 2 3 4 5'
echo 0-3 > "$cpuset"
said_until 'offline or no longer allowed' 2
until_cpus '0 0 1 1 2 3'
echo 0-3,6-7 > "$cpuset"
said_until 'which may be used again' 2
until_cpus '0 1 2 3 6 7'
kill "$run"
wait "$run"
echo "$?"
