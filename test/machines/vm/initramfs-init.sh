#!/bin/busybox sh
# shellcheck shell=dash
# The guest's first program: makes its root from the host's files, read-only, under an overlay in memory; runs init.sh.
mkdir /proc /sys /host /ram /new
/bin/busybox mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
while read -r module || [ -n "$module" ]; do insmod "/modules/$module"; done </modules/order
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose root /host
mount -t tmpfs -o mode=755,size=90% ram /ram
mkdir /ram/upper /ram/scratch
mount -t overlay -o lowerdir=/host,upperdir=/ram/upper,workdir=/ram/scratch overlay /new
for dir in proc sys dev; do mount -o bind /$dir /new/$dir; done
mount -t tmpfs -o mode=755 run /new/run
mkdir -p /new/run/vm-run/job
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 job /new/run/vm-run/job
cp /bin/busybox /new/run/vm-run/
exec switch_root /new /run/vm-run/busybox sh /run/vm-run/job/init
