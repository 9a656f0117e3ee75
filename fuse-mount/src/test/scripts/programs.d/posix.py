"""System calls on files and directories, of every kind of name, and what each of them gives and changes. Usage:

    posix.py DIRECTORY [SECTION...]

Prints a line for each call. Run on two file systems, the lines must be the same. As root; what ordinary users may do
is tried as user 65534.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, AT_SYMLINK_FOLLOW = 0x1000, 0x100, 0x400
UTIME_NOW, UTIME_OMIT = (1 << 30) - 1, (1 << 30) - 2
NOREPLACE, EXCHANGE = 1, 2
KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE = 1, 2, 16
NOBODY = 65534

for name in ("lseek", "pread", "pwrite", "read", "write", "getxattr", "lgetxattr", "listxattr", "readlink",
             "copy_file_range"):
    getattr(libc, name).restype = ctypes.c_ssize_t
for name, types in {
    "pread": (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_long),
    "pwrite": (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_long),
    "lseek": (ctypes.c_int, ctypes.c_long, ctypes.c_int),
    "ftruncate": (ctypes.c_int, ctypes.c_long),
    "truncate": (ctypes.c_char_p, ctypes.c_long),
    "fallocate": (ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long),
    "mknod": (ctypes.c_char_p, ctypes.c_uint, ctypes.c_ulong),
    "copy_file_range": (ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint),
}.items():
    getattr(libc, name).argtypes = types


class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


def times(atime, mtime):
    return (Timespec * 2)(*(Timespec(*(t if isinstance(t, tuple) else (0, t))) for t in (atime, mtime)))


def encode(argument):
    return os.fsencode(argument) if isinstance(argument, str) else argument


def call(function, *arguments):
    """The result of a function of the C library, or the name of its error."""
    ctypes.set_errno(0)
    result = getattr(libc, function)(*map(encode, arguments))
    return errno.errorcode[ctypes.get_errno()] if result == -1 else result


def close(result):
    if isinstance(result, int):
        os.close(result)
        return "ok"
    return result


def say(*words):
    print(*words, flush=True)


def shown(path):
    s = str(path)
    return s if len(s) < 60 else f"{s[:12]}...({len(s)})"


def as_nobody(function):
    """Runs a function as an ordinary user, in a process of its own."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            function()
        except BaseException as error:
            say("  failed", repr(error))
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)


def describe(path):
    s = os.lstat(path)
    kind = stat.filemode(s.st_mode)
    size = s.st_size if stat.S_ISREG(s.st_mode) or stat.S_ISLNK(s.st_mode) else "-"
    target = " -> " + shown(os.readlink(path)) if stat.S_ISLNK(s.st_mode) else ""
    return f"{shown(path)} {kind} links {s.st_nlink} owner {s.st_uid}:{s.st_gid} size {size}{target}"


def dump(top="."):
    for directory, directories, files in os.walk(top):
        directories.sort()
        for name in sorted(directories + files):
            say("   ", describe(os.path.join(directory, name)))


def empty():
    for name in os.listdir("."):
        if os.path.isdir(name) and not os.path.islink(name):
            shutil.rmtree(name)
        else:
            os.unlink(name)


def put(path, content=b"content"):
    with open(path, "wb") as file:
        file.write(content)


# --- every call with every kind of name

N255, N256 = "n" * 255, "N" * 256


def tree():
    empty()
    put("f")
    os.mkdir("d")
    put("d/c")
    os.mkdir("e")
    os.symlink("f", "sf")
    os.symlink("d", "sd")
    os.symlink("nowhere", "dangling")
    os.symlink("l2", "l1")
    os.symlink("l1", "l2")
    os.mkfifo("p")
    put(N255)


