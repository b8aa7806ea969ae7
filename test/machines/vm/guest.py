"""One run: host and guest exchange files in the shared directory `job`."""
import ctypes
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import time

import boot_files
import machine
from failure import Failure

HERE = pathlib.Path(__file__).resolve().parent
PASSED_ON = ('PATH', 'HOME', 'USER', 'LANG', 'TZ')
POLL_SECONDS = 0.02
TIMED_OUT = 124


def run(args, cache, scratch):
    """Boots the guest, runs the command there, and returns its status; 124 if the time is over."""
    job = scratch / 'job'
    prepare(args, cache, scratch)
    begin = time.monotonic()
    streams = [(open(job / name, 'w+b'), to.buffer) for name, to in (('out', sys.stdout), ('err', sys.stderr))]

    def forward():
        for source, to in streams:
            data = source.read()
            if data:
                to.write(data)
                to.flush()

    with open(scratch / 'qemu', 'wb') as log:
        qemu = subprocess.Popen(machine.qemu_command(args, cache / 'kernel', scratch), stdin=subprocess.DEVNULL,
                                stdout=log, stderr=log, preexec_fn=die_with_parent)
    try:
        while not (job / 'status').exists():
            dead, started = qemu.poll() is not None, (job / 'started').exists()
            forward()
            if time.monotonic() - begin > args.timeout:
                when = 'during the command' if started else 'before the command began'
                print(f'vm-run: timed out after {args.timeout:g} s, {when}', file=sys.stderr)
                return TIMED_OUT
            if dead:
                raise Failure(('the guest died' if started else 'the guest did not boot') + last_words(scratch))
            time.sleep(POLL_SECONDS)
        return int((job / 'status').read_text())
    finally:
        qemu.kill()
        qemu.wait()
        forward()


def prepare(args, cache, scratch):
    """Leaves the initramfs in scratch, and in scratch/job what init.sh reads."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment.update(item.split('=', 1) for item in args.env)
    words = ['/usr/bin/env', '-i', *(f'{name}={value}' for name, value in environment.items()), *args.command]
    if args.cgroupns:
        words = ['/usr/bin/unshare', '--cgroup', '--mount', '/bin/sh', '-c',
                 'umount /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec "$@"', 'sh', *words]
    settings = {'OFFLINE': ' '.join(map(str, args.offline)), 'CPUSET': args.cpuset, 'CPU_MAX': args.cpu_max}
    files = {'init': (HERE / 'init.sh').read_text(),
             'settings': ''.join(f'{name}={shlex.quote(value)}\n' for name, value in settings.items()),
             'command': f'ulimit -n 65536\ncd {shlex.quote(os.getcwd())} || exit 125\n'
                        f'exec $KEEP setsid {shlex.join(words)}\n'}
    (scratch / 'job').mkdir()
    for name, text in files.items():
        (scratch / 'job' / name).write_text(text)
    first = boot_files.cpio({'init': (HERE / 'initramfs-init.sh').read_bytes()})
    (scratch / 'initramfs').write_bytes((cache / 'initramfs').read_bytes() + first)


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def last_words(scratch):
    """The end of what the guest's init, QEMU or else the kernel printed."""
    for name, lines in ('job/log', 5), ('qemu', 5), ('console', 30):
        path = scratch / name
        text = path.read_text(errors='replace').strip() if path.exists() else ''
        if text:
            return ''.join(f'\n  {line}' for line in text.splitlines()[-lines:])
    return ''
