"""Makes one system call after another on a tree and prints what each answered, as a JSON object of name -> errno name.

    errno_probes.py TREE [USER_ID]

The tree holds: file (10 bytes, xattr user.gphotos.id), private (mode 0400), sub/ (0555) with sub/inner, hollow/ (empty).
"""
import ctypes
import errno
import json
import mmap
import os
import stat
import sys

libc = ctypes.CDLL(None, use_errno=True)
RENAME_NOREPLACE, RENAME_EXCHANGE = 1, 2
LONG255, LONG256 = "n" * 255, "n" * 256
PROBES = {}


def called(name, *arguments):
    """A libc call whose failure raises, for what Python does not wrap."""
    ctypes.set_errno(0)
    result = getattr(libc, name)(*arguments)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def opened(path, flags, use=lambda descriptor: None, mode=0o644):
    descriptor = os.open(path, flags, mode)
    try:
        return use(descriptor)
    finally:
        os.close(descriptor)


def add(name, action):
    PROBES[name] = action


# Looking
add("stat missing", lambda t: os.stat(f"{t}/missing"))
add("stat below a file", lambda t: os.stat(f"{t}/file/x"))
add("stat below missing", lambda t: os.stat(f"{t}/missing/x"))
add("stat file with slash", lambda t: os.stat(f"{t}/file/"))
add("stat name of 255 bytes", lambda t: os.stat(f"{t}/{LONG255}"))
add("stat name of 256 bytes", lambda t: os.stat(f"{t}/{LONG256}"))
add("stat name of 255 bytes in UTF-8", lambda t: os.stat(f"{t}/{'ü' * 127}x"))
add("stat name of 256 bytes in UTF-8", lambda t: os.stat(f"{t}/{'ü' * 128}"))
add("stat path over 4096 bytes", lambda t: os.stat(f"{t}/{'./' * 2100}file"))
add("stat name that is not UTF-8", lambda t: os.stat(os.fsencode(t) + b"/\xff\xfe"))
add("stat dot dot", lambda t: os.stat(f"{t}/sub/../file"))
add("readlink file", lambda t: os.readlink(f"{t}/file"))
add("readlink directory", lambda t: os.readlink(f"{t}/sub"))
add("list directory", lambda t: os.listdir(f"{t}/sub"))
add("list file", lambda t: os.listdir(f"{t}/file"))
add("list missing", lambda t: os.listdir(f"{t}/missing"))
add("enter directory", lambda t: os.chdir(f"{t}/sub"))
add("enter file", lambda t: os.chdir(f"{t}/file"))
add("statvfs", lambda t: os.statvfs(t))
add("statvfs says read-only", lambda t: os.statvfs(t).f_flag & os.ST_RDONLY)

# Access modes
for name in ("file", "private", "sub", "missing"):
    for label, mode in (("F", os.F_OK), ("R", os.R_OK), ("W", os.W_OK), ("X", os.X_OK)):
        add(f"access {label} {name}", lambda t, name=name, mode=mode: called("access", f"{t}/{name}".encode(), mode))

# Opening
add("open read", lambda t: opened(f"{t}/file", os.O_RDONLY))
add("open read private", lambda t: opened(f"{t}/private", os.O_RDONLY))
add("open read missing", lambda t: opened(f"{t}/missing", os.O_RDONLY))
add("open write", lambda t: opened(f"{t}/file", os.O_WRONLY))
add("open read-write", lambda t: opened(f"{t}/file", os.O_RDWR))
add("open append", lambda t: opened(f"{t}/file", os.O_WRONLY | os.O_APPEND))
add("open read with append", lambda t: opened(f"{t}/file", os.O_RDONLY | os.O_APPEND))
add("open truncate for reading", lambda t: opened(f"{t}/file", os.O_RDONLY | os.O_TRUNC))
add("open truncate for writing", lambda t: opened(f"{t}/file", os.O_WRONLY | os.O_TRUNC))
add("open create present for reading", lambda t: opened(f"{t}/file", os.O_RDONLY | os.O_CREAT))
add("open create missing for reading", lambda t: opened(f"{t}/missing", os.O_RDONLY | os.O_CREAT))
add("open create missing", lambda t: opened(f"{t}/missing", os.O_WRONLY | os.O_CREAT))
add("open create missing below missing", lambda t: opened(f"{t}/missing/x", os.O_WRONLY | os.O_CREAT))
add("open create exclusive present", lambda t: opened(f"{t}/file", os.O_WRONLY | os.O_CREAT | os.O_EXCL))
add("open create exclusive missing", lambda t: opened(f"{t}/missing", os.O_WRONLY | os.O_CREAT | os.O_EXCL))
add("open create name of 256 bytes", lambda t: opened(f"{t}/{LONG256}", os.O_WRONLY | os.O_CREAT))
add("open directory", lambda t: opened(f"{t}/sub", os.O_RDONLY))
add("open directory for writing", lambda t: opened(f"{t}/sub", os.O_WRONLY))
add("open directory creating", lambda t: opened(f"{t}/sub", os.O_RDONLY | os.O_CREAT))
add("open file as directory", lambda t: opened(f"{t}/file", os.O_RDONLY | os.O_DIRECTORY))
add("open temporary file", lambda t: opened(f"{t}/sub", os.O_WRONLY | os.O_TMPFILE))
add("open path", lambda t: opened(f"{t}/file", os.O_PATH))
add("open no-follow", lambda t: opened(f"{t}/file", os.O_RDONLY | os.O_NOFOLLOW))
add("execute", lambda t: called("execv", f"{t}/file".encode(), None))