def long_path(length):
    return "./" * ((length - 1) // 2) + "f" * (1 if length % 2 else 2)


TARGETS = ["f", "f/", "f/x", "d", "d/", "d/.", "d/..", "d/c", "e", "e/", "missing", "missing/", "missing/x", "sf", "sf/", "sd",
           "sd/", "sd/c", "dangling", "dangling/", "dangling/x", "l1", "l1/x", "p", "", ".", "..", N255, N256,
           N256 + "/x", "d/" + N256, long_path(4095), long_path(4096), long_path(4097)]


def opening(flags):
    return lambda path: close(call("open", path, flags | os.O_NONBLOCK, 0o644))


def buffered(function):
    return lambda path: call(function, path, ctypes.create_string_buffer(5000), 5000)


CALLS = {
    "open read": opening(os.O_RDONLY),
    "open write": opening(os.O_WRONLY),
    "open truncate": opening(os.O_RDWR | os.O_TRUNC),
    "open create": opening(os.O_WRONLY | os.O_CREAT),
    "open create exclusively": opening(os.O_WRONLY | os.O_CREAT | os.O_EXCL),
    "open create truncate": opening(os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    "open directory": opening(os.O_RDONLY | os.O_DIRECTORY),
    "open create directory": opening(os.O_RDONLY | os.O_DIRECTORY | os.O_CREAT),
    "open no follow": opening(os.O_RDONLY | os.O_NOFOLLOW),
    "open create no follow": opening(os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW),
    "open path": opening(os.O_PATH),
    "open append": opening(os.O_WRONLY | os.O_APPEND),
    "open direct": opening(os.O_RDONLY | os.O_DIRECT),
    "mkdir": lambda path: call("mkdir", path, 0o755),
    "rmdir": lambda path: call("rmdir", path),
    "unlink": lambda path: call("unlink", path),
    "link to": lambda path: call("link", "f", path),
    "link from": lambda path: call("link", path, "new"),
    "link following": lambda path: call("linkat", AT_FDCWD, path, AT_FDCWD, "new", AT_SYMLINK_FOLLOW),
    "symlink": lambda path: call("symlink", "target", path),
    "readlink": buffered("readlink"),
    "rename from": lambda path: call("rename", path, "new"),
    "rename to": lambda path: call("rename", "f", path),
    "rename directory to": lambda path: call("rename", "e", path),
    "mknod file": lambda path: call("mknod", path, stat.S_IFREG | 0o640, 0),
    "mkfifo": lambda path: call("mkfifo", path, 0o640),
    "chmod": lambda path: call("chmod", path, 0o755),
    "chown": lambda path: call("chown", path, 1, 2),
    "lchown": lambda path: call("lchown", path, 1, 2),
    "truncate": lambda path: call("truncate", path, 3),
    "truncate longer": lambda path: call("truncate", path, 30),
    "truncate below 0": lambda path: call("truncate", path, -1),
    "utimensat": lambda path: call("utimensat", AT_FDCWD, path, times((1, 2), (3, 4)), 0),
    "utimensat no follow": lambda path: call("utimensat", AT_FDCWD, path, times((1, 2), (3, 4)), AT_SYMLINK_NOFOLLOW),
    "access": lambda path: [call("access", path, mode) for mode in (os.F_OK, os.R_OK, os.W_OK, os.X_OK, 8)],
    "chdir": lambda path: (call("chdir", path), call("fchdir", home))[0],
    "statfs": lambda path: call("statfs", path, ctypes.create_string_buffer(512)),
    "getxattr": lambda path: call("getxattr", path, "user.a", None, 0),
    "setxattr": lambda path: call("setxattr", path, "user.a", b"value", 5, 0),
    "lsetxattr": lambda path: call("lsetxattr", path, "user.a", b"value", 5, 0),
    "removexattr": lambda path: call("removexattr", path, "user.a"),
}


def names():
    for name, function in CALLS.items():
        tree()
        for target in TARGETS:
            if target in ("..", ".", "d/..") and name in ("chmod", "chown", "lchown", "utimensat", "setxattr",
                                                              "utimensat no follow", "lsetxattr", "removexattr"):
                continue  # not of this directory itself
            result = function(target)
            say(name, shown(target), result)
            if result == 0 or result == "ok":
                if name not in ("open read", "open directory", "open no follow", "open path", "open direct", "chdir",
                                "statfs", "open write", "open append"):
                    dump()
                    tree()
    empty()


# --- rename

KINDS = {
    "nothing": lambda path: None,
    "file": put,
    "other file": lambda path: put(path, b"other"),
    "empty directory": os.mkdir,
    "directory": lambda path: (os.mkdir(path), put(path + "/x")),
    "symlink": lambda path: os.symlink("nowhere", path),
    "fifo": os.mkfifo,
}


def renames():
    for flags in (0, NOREPLACE, EXCHANGE, NOREPLACE | EXCHANGE, 64):
        for source, make_source in KINDS.items():
            for target, make_target in KINDS.items():
                for here, there in (("a", "b"), ("one/a", "two/b")):
                    empty()
                    os.mkdir("one")
                    os.mkdir("two")
                    make_source(here)
                    make_target(there)
                    result = call("renameat2", AT_FDCWD, here, AT_FDCWD, there, flags)
                    say("rename", flags, source, "to", target, here, result)
                    if result == 0:
                        dump()
    empty()
    os.makedirs("d/e/g")
    put("f")
    os.link("f", "f2")
    for source, target in (("d", "d/x"), ("d", "d/e/x"), ("d/e", "d"), ("d", "d/e"), ("d/e/g", "d"), ("d", "d"),
                           ("f", "f"), ("f", "f2"), ("d/.", "x"), ("d/..", "x"), (".", "x"), ("f", "."), ("d", ".."),
                           ("d", "f"), ("f", "d"), ("d/", "x/"), ("x/", "d/"), ("f/", "x"), ("f", "x/"),
                           ("f", "/dev/shm/x"), ("d", "/dev/shm/x")):
        for flags in (0, EXCHANGE):
            say("rename", flags, source, target, call("renameat2", AT_FDCWD, source, AT_FDCWD, target, flags))
            dump()
    say("link elsewhere", call("link", "f", "/dev/shm/x"))
    empty()


# --- what an ordinary user may do

def own(path, mode, uid=NOBODY, gid=NOBODY):
    os.chown(path, uid, gid, follow_symlinks=False)
    os.chmod(path, mode)


def permissions():
    def file(path, mode, uid):
        put(path)
        own(path, mode, uid, uid)

    def prepare():
        empty()
        os.chmod(".", 0o755)
        for uid, owner in ((0, "root"), (NOBODY, "own")):
            for mode in (0o777, 0o1777, 0o755, 0o700, 0o500, 0o300, 0o000):
                directory = f"{owner}-{mode:o}"
                os.mkdir(directory)
                for other, whose in ((0, "root"), (NOBODY, "own")):
                    file(f"{directory}/{whose}", 0o644, other)
                    os.mkdir(f"{directory}/{whose}-d")
                    own(f"{directory}/{whose}-d", 0o755, other, other)
                own(directory, mode, uid, uid)

    def matrix():
        for owner in ("root", "own"):
            for mode in (0o777, 0o1777, 0o755, 0o700, 0o500, 0o300, 0o000):
                d = f"{owner}-{mode:o}"
                say(d, "create", close(call("open", d + "/new", os.O_CREAT | os.O_WRONLY, 0o640)))
                say(d, "mkdir", call("mkdir", d + "/new-d", 0o750))
                say(d, "symlink", call("symlink", "t", d + "/new-s"))
                say(d, "chdir", call("chdir", d), call("fchdir", home))
                say(d, "list", close(call("open", d, os.O_RDONLY)))
                for whose in ("root", "own"):
                    f = f"{d}/{whose}"
                    say(f, "access", [call("access", f, m) for m in (0, 4, 2, 1)])
                    say(f, "open", close(call("open", f, os.O_RDONLY)), close(call("open", f, os.O_WRONLY)))
                    say(f, "truncate", call("truncate", f, 3))
                    say(f, "chmod", call("chmod", f, 0o664), call("chmod", f, 0o644))
                    say(f, "chown", call("chown", f, 1, -1), call("chown", f, -1, 1), call("chown", f, NOBODY, NOBODY),
                        call("chown", f, -1, -1))
                    say(f, "utimes", call("utimensat", AT_FDCWD, f, None, 0),
                        call("utimensat", AT_FDCWD, f, times((1, 1), (1, 1)), 0),
                        call("utimensat", AT_FDCWD, f, times(UTIME_NOW, UTIME_NOW), 0),
                        call("utimensat", AT_FDCWD, f, times(UTIME_NOW, UTIME_OMIT), 0),
                        call("utimensat", AT_FDCWD, f, times(UTIME_OMIT, UTIME_OMIT), 0))
                    say(f, "xattr", call("setxattr", f, "user.a", b"v", 1, 0), call("getxattr", f, "user.a", None, 0),
                        call("setxattr", f, "trusted.a", b"v", 1, 0), call("removexattr", f, "user.a"))
                    say(f, "link", call("link", f, f + "-l"), call("unlink", f + "-l"))
                    say(f, "rename", call("rename", f, f + "-r"), call("rename", f + "-r", f))
                    say(f, "rename directory", call("rename", f + "-d", f + "-dr"), call("rename", f + "-dr", f + "-d"))
                    say(f, "move directory", call("rename", f + "-d", "own-777/x"), call("rename", "own-777/x", f + "-d"))
                    say(f, "replace", call("rename", d + "/new", f))
                    say(f, "rmdir", call("rmdir", f + "-d"))
                    say(f, "unlink", call("unlink", f))

    prepare()
    as_nobody(matrix)
    dump()

    empty()
    for mode in (0o000, 0o400, 0o200, 0o100, 0o040, 0o020, 0o004, 0o002, 0o644):
        for uid, gid in ((NOBODY, NOBODY), (0, NOBODY), (0, 0)):
            file(f"m{mode:o}-{uid}-{gid}", mode, uid)
            os.chown(f"m{mode:o}-{uid}-{gid}", uid, gid)

    def modes():
        for name in sorted(os.listdir(".")):
            say(name, [call("access", name, m) for m in (4, 2, 1)],
                [close(call("open", name, m)) for m in (0, 1, 2)], call("truncate", name, 1),
                call("utimensat", AT_FDCWD, name, None, 0),
                call("utimensat", AT_FDCWD, name, times((1, 1), (1, 1)), 0))

    as_nobody(modes)
    empty()
    os.chmod(".", 0o777)

    def owners():
        put("mine")
        os.chmod("mine", 0o6755)
        say("set-id bits", oct(os.stat("mine").st_mode))
        os.chmod("mine", 0o2644)
        say("set-group-id without execute", oct(os.stat("mine").st_mode))
        say("chown to its own", call("chown", "mine", -1, NOBODY), oct(os.stat("mine").st_mode))
        os.mkdir("sub", 0o755)
        say("immutable", call("mknod", "dev", stat.S_IFCHR | 0o600, 0x103))

    as_nobody(owners)

    # what clears the set-id bits
    for mode in (0o6777, 0o6755, 0o4666, 0o2777, 0o4711, 0o2610):
        for action in ("write", "truncate", "truncate to the same", "chown", "chown group", "chmod", "open truncate",
                       "fallocate", "write nothing", "setxattr", "utimes", "copy", "mmap"):
            for root in (False, True):
                put("f")
                os.chown("f", 0, 0)
                os.chmod("f", mode)

                def act():
                    fd = os.open("f", os.O_RDWR) if os.access("f", os.W_OK) else -1
                    if action == "write":
                        result = call("pwrite", fd, b"x", 1, 0)
                    elif action == "write nothing":
                        result = call("pwrite", fd, b"", 0, 0)
                    elif action == "truncate":
                        result = call("ftruncate", fd, 3)
                    elif action == "truncate to the same":
                        result = call("truncate", "f", 7)
                    elif action == "chown":
                        result = call("chown", "f", 0, 0)
                    elif action == "chown group":
                        result = call("chown", "f", -1, 5)
                    elif action == "chmod":
                        result = call("chmod", "f", mode | 1)
                    elif action == "open truncate":
                        result = close(call("open", "f", os.O_WRONLY | os.O_TRUNC))
                    elif action == "fallocate":
                        result = call("fallocate", fd, 0, 0, 20)
                    elif action == "setxattr":
                        result = call("setxattr", "f", "user.a", b"v", 1, 0)
                    elif action == "utimes":
                        result = call("utimensat", AT_FDCWD, "f", None, 0)
                    elif action == "copy":
                        result = "ok" if fd >= 0 and os.copy_file_range(
                            os.open("f", os.O_RDONLY), fd, 3, 0, 10) == 3 else "not"
                    else:
                        result = "not"
                        if fd >= 0:
                            with mmap.mmap(fd, 7) as memory:
                                memory[0:1] = b"y"
                            result = "ok"
                    say("set-id", f"{mode:o}", action, "root" if root else "other", result,
                        f"{os.stat('f').st_mode & 0o7777:o}")

                act() if root else as_nobody(act)
                os.unlink("f")
    empty()
    # what a new file inherits
    for mode in (0o755, 0o2755, 0o3777):
        os.mkdir("d")
        os.chown("d", 0, 7)
        os.chmod("d", mode)
        os.umask(0o027)
        put("d/f")
        os.mkdir("d/d")
        os.mkfifo("d/p")
        os.mknod("d/n", 0o666)
        os.symlink("x", "d/s")
        fd = os.open("d/g", os.O_CREAT | os.O_WRONLY, 0o6777)
        os.close(fd)
        os.umask(0o022)
        say("in a directory with", oct(mode))
        dump("d")
        shutil.rmtree("d")
    os.chmod(".", 0o755)


# --- which times change

def timestamps():
    def snap(path):
        s = os.lstat(path)
        return s.st_mtime_ns, s.st_ctime_ns

    def check(what, action, *paths):
        before = [snap(path) for path in paths]
        time.sleep(0.02)
        result = action()
        for path, old in zip(paths, before):
            new = snap(path) if os.path.lexists(path) else None
            change = "gone" if new is None else "".join(
                letter if b > a else "-" if b == a else "<" for letter, a, b in zip("mc", old, new))
            say("times", what, path, change, "" if result is None else result)

    empty()
    os.mkdir("d")
    os.mkdir("e")
    put("d/f")
    fd = os.open("d/f", os.O_RDWR)
    check("write", lambda: call("pwrite", fd, b"x", 1, 0), "d/f", "d")
    check("write nothing", lambda: call("pwrite", fd, b"", 0, 0), "d/f", "d")
    check("read", lambda: call("pread", fd, ctypes.create_string_buffer(5), 5, 0), "d/f", "d")
    check("ftruncate shorter", lambda: call("ftruncate", fd, 3), "d/f", "d")
    check("ftruncate the same", lambda: call("ftruncate", fd, 3), "d/f", "d")
    check("truncate the same", lambda: call("truncate", "d/f", 3), "d/f", "d")
    check("truncate longer", lambda: call("truncate", "d/f", 30), "d/f", "d")
    check("fallocate", lambda: call("fallocate", fd, 0, 0, 40), "d/f", "d")
    check("fallocate within", lambda: call("fallocate", fd, KEEP_SIZE, 0, 10), "d")
    check("punch", lambda: call("fallocate", fd, PUNCH_HOLE | KEEP_SIZE, 0, 10), "d/f", "d")
    check("zero", lambda: call("fallocate", fd, ZERO_RANGE, 0, 10), "d/f", "d")
    check("fsync", lambda: call("fsync", fd), "d/f", "d")
    check("open", lambda: close(call("open", "d/f", os.O_RDWR)), "d/f", "d")
    check("open create", lambda: close(call("open", "d/f", os.O_RDWR | os.O_CREAT)), "d/f", "d")
    check("open truncate", lambda: close(call("open", "d/f", os.O_RDWR | os.O_TRUNC)), "d/f", "d")
    check("open truncate the empty", lambda: close(call("open", "d/f", os.O_RDWR | os.O_TRUNC)), "d/f", "d")
    check("create", lambda: put("d/g"), "d")
    check("chmod", lambda: call("chmod", "d/f", 0o600), "d/f", "d")
    check("chmod the same", lambda: call("chmod", "d/f", 0o600), "d/f", "d")
    check("chown", lambda: call("chown", "d/f", 3, 4), "d/f", "d")
    check("chown nothing", lambda: call("chown", "d/f", -1, -1), "d/f", "d")
    check("utimes", lambda: call("utimensat", AT_FDCWD, "d/f", times((1, 5), (2, 6)), 0), "d/f", "d")
    say("atime", os.stat("d/f").st_atime_ns, "mtime", os.stat("d/f").st_mtime_ns)
    check("utimes mtime alone", lambda: call("utimensat", AT_FDCWD, "d/f", times(UTIME_OMIT, (9, 7)), 0), "d/f", "d")
    say("atime", os.stat("d/f").st_atime_ns, "mtime", os.stat("d/f").st_mtime_ns)
    check("utimes atime alone", lambda: call("utimensat", AT_FDCWD, "d/f", times((-5, 3), UTIME_OMIT), 0), "d/f", "d")
    say("atime", os.stat("d/f").st_atime_ns, "mtime", os.stat("d/f").st_mtime_ns)
    check("utimes neither", lambda: call("utimensat", AT_FDCWD, "d/f", times(UTIME_OMIT, UTIME_OMIT), 0), "d/f", "d")
    check("utimes now", lambda: call("utimensat", AT_FDCWD, "d/f", None, 0), "d/f", "d")
    check("utimes wrong", lambda: call("utimensat", AT_FDCWD, "d/f", times((1, 1 << 31), (1, 1)), 0), "d/f", "d")
    check("futimens", lambda: call("futimens", fd, times((1, 5), (2, 6))), "d/f", "d")
    check("link", lambda: call("link", "d/f", "e/l"), "d/f", "d", "e")
    check("rename", lambda: call("rename", "d/f", "e/f"), "d", "e", "e/l")
    check("rename back", lambda: call("rename", "e/f", "d/f"), "d", "e", "e/l")
    check("rename to another name", lambda: call("rename", "d/f", "e/l"), "d", "e", "e/l")
    check("unlink a name", lambda: call("unlink", "e/l"), "d/f", "e")
    check("mkdir", lambda: call("mkdir", "d/s", 0o755), "d", "e")
    check("rename directory", lambda: call("rename", "d/s", "e/s"), "d", "e")
    check("exchange", lambda: call("renameat2", AT_FDCWD, "d/f", AT_FDCWD, "e/s", EXCHANGE), "d", "e", "d/f", "e/s")
    check("exchange back", lambda: call("renameat2", AT_FDCWD, "d/f", AT_FDCWD, "e/s", EXCHANGE), "d", "e")
    check("rmdir", lambda: call("rmdir", "e/s"), "d", "e")
    check("symlink", lambda: call("symlink", "x", "d/sym"), "d")
    check("readlink", lambda: os.readlink("d/sym"), "d/sym", "d")
    check("utimes of a symlink",
          lambda: call("utimensat", AT_FDCWD, "d/sym", times((1, 5), (2, 6)), AT_SYMLINK_NOFOLLOW), "d/sym", "d")
    check("mknod", lambda: call("mkfifo", "d/p", 0o644), "d")
    check("setxattr", lambda: call("setxattr", "d/f", "user.a", b"v", 1, 0), "d/f", "d")
    check("getxattr", lambda: call("getxattr", "d/f", "user.a", None, 0), "d/f", "d")
    check("removexattr", lambda: call("removexattr", "d/f", "user.a"), "d/f", "d")
    check("removexattr of nothing", lambda: call("removexattr", "d/f", "user.a"), "d/f", "d")
    check("unlink nothing", lambda: call("unlink", "d/none"), "d")
    check("list", lambda: os.listdir("d") and None, "d")
    with mmap.mmap(fd, 0) if os.fstat(fd).st_size else mmap.mmap(-1, 1) as memory:
        memory[0:1] = b"z"
    os.close(fd)
    empty()


# --- open files, descriptors and sizes

def descriptors():
    empty()
    put("f", b"0123456789")
    os.mkdir("d")
    read, write, both = (os.open("f", flags) for flags in (os.O_RDONLY, os.O_WRONLY, os.O_RDWR))
    append = os.open("f", os.O_RDWR | os.O_APPEND)
    directory, path = os.open("d", os.O_RDONLY), os.open("f", os.O_PATH)
    buffer = ctypes.create_string_buffer(64)
    for name, fd in (("read", read), ("write", write), ("both", both), ("append", append), ("directory", directory),
                     ("path", path), ("none", 999)):
        say(name, "pread", call("pread", fd, buffer, 4, 2), "negative", call("pread", fd, buffer, 4, -1),
            "past the end", call("pread", fd, buffer, 4, 100))
        say(name, "pwrite", call("pwrite", fd, b"ab", 2, 1), "negative", call("pwrite", fd, b"ab", 2, -1))
        if fd != directory:  # what its offsets are is each file system's affair
            say(name, "lseek", [call("lseek", fd, *to) for to in ((5, 0), (-6, 1), (-100, 1), (0, 2), (-20, 2), (5, 9))])
            say(name, "seek data", [call("lseek", fd, 0, how) for how in (3, 4)],
                [call("lseek", fd, 1 << 40, how) for how in (3, 4)])
        say(name, "ftruncate", call("ftruncate", fd, 12), call("ftruncate", fd, -1))
        say(name, "fallocate", [call("fallocate", fd, *how) for how in (
            (0, 0, 0), (0, -1, 5), (0, 0, -5), (0, 0, 5), (KEEP_SIZE, 0, 100), (PUNCH_HOLE, 0, 5),
            (PUNCH_HOLE | KEEP_SIZE, 20, 5), (ZERO_RANGE | PUNCH_HOLE, 0, 5), (0, 1 << 62, 1 << 62))])
        say(name, "sync", call("fsync", fd), call("fdatasync", fd))
        say(name, "fchmod", call("fchmod", fd, 0o644), "fchown", call("fchown", fd, -1, -1))
        say(name, "mmap", maps(fd))
        say(name, "copy", [call("copy_file_range", fd, None, other, None, 3, 0) for other in (both, append, directory)])
        say(name, "size", os.stat("f").st_size)
    with open("f", "rb") as file:
        say("content", file.read())
    for fd in (read, write, both, append, directory, path):
        os.close(fd)

    # O_APPEND
    put("g", b"")
    a, b = os.open("g", os.O_WRONLY | os.O_APPEND), os.open("g", os.O_WRONLY)
    os.write(a, b"one")
    os.pwrite(b, b"ONE", 0)
    os.pwrite(a, b"two", 0)
    os.lseek(a, 0, 0)
    os.write(a, b"three")
    say("appended", open("g", "rb").read(), "offset", os.lseek(a, 0, 1))
    fcntl.fcntl(a, fcntl.F_SETFL, 0)
    os.pwrite(a, b"TWO", 3)
    fcntl.fcntl(b, fcntl.F_SETFL, os.O_APPEND)
    os.write(b, b"four")
    say("appended", open("g", "rb").read(), "offset", os.lseek(a, 0, 1))
    os.close(a)
    os.close(b)

    # limits
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, old[1]))
    fd = os.open("limit", os.O_RDWR | os.O_CREAT, 0o644)
    limited = (call("pwrite", fd, b"x" * 900, 900, 0), call("pwrite", fd, b"x" * 900, 900, 900),
               call("pwrite", fd, b"x", 1, 1000), call("ftruncate", fd, 1001), call("fallocate", fd, 0, 0, 2000))
    resource.setrlimit(resource.RLIMIT_FSIZE, old)
    say("limit", limited, os.fstat(fd).st_size)
    os.close(fd)

    # unlinked and moved while open
    put("h", b"hello")
    fd = os.open("h", os.O_RDWR)
    os.unlink("h")
    say("unlinked", os.fstat(fd).st_nlink, os.pread(fd, 9, 0), os.pwrite(fd, b"more", 5), os.pread(fd, 20, 0),
        call("ftruncate", fd, 3), os.fstat(fd).st_size, call("fchmod", fd, 0o600), call("fsync", fd),
        call("linkat", fd, "", AT_FDCWD, "again", AT_EMPTY_PATH),
        call("linkat", AT_FDCWD, f"/proc/self/fd/{fd}", AT_FDCWD, "again", AT_SYMLINK_FOLLOW),
        close(call("open", f"/proc/self/fd/{fd}", os.O_RDONLY)), call("fsetxattr", fd, "user.a", b"v", 1, 0))
    os.close(fd)
    put("i", b"old")
    put("j", b"new")
    fd = os.open("i", os.O_RDWR)
    os.rename("j", "i")
    say("replaced", os.fstat(fd).st_nlink, os.pread(fd, 9, 0), open("i", "rb").read())
    os.close(fd)
    os.makedirs("t/u/v")
    put("t/u/x")
    fd = os.open("t/u", os.O_RDONLY)
    os.rename("t/u", "w")
    say("moved directory", sorted(os.listdir(fd)), close(call("openat", fd, "x", os.O_RDONLY)),
        close(call("openat", fd, "..", os.O_RDONLY)), sorted(os.listdir("w")), os.stat("t").st_nlink)
    os.fchdir(fd)
    say("cwd", os.path.basename(os.getcwd()))
    os.fchdir(home)
    shutil.rmtree("w")
    say("removed directory", os.fstat(fd).st_nlink, os.listdir(fd), call("openat", fd, "new", os.O_CREAT, 0o644),
        call("mkdirat", fd, "new", 0o755), call("symlinkat", "t", fd, "new"), call("linkat", AT_FDCWD, "f", fd, "n", 0),
        call("renameat", AT_FDCWD, "f", fd, "n"), call("openat", fd, "x", 0))
    os.close(fd)
    os.mkdir("cwd")
    os.chdir("cwd")
    os.rmdir("../cwd")
    say("in a removed directory", call("open", "x", os.O_CREAT | os.O_WRONLY, 0o644), call("open", "x", 0),
        call("mkdir", "x", 0o755), call("chdir", ".."))
    os.fchdir(home)

    # programs
    shutil.copy(shutil.which("true"), "program")
    os.chmod("program", 0o755)
    fd = os.open("program", os.O_WRONLY)
    say("exec while written to", execute("./program"))
    os.close(fd)
    say("exec", execute("./program"))
    shutil.copy(shutil.which("sleep"), "sleep")
    sleeping = subprocess.Popen(["./sleep", "60"])
    say("write to what runs", close(call("open", "sleep", os.O_WRONLY)), call("truncate", "sleep", 1))
    say("unlink what runs", call("unlink", "sleep"), sleeping.poll())
    sleeping.kill()
    sleeping.wait()
    os.chmod("program", 0o644)
    say("exec without permission", execute("./program"))
    put("script", b"#!/bin/sh\nexit 0\n")
    os.chmod("script", 0o755)
    say("exec a script", execute("./script"))
    say("exec a directory", execute("./d"))

    # fifos and sockets
    os.mkfifo("p")
    say("fifo", call("open", "p", os.O_WRONLY | os.O_NONBLOCK))
    r = os.open("p", os.O_RDONLY | os.O_NONBLOCK)
    w = os.open("p", os.O_WRONLY)
    os.write(w, b"through")
    say("fifo", os.read(r, 20), call("lseek", r, 0, 0), stat.filemode(os.fstat(r).st_mode))
    os.close(r)
    os.close(w)
    server = socket.socket(socket.AF_UNIX)
    server.bind("s")
    server.listen()
    say("socket", describe("s"), call("open", "s", 0))
    os.rename("s", "s2")
    client = socket.socket(socket.AF_UNIX)
    client.connect("s2")
    say("socket bound twice", refused(lambda: socket.socket(socket.AF_UNIX).bind("s2")))
    client.close()
    server.close()
    say("socket of nobody", refused(lambda: socket.socket(socket.AF_UNIX).connect("s2")))

    # links and directories
    os.mkdir("links")
    put("links/0")
    for i in range(1, 40):
        os.link("links/0", f"links/{i}")
    say("links", os.stat("links/7").st_nlink, os.stat("links").st_nlink)
    for i in range(20):
        os.mkdir(f"links/d{i}")
    say("subdirectories", os.stat("links").st_nlink)
    os.rmdir("links/d3")
    os.rename("links/d4", "d4")
    os.rename("links/d5", "links/d6")
    say("subdirectories", os.stat("links").st_nlink)
    say("link a directory", call("link", "links", "x"))
    os.symlink("x" * 4095, "longest")
    say("symlinks", len(os.readlink("longest")), call("symlink", "x" * 4096, "longer"), call("symlink", "", "none"),
        call("open", "longest", 0))
    for i in range(45):
        os.symlink(f"chain{i + 1}" if i < 44 else "f", f"chain{i}")
    say("chains", [close(call("open", f"chain{i}", 0)) for i in (0, 3, 4, 5, 6, 40)])
    empty()


