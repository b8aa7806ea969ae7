"""The kernel and the initramfs of the guest: fetched from Debian once, then kept in the cache."""
import lzma
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from failure import Failure

# What a Debian kernel needs to reach a root filesystem on its host.
MODULES = ['virtio_pci', '9pnet_virtio', '9p', 'overlay']


def ensure(cache):
    """Leaves cache/kernel and cache/initramfs. The caller holds the lock."""
    if (cache / 'initramfs').exists():
        return
    print('vm-run: fetching a kernel (once)', file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(dir=cache) as name:
        scratch = pathlib.Path(name)
        fetch(scratch)
        modules = {path.name.split('.')[0].replace('-', '_'): unpacked(path) for path in scratch.rglob('*.ko*')}
        order = loading_order(MODULES, modules)
        files = {'bin/busybox': next(scratch.rglob('bin/busybox')).read_bytes(),
                 'modules/order': '\n'.join(order).encode(), **{f'modules/{name}': modules[name] for name in order}}
        (cache / 'kernel').write_bytes(bare_kernel(next(scratch.glob('boot/vmlinuz-*')).read_bytes()))
        (scratch / 'initramfs').write_bytes(cpio(files))
        (scratch / 'initramfs').rename(cache / 'initramfs')  # last: it marks the cache as complete


def fetch(directory):
    """Downloads Debian's kernel and busybox, and unpacks what the guest needs of them."""
    if not kernel_package():
        apt('update')
    try:
        download(directory)
    except subprocess.CalledProcessError:
        if os.geteuid() != 0:
            raise Failure('apt-get could not download a kernel; as root, try: apt-get update') from None
        apt('update')
        download(directory)
    modules = (f'*/{name}*.ko*' for name in ('virtio', '9p', 'netfs', 'fscache', 'overlay'))
    wanted = ['./boot/vmlinuz-*', '*/bin/busybox', *modules]
    for package in directory.glob('*.deb'):
        with subprocess.Popen(['dpkg-deb', '--fsys-tarfile', package], stdout=subprocess.PIPE) as tar:
            subprocess.run(['tar', '-x', '-C', directory, '--wildcards', *wanted], stdin=tar.stdout,
                           stderr=subprocess.DEVNULL)  # complains about each pattern that a package lacks


def download(directory):
    apt('-o', 'APT::Sandbox::User=root', 'download', kernel_package(), 'busybox-static', cwd=directory)


def apt(*words, **options):
    command = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=600', *words]
    subprocess.run(command, check=True, stdout=sys.stderr, **options)


def kernel_package():
    """The package that linux-image-amd64 depends on; empty without package lists."""
    command = ['apt-cache', 'depends', 'linux-image-amd64']
    try:
        depends = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout
    except FileNotFoundError:
        raise Failure('no apt-get, which fetches the kernel of the guest: use Debian 12, or the Dockerfile') from None
    found = re.search(r'Depends: (linux-image-\S+)', depends)
    return found[1] if found else ''


def unpacked(path):
    return lzma.decompress(path.read_bytes()) if path.suffix == '.xz' else path.read_bytes()


def bare_kernel(image):
    """The ELF kernel inside a bzImage, which QEMU boots sooner (by PVH); the bzImage if it holds none."""
    start = image.find(b'\xfd7zXZ\0')
    if start > 0:
        kernel = lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(image[start:])
        if kernel.startswith(b'\x7fELF'):
            return kernel
    return image


def loading_order(wanted, available):
    """These modules and what they depend on, dependencies first. A module that is not available is built in."""
    order = []

    def visit(name):
        if name in available and name not in order:
            for other in re.search(rb'\bdepends=([^\0]*)\0', available[name])[1].decode().split(','):
                visit(other.replace('-', '_'))
            order.append(name)

    for name in wanted:
        visit(name)
    return order


def cpio(files):
    """An initramfs (cpio 'newc') of {name: bytes}, everything executable."""
    archive = bytearray()

    def add(name, mode, data=b''):
        name = name.encode() + b'\0'
        fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
        archive.extend(b'070701' + b''.join(b'%08x' % field for field in fields) + name)
        archive.extend(bytes(-len(archive) % 4) + data)
        archive.extend(bytes(-len(archive) % 4))

    for directory in sorted({str(parent) for name in files for parent in pathlib.Path(name).parents} - {'.'}):
        add(directory, 0o40755)
    for name, data in files.items():
        add(name, 0o100755, data)
    add('TRAILER!!!', 0)
    return bytes(archive)