# With a descriptor
add("read directory", lambda t: opened(f"{t}/sub", os.O_RDONLY, lambda d: os.read(d, 10)))
add("read all", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: len(os.read(d, 100))))
add("read past the end", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: len(os.pread(d, 5, 100))))
add("read at a negative offset", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: os.pread(d, 5, -1)))
add("write to a reader", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: os.write(d, b"x")))
add("seek before the start", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: os.lseek(d, -1, os.SEEK_SET)))
add("seek to the end", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: os.lseek(d, 0, os.SEEK_END)))
add("fsync", lambda t: opened(f"{t}/file", os.O_RDONLY, os.fsync))
add("fdatasync", lambda t: opened(f"{t}/file", os.O_RDONLY, os.fdatasync))
add("fsync directory", lambda t: opened(f"{t}/sub", os.O_RDONLY, os.fsync))
add("ftruncate a reader", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: os.ftruncate(d, 1)))
add("fallocate a reader", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: called("fallocate", d, 0, 0, 10)))
add("fchmod", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: os.fchmod(d, 0o600)))
add("fchown", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: os.fchown(d, 0, 0)))
add("futimens", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: os.utime(d)))
add("fsetxattr", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: os.setxattr(d, "user.x", b"1")))
add("map shared for reading", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: mmap.mmap(d, 10, mmap.MAP_SHARED, mmap.PROT_READ)[:3].hex()))
add("map shared for writing", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: mmap.mmap(d, 10, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)))
add("map private for writing", lambda t: opened(f"{t}/file", os.O_RDONLY, lambda d: mmap.mmap(d, 10, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE).close()))

# Changing
add("truncate", lambda t: os.truncate(f"{t}/file", 1))
add("truncate missing", lambda t: os.truncate(f"{t}/missing", 1))
add("truncate directory", lambda t: os.truncate(f"{t}/sub", 1))
add("mkdir", lambda t: os.mkdir(f"{t}/new"))
add("mkdir present", lambda t: os.mkdir(f"{t}/sub"))
add("mkdir below a file", lambda t: os.mkdir(f"{t}/file/new"))
add("mkdir name of 256 bytes", lambda t: os.mkdir(f"{t}/{LONG256}"))
add("rmdir empty", lambda t: os.rmdir(f"{t}/hollow"))
add("rmdir full", lambda t: os.rmdir(f"{t}/sub"))
add("rmdir file", lambda t: os.rmdir(f"{t}/file"))
add("rmdir missing", lambda t: os.rmdir(f"{t}/missing"))
add("rmdir dot", lambda t: os.rmdir(f"{t}/sub/."))
add("unlink", lambda t: os.unlink(f"{t}/file"))
add("unlink missing", lambda t: os.unlink(f"{t}/missing"))
add("unlink directory", lambda t: os.unlink(f"{t}/sub"))
add("rename", lambda t: os.rename(f"{t}/file", f"{t}/new"))
add("rename over", lambda t: os.rename(f"{t}/file", f"{t}/private"))
add("rename to itself", lambda t: os.rename(f"{t}/file", f"{t}/file"))
add("rename missing", lambda t: os.rename(f"{t}/missing", f"{t}/new"))
add("rename across directories", lambda t: os.rename(f"{t}/file", f"{t}/sub/new"))
add("rename directory", lambda t: os.rename(f"{t}/sub", f"{t}/new"))
add("rename directory into itself", lambda t: os.rename(f"{t}/sub", f"{t}/sub/new"))
add("rename out of the mount", lambda t: os.rename(f"{t}/file", "/tmp/never-made"))
add("rename without replacing", lambda t: called("renameat2", -100, f"{t}/file".encode(), -100, f"{t}/private".encode(), RENAME_NOREPLACE))
add("rename exchanging", lambda t: called("renameat2", -100, f"{t}/file".encode(), -100, f"{t}/private".encode(), RENAME_EXCHANGE))
add("link", lambda t: os.link(f"{t}/file", f"{t}/new"))
add("link present", lambda t: os.link(f"{t}/file", f"{t}/private"))
add("link directory", lambda t: os.link(f"{t}/sub", f"{t}/new"))
add("link missing", lambda t: os.link(f"{t}/missing", f"{t}/new"))
add("symlink", lambda t: os.symlink("target", f"{t}/new"))
add("symlink present", lambda t: os.symlink("target", f"{t}/file"))
add("mkfifo", lambda t: os.mkfifo(f"{t}/new"))
add("mkfifo present", lambda t: os.mkfifo(f"{t}/file"))
add("mknod file", lambda t: os.mknod(f"{t}/new", stat.S_IFREG | 0o644))
add("mknod device", lambda t: os.mknod(f"{t}/new", stat.S_IFCHR | 0o644, os.makedev(1, 3)))
add("chmod", lambda t: os.chmod(f"{t}/file", 0o600))
add("chmod missing", lambda t: os.chmod(f"{t}/missing", 0o600))
add("chmod directory", lambda t: os.chmod(f"{t}/sub", 0o700))
add("chown", lambda t: os.chown(f"{t}/file", 1, 1))
add("chown missing", lambda t: os.chown(f"{t}/missing", 1, 1))
add("lchown", lambda t: os.lchown(f"{t}/file", 1, 1))
add("utime to now", lambda t: os.utime(f"{t}/file"))
add("utime to a date", lambda t: os.utime(f"{t}/file", (1, 1)))
add("utime missing", lambda t: os.utime(f"{t}/missing"))