def refused(function):
    try:
        function()
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]


def maps(fd):
    results = []
    for flags, protection in ((mmap.MAP_SHARED, mmap.PROT_READ), (mmap.MAP_SHARED, mmap.PROT_WRITE | mmap.PROT_READ),
                              (mmap.MAP_PRIVATE, mmap.PROT_WRITE | mmap.PROT_READ)):
        try:
            mmap.mmap(fd, 5, flags, protection).close()
            results.append("ok")
        except OSError as error:
            results.append(errno.errorcode[error.errno])
        except ValueError:
            results.append("too short")
    return results


def execute(path):
    try:
        return subprocess.run([path]).returncode
    except OSError as error:
        return errno.errorcode[error.errno]


# --- holes

def holes():
    empty()
    fd = os.open("f", os.O_RDWR | os.O_CREAT, 0o644)
    M = 1 << 20

    def layout(what):
        size, at, found = os.fstat(fd).st_size, 0, []
        while at < size:
            data = call("lseek", fd, at, os.SEEK_DATA)
            if data == "ENXIO":
                break
            hole = call("lseek", fd, data, os.SEEK_HOLE)
            found.append((data, hole))
            at = hole
        say(what, "size", size, "data", found, "sectors", os.fstat(fd).st_blocks)

    layout("empty")
    call("ftruncate", fd, 16 * M)
    layout("truncated longer")
    os.pwrite(fd, b"x" * M, 3 * M)
    os.pwrite(fd, b"x" * 4096, 8 * M)
    os.pwrite(fd, b"x", 10 * M + 4096)
    layout("written")
    call("fallocate", fd, PUNCH_HOLE | KEEP_SIZE, 3 * M + 65536, 131072)
    layout("punched")
    call("ftruncate", fd, 3 * M + 100 * 4096)
    layout("truncated shorter")
    call("ftruncate", fd, 5 * M)
    layout("and longer")
    os.pwrite(fd, b"y" * 8192, 6 * M)
    layout("past the end")
    say("bytes", os.pread(fd, 4, 3 * M + 65536), os.pread(fd, 4, 6 * M - 2), os.pread(fd, 1, 6 * M + 8191))
    for offset in (-1, 0, 6 * M + 8191, 6 * M + 8192, 1 << 50):
        say("seek", offset, [call("lseek", fd, offset, how) for how in (os.SEEK_DATA, os.SEEK_HOLE)])
    os.close(fd)
    copy = subprocess.run(["cp", "--sparse=auto", "f", "g"]).returncode
    say("copied", copy, subprocess.run(["cmp", "f", "g"]).returncode, os.stat("g").st_blocks == os.stat("f").st_blocks)
    empty()


