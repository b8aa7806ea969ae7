#!/bin/sh
# Process 1 of the guest, run by busybox: sets up CPUs and control group, runs ./command, writes its status to ./status.
# This directory is shared with the host. 9p writes are synchronous, so the host misses none.
# shellcheck disable=SC1091  # vm/guest.py writes ./settings and ./command
cd /run/vm-run/job || exit
exec 2>log
set -e
. ./settings
mkdir -p /dev/pts /dev/shm
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
for fd in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do ln -s "/proc/self/${fd#*:}" "/dev/${fd%:*}"; done
hostname vm-run
ifconfig lo 127.0.0.1 up
echo +cpu +cpuset +memory >/sys/fs/cgroup/cgroup.subtree_control
cpu=1
while [ -e /sys/devices/system/cpu/cpu$cpu ]; do
  echo 1 >/sys/devices/system/cpu/cpu$cpu/online
  cpu=$((cpu + 1))
done
for cpu in $OFFLINE; do echo 0 >"/sys/devices/system/cpu/cpu$cpu/online"; done
group=/sys/fs/cgroup/vm-run
mkdir $group
[ -z "$CPUSET" ] || echo "$CPUSET" >$group/cpuset.cpus
[ -z "$CPU_MAX" ] || echo "$CPU_MAX" >$group/cpu.max
# A process that joins a group with a cpuset loses the affinity that isolcpus= gave to process 1.
if [ -z "$CPUSET" ] && [ -n "$(cat /sys/devices/system/cpu/isolated)" ]; then
  # shellcheck disable=SC2034  # read by ./command
  KEEP="taskset -c $(awk '/Cpus_allowed_list/ {print $2}' /proc/1/status)"
fi
mkfifo ../out ../err
cat <../out >out & copies=$!
cat <../err >err & copies="$copies $!"
: >started
set +e
( echo 0 >$group/cgroup.procs; . ./command ) </dev/null >../out 2>../err &
wait $!
status=$?
echo 1 >$group/cgroup.kill  # what the command left behind would keep the pipes open
# shellcheck disable=SC2086  # two pids
wait $copies
sync
echo $status >status.new
mv status.new status
while :; do sleep 60; done