# Extended attributes
add("getxattr", lambda t: os.getxattr(f"{t}/file", "user.gphotos.id").decode())
add("listxattr", lambda t: sorted(os.listxattr(f"{t}/file")))
add("listxattr none", lambda t: os.listxattr(f"{t}/sub"))

XATTR_TARGETS = ("file", "private", "sub", "hollow", ".", "sub/inner", "missing", "file/x")
XATTR_NAMES = (
    "", ".", "foo", "foo.bar", "n" * 255, "n" * 256,
    "user", "user.", "user.gphotos.id", "user.absent", "user.\u00fc", "User.x", "user." + "n" * 250, "user." + "n" * 251,
    "trusted.", "trusted.x", "security.", "security.x", "security.capability", "security.selinux",
    "system.", "system.x", "system.posix_acl_access", "system.posix_acl_default", "btrfs.x", "os2.x", "com.apple.quarantine",
)
XATTR_SIZES = (0, 1, 2, 100, 65536, 65537)
XATTR_FLAGS = {"": 0, " creating": 1, " replacing": 2, " both": 3, " unknown": 4}


def xattr_call(call, name, target, *arguments):
    """By path, by path without following a link, or with a descriptor: `getxattr`, `lgetxattr`, `fgetxattr`."""
    def action(tree):
        path = f"{tree}/{target}"
        if call[0] == "f":
            return opened(path, os.O_RDONLY, lambda d: called(call, d, *name, *arguments))
        return called(call, path.encode(), *name, *arguments)
    return action


def add_xattr_probes():
    memory = ctypes.create_string_buffer(65537)
    for target in XATTR_TARGETS:
        for kind in ("", "l", "f"):
            for size in XATTR_SIZES:
                add(f"{kind}listxattr {target} into {size}", xattr_call(f"{kind}listxattr", (), target, memory, size))
            for name in XATTR_NAMES:
                shown = name if len(name) < 40 else f"{name[:6]}... of {len(name)}"
                what = f"{target} {shown!r}"
                given = (name.encode(),)
                for size in XATTR_SIZES:
                    add(f"{kind}getxattr {what} into {size}", xattr_call(f"{kind}getxattr", given, target, memory, size))
                for size in (0, 2, 65536, 65537):
                    add(f"{kind}setxattr {what} to {size}", xattr_call(f"{kind}setxattr", given, target, memory, size, 0))
                for label, flags in XATTR_FLAGS.items():
                    add(f"{kind}setxattr {what}{label}", xattr_call(f"{kind}setxattr", given, target, memory, 2, flags))
                add(f"{kind}removexattr {what}", xattr_call(f"{kind}removexattr", given, target))


add_xattr_probes()


def answer(action, tree):
    try:
        value = action(tree)
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    return value if isinstance(value, (int, str, list)) else "ok"


def main():
    tree = sys.argv[1]
    if len(sys.argv) > 2:
        os.setgroups([])
        os.setgid(int(sys.argv[2]))
        os.setuid(int(sys.argv[2]))
    results = {}
    for name, action in PROBES.items():
        results[name] = answer(action, tree)
        os.chdir("/")
    print(json.dumps(results))


main()