# --- extended attributes

def attributes():
    empty()
    put("f")
    os.mkdir("d")
    os.symlink("f", "s")
    for path in ("f", "d", "s"):
        for namespace in ("user.", "trusted.", "security.", "other.", ""):
            for flags in (1, 2, 0, 1, 2, 3):
                say("lsetxattr", path, namespace, flags, call("lsetxattr", path, namespace + "a", b"value", 5, flags))
            buffer = ctypes.create_string_buffer(100)
            say("lgetxattr", path, namespace, call("lgetxattr", path, namespace + "a", buffer, 100), buffer.value,
                call("lgetxattr", path, namespace + "a", None, 0), call("lgetxattr", path, namespace + "a", buffer, 4),
                call("lgetxattr", path, namespace + "b", None, 0))
        say("list", path, sorted(os.listxattr(path, follow_symlinks=False)))
        for namespace in ("user.", "trusted.", "security."):
            say("lremovexattr", path, namespace, call("lremovexattr", path, namespace + "a"),
                call("lremovexattr", path, namespace + "a"))
    say("names", [call("setxattr", "f", name, b"v", 1, 0) for name in
                  ("user.", "user." + "n" * 250, "user." + "n" * 251, "user", ".user", "user.\u00e9")])
    say("values", [call("setxattr", "f", "user.v", b"v" * size, size, 0) for size in (0, 1, 2000, 65537)],
        call("getxattr", "f", "user.v", None, 0))
    os.rename("f", "g")
    os.link("g", "h")
    say("kept", sorted(os.listxattr("h")), call("listxattr", "h", None, 0), call("listxattr", "h", None, 1) == 0)
    empty()


