"""The emulated machine: its CPUs, and the command line of QEMU that makes it.

QEMU always emulates (TCG), also where KVM exists: a guest then behaves the same on every host.
"""
import argparse
import itertools
import re
import shlex
import shutil
import struct
import subprocess

from failure import Failure

QEMU = 'qemu-system-x86_64'
MEMORY_MIB = 4096  # also the room for what the command writes
HIGHEST_APIC_ID = 254  # of an 8-bit APIC; more needs KVM
LEVELS = ('sockets', 'dies', 'cores', 'threads')

# Only Intel's way to report which threads share a core (CPUID leaf 0xB) is emulated. AVX is off: if several programs
# use it at once, QEMU 7.2 mixes up its registers (numpy returns NaN, processes crash).
CPU = 'max,-avx,-avx2,-fma,-f16c,vendor=GenuineIntel,family=6,model=85,stepping=7,la57=off,l3-cache=on'

# maxcpus=1: the guest boots on one CPU and init.sh starts the others. That is quicker, and no other CPU runs while the
# kernel patches its own code.
KERNEL_PARAMETERS = (
    'maxcpus=1 tsc=reliable no_timer_check mitigations=off console=ttyS0 quiet panic=-1 nowatchdog '
    'rcupdate.rcu_cpu_stall_suppress=1 cryptomgr.notests init_on_alloc=0 apparmor=0'
)


def parse_cpulist(text):
    """'0-2,5' as [0, 1, 2, 5]."""
    cpus = []
    for part in text.split(','):
        if not re.fullmatch(r'\d+(-\d+)?', part):
            raise argparse.ArgumentTypeError(f'{part!r}: expected a CPU or a range, such as 3 or 7-9')
        first, _, last = part.partition('-')
        cpus += range(int(first), int(last or first) + 1)
    return cpus


def parse_shape(text):
    """'cores=6,threads=2' as a dict of all levels, and of 'cpus'. A bare number counts cores."""
    shape = dict.fromkeys(LEVELS, 1)
    for part in (f'cores={text}' if text.isdigit() else text).split(','):
        level, _, value = part.partition('=')
        if level not in shape or not value.isdigit() or int(value) < 1:
            raise argparse.ArgumentTypeError(f'{part!r}: expected {", ".join(LEVELS)}, each =NUMBER')
        shape[level] = int(value)
    shape['cpus'] = shape['sockets'] * shape['dies'] * shape['cores'] * shape['threads']
    return shape


def require_qemu():
    if not shutil.which(QEMU):
        raise Failure(f'{QEMU} is missing; on Debian: apt-get install --no-install-recommends qemu-system-x86')


def thread_mode(cpus):
    """One thread of QEMU for all CPUs, or several.

    Before 8.1, QEMU's threads could miss that the kernel had changed its code, and hang (seen in one boot of 15).
    One thread cannot, but is too slow for many CPUs.
    """
    version = subprocess.run([QEMU, '--version'], check=True, stdout=subprocess.PIPE, text=True).stdout
    major, minor = re.search(r'version (\d+)\.(\d+)', version).groups()
    return 'multi' if (int(major), int(minor)) >= (8, 1) or cpus > 64 else 'single'


def apic_ids(shape):
    """{APIC id: (thread, socket, die, core)} of each CPU, in QEMU's order."""
    bits = {level: (shape[level] - 1).bit_length() for level in LEVELS}
    ids = {}
    for socket, die, core, thread in itertools.product(*(range(shape[level]) for level in LEVELS)):
        apic = ((socket << bits['dies'] | die) << bits['cores'] | core) << bits['threads'] | thread
        ids[apic] = (thread, socket, die, core)
    return ids


def interrupt_table(shape):
    """An ACPI MADT like QEMU's own, but with the first thread of each core listed first.

    Linux numbers CPUs in the order of this table.
    """
    place = apic_ids(shape)
    number = {apic: number for number, apic in enumerate(place)}
    table = struct.pack('<II', 0xfee00000, 1)
    for apic in sorted(place, key=place.get):
        table += struct.pack('<BBBBI', 0, 8, number[apic], apic, 1)
    table += struct.pack('<BBBBII', 1, 12, 0, 0, 0xfec00000, 0)
    for irq, line, flags in (0, 2, 0), (5, 5, 13), (9, 9, 13), (10, 10, 13), (11, 11, 13):
        table += struct.pack('<BBBBIH', 2, 10, 0, irq, line, flags)
    return table + struct.pack('<BBBHB', 4, 6, 255, 0, 1)


def shared_directory(name, path, options=''):
    path = str(path).replace(',', ',,')
    return ['-fsdev', f'local,id={name},path={path},security_model=none,multidevs=remap{options}',
            '-device', f'virtio-9p-pci,fsdev={name},mount_tag={name}']


def numa_nodes(cpus, nodes):
    words = []
    for node in range(nodes if nodes > 1 else 0):
        first, last = cpus * node // nodes, cpus * (node + 1) // nodes - 1
        words += ['-object', f'memory-backend-ram,id=ram{node},size={MEMORY_MIB // nodes}M',
                  '-numa', f'node,nodeid={node},memdev=ram{node},cpus={first}-{last}']
    return words


def qemu_command(args, kernel, scratch):
    """QEMU's command line. `scratch` holds the initramfs and the job directory, and gets the rest."""
    shape, parameters, tables = args.smp, f'{KERNEL_PARAMETERS} {args.append}', []
    if args.siblings == 'apart':
        (scratch / 'madt').write_bytes(interrupt_table(shape))
        tables = ['-acpitable', f'sig=APIC,rev=1,data={scratch}/madt']
        parameters = f'acpi_apic_instance=2 {parameters}'
    return [QEMU, '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-bios', 'qboot.rom',
            '-accel', f'tcg,thread={thread_mode(shape["cpus"])}', '-machine', 'q35', '-cpu', CPU,
            '-smp', '{cpus},sockets={sockets},dies={dies},cores={cores},threads={threads}'.format(**shape),
            '-m', f'{MEMORY_MIB}M', '-serial', f'file:{scratch}/console',
            '-kernel', kernel, '-initrd', scratch / 'initramfs', '-append', parameters, *tables,
            *numa_nodes(shape['cpus'], args.numa),
            *shared_directory('root', '/', ',readonly=on'), *shared_directory('job', scratch / 'job'),
            *shlex.split(args.qemu)]
