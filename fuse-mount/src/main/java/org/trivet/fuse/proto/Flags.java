package org.trivet.fuse.proto;

/** The bits of the protocol's flag fields, as far as they are used. Names follow linux/fuse.h. */
final class Flags {
    static final int INIT_ASYNC_READ = 1;
    static final int INIT_POSIX_LOCKS = 1 << 1;
    static final int INIT_ATOMIC_O_TRUNC = 1 << 3;
    static final int INIT_BIG_WRITES = 1 << 5;
    static final int INIT_FLOCK_LOCKS = 1 << 10;
    static final int INIT_DO_READDIRPLUS = 1 << 13;
    static final int INIT_READDIRPLUS_AUTO = 1 << 14;
    static final int INIT_ASYNC_DIO = 1 << 15;
    static final int INIT_WRITEBACK_CACHE = 1 << 16;
    static final int INIT_PARALLEL_DIROPS = 1 << 18;
    static final int INIT_ABORT_ERROR = 1 << 21;
    static final int INIT_MAX_PAGES = 1 << 22;
    static final int INIT_CACHE_SYMLINKS = 1 << 23;
    static final int INIT_EXT = 1 << 30;

    /** In the second word of INIT flags. */
    static final int INIT2_DIRECT_IO_ALLOW_MMAP = 1 << 4;

    static final int SETATTR_MODE = 1;
    static final int SETATTR_UID = 1 << 1;
    static final int SETATTR_GID = 1 << 2;
    static final int SETATTR_SIZE = 1 << 3;
    static final int SETATTR_ATIME = 1 << 4;
    static final int SETATTR_MTIME = 1 << 5;
    static final int SETATTR_FH = 1 << 6;
    static final int SETATTR_ATIME_NOW = 1 << 7;
    static final int SETATTR_MTIME_NOW = 1 << 8;

    static final int OPEN_DIRECT_IO = 1;
    static final int OPEN_KEEP_CACHE = 1 << 1;
    static final int RELEASE_FLOCK_UNLOCK = 1 << 1;
    static final int FSYNC_DATA_ONLY = 1;
    static final int LOCK_FLOCK = 1;

    /**
     * The kernel writes back its page cache: the offset counts, even through a handle opened to
     * append.
     */
    static final int WRITE_CACHE = 1;

    static final int NOTIFY_INVAL_INODE = 2;
    static final int NOTIFY_INVAL_ENTRY = 3;

    static final int O_ACCESS_MODE = 3;
    static final int O_WRITE_ONLY = 1;
    static final int O_READ_WRITE = 2;
    static final int O_TRUNCATE = 01000;
    static final int O_APPEND = 02000;

    private Flags() {}

    /** The bit of O_DIRECT, which is not the same on all machines. */
    static int oDirect() {
        return System.getProperty("os.arch").equals("aarch64") ? 0200000 : 040000;
    }
}