# --- locks

LOCK = "hhqqi4x"
F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW = 36, 37, 38


def lock(fd, command, kind, start, length, whence=0):
    """The result of a lock call; of a query, the lock that is in the way."""
    try:
        got = fcntl.fcntl(fd, command, struct.pack(LOCK, kind, whence, start, length, 0))
    except OSError as error:
        return errno.errorcode[error.errno]
    if command not in (fcntl.F_GETLK, F_OFD_GETLK):
        return "ok"
    kind, _, start, length, owner = struct.unpack(LOCK, got)
    return ("free",) if kind == fcntl.F_UNLCK else (kind, start, length, "nobody" if owner == -1 else "a process")


def flocked(fd, operation):
    try:
        fcntl.flock(fd, operation)
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]


def in_child(function, *arguments):
    """What a function gives in a process of its own, which then ends."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, repr(function(*arguments)).encode())
        except BaseException as error:
            os.write(write, repr(error).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as result:
        text = result.read()
    os.waitpid(child, 0)
    return text


def start_child(function):
    """Starts a process; it says a word when it gets there, and another when it is done."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, f"{function(lambda: os.write(write, b'waits '))} ".encode())
        finally:
            os._exit(0)
    os.close(write)
    return child, read


def locks():
    empty()
    put("f", b"x" * 100)
    R, W, U = fcntl.F_RDLCK, fcntl.F_WRLCK, fcntl.F_UNLCK
    SETLK, SETLKW, GETLK = fcntl.F_SETLK, fcntl.F_SETLKW, fcntl.F_GETLK

    def opened(flags=os.O_RDWR):
        return os.open("f", flags)

    fd = opened()
    say("kinds and ranges", [lock(fd, SETLK, *how) for how in (
        (W, 0, 10), (R, 5, 2), (W, 50, 0), (R, -1, 5), (W, 10, -5), (W, 10, -20), (7, 0, 1), (U, 0, 0))])
    say("from the end", lock(fd, SETLK, W, -10, 5, 2), in_child(lambda: lock(opened(), GETLK, W, 0, 0)))
    lock(fd, SETLK, U, 0, 0)
    say("read only", lock(opened(os.O_RDONLY), SETLK, W, 0, 1), lock(opened(os.O_RDONLY), SETLK, R, 0, 1),
        lock(opened(os.O_WRONLY), SETLK, R, 0, 1), lock(opened(os.O_WRONLY), SETLK, W, 0, 1))
    lock(fd, SETLK, U, 0, 0)

    fd = opened()
    lock(fd, SETLK, W, 10, 30)
    lock(fd, SETLK, U, 20, 10)
    lock(fd, SETLK, R, 32, 4)
    say("split", [in_child(lambda: lock(opened(), GETLK, W, start, 1)) for start in (9, 10, 19, 20, 29, 30, 31, 32, 35, 36, 40)])
    say("neighbours", in_child(lambda: [lock(opened(), SETLK, W, 20, 10), lock(opened(), SETLK, R, 32, 4),
                                        lock(opened(), SETLK, W, 32, 1), lock(opened(), SETLK, R, 0, 0)]))
    os.close(opened())
    say("closed another descriptor", in_child(lambda: lock(opened(), GETLK, W, 0, 0)))
    lock(fd, SETLK, W, 0, 0)
    say("child has none", in_child(lambda: lock(fd, SETLK, W, 0, 1)))
    os.close(os.dup(fd))
    say("closed a duplicate", in_child(lambda: lock(opened(), GETLK, W, 0, 0)))
    say("child exits", in_child(lambda: lock(opened(), SETLK, W, 0, 0)), lock(fd, SETLK, W, 0, 0))
    lock(fd, SETLK, U, 0, 0)

    # waiting
    lock(fd, SETLK, W, 0, 10)

    def wait_for_lock(tell):
        mine = opened()
        tell()
        return lock(mine, SETLKW, W, 5, 10)

    child, said = start_child(wait_for_lock)
    os.read(said, 20)
    time.sleep(0.1)
    say("still waits", os.waitpid(child, os.WNOHANG)[0])
    lock(fd, SETLK, U, 0, 0)
    say("then has it", os.read(said, 20).decode(), os.waitpid(child, 0)[1])
    lock(fd, SETLK, W, 0, 10)
    child, said = start_child(wait_for_lock)
    os.read(said, 20)
    time.sleep(0.1)
    os.close(fd)
    say("has it when the holder closes", os.read(said, 20).decode(), os.waitpid(child, 0)[1])

    # a deadlock
    fd = opened()
    lock(fd, SETLK, W, 0, 1)

    def cross(tell):
        mine = opened()
        lock(mine, SETLK, W, 1, 1)
        tell()
        return lock(mine, SETLKW, W, 0, 1)

    child, said = start_child(cross)
    os.read(said, 20)
    time.sleep(0.2)
    say("deadlock", lock(fd, SETLKW, W, 1, 1))
    lock(fd, SETLK, U, 0, 0)
    say("the other has it", os.read(said, 20).decode(), os.waitpid(child, 0)[1])

    # a signal
    lock(fd, SETLK, W, 0, 1)

    def interrupted(tell):
        class Alarm(Exception):
            pass

        def handler(number, frame):
            raise Alarm()

        signal.signal(signal.SIGALRM, handler)
        mine = opened()
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        tell()
        try:
            return lock(mine, SETLKW, W, 0, 1)
        except Alarm:
            return "interrupted"

    child, said = start_child(interrupted)
    os.read(said, 20)
    say("a waiter", os.read(said, 20).decode(), os.waitpid(child, 0)[1])
    os.close(fd)

    # locks of open file descriptions
    a, b = opened(), opened()
    say("description", lock(a, F_OFD_SETLK, W, 0, 10), lock(b, F_OFD_SETLK, W, 5, 10), lock(b, F_OFD_GETLK, W, 5, 10),
        lock(b, SETLK, W, 5, 10), lock(os.dup(a), F_OFD_SETLK, R, 0, 5), lock(b, F_OFD_SETLK, R, 0, 5),
        in_child(lambda: [lock(a, F_OFD_SETLK, W, 5, 1), lock(b, F_OFD_SETLK, W, 6, 1)]))
    os.close(opened())
    say("stays", lock(b, F_OFD_SETLK, W, 5, 1))
    duplicate = os.dup(a)
    os.close(a)
    say("stays with a duplicate", lock(b, F_OFD_SETLK, W, 5, 1))
    os.close(duplicate)
    say("goes with the last", lock(b, F_OFD_SETLK, W, 0, 0))
    os.close(b)

    # flock
    SH, EX, NB, UN = fcntl.LOCK_SH, fcntl.LOCK_EX, fcntl.LOCK_NB, fcntl.LOCK_UN
    a, b, c = opened(), opened(), opened(os.O_RDONLY)
    say("flock", flocked(a, SH), flocked(b, SH | NB), flocked(c, EX | NB), flocked(a, EX | NB), flocked(b, UN),
        flocked(a, EX | NB), flocked(b, SH | NB), in_child(lambda: flocked(opened(), SH | NB)),
        in_child(lambda: flocked(a, SH | NB)), flocked(b, SH | NB), lock(b, SETLK, W, 0, 0))
    child = os.fork()
    if child == 0:
        time.sleep(0.2)
        os._exit(0)
    os.close(a)
    os.waitpid(child, 0)
    say("flock goes with the last descriptor", flocked(b, EX | NB))

    def wait_for_flock(tell):
        mine = opened()
        tell()
        return flocked(mine, EX)

    child, said = start_child(wait_for_flock)
    os.read(said, 20)
    time.sleep(0.1)
    flocked(b, UN)
    say("flock waited for", os.read(said, 20).decode(), os.waitpid(child, 0)[1])
    holder, said = start_child(lambda tell: (flocked(opened(), EX), tell(), time.sleep(60)))
    os.read(said, 20)
    say("held", flocked(b, EX | NB))
    os.kill(holder, 9)
    os.waitpid(holder, 0)
    say("the holder was killed", flocked(b, EX))
    os.mkdir("d")
    directory = os.open("d", os.O_RDONLY)
    say("of a directory", flocked(directory, EX | NB), in_child(lambda: flocked(os.open("d", os.O_RDONLY), SH | NB)),
        lock(directory, SETLK, R, 0, 0))
    empty()


SECTIONS = {
    "names": names,
    "renames": renames,
    "permissions": permissions,
    "timestamps": timestamps,
    "descriptors": descriptors,
    "holes": holes,
    "attributes": attributes,
    "locks": locks,
}

os.umask(0o022)
os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
home = os.open(".", os.O_RDONLY)
for section in sys.argv[2:] or SECTIONS:
    say("---", section)
    SECTIONS[section]()
