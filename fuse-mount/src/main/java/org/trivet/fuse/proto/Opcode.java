package org.trivet.fuse.proto;

/**
 * The requests of the protocol: number, bytes of fixed arguments that each must have, and how many
 * NUL-terminated names follow them.
 */
enum Opcode {
    LOOKUP(1, 0, 1),
    FORGET(2, Layouts.FORGET_IN, 0),
    GETATTR(3, Layouts.GETATTR_IN, 0),
    SETATTR(4, Layouts.SETATTR_IN, 0),
    READLINK(5, 0, 0),
    SYMLINK(6, 0, 2),
    MKNOD(8, Layouts.MKNOD_IN, 1),
    MKDIR(9, Layouts.MKDIR_IN, 1),
    UNLINK(10, 0, 1),
    RMDIR(11, 0, 1),
    RENAME(12, Layouts.RENAME_IN, 2),
    LINK(13, Layouts.LINK_IN, 1),
    OPEN(14, Layouts.OPEN_IN, 0),
    READ(15, Layouts.READ_IN, 0),
    WRITE(16, Layouts.WRITE_IN, 0),
    STATFS(17, 0, 0),
    RELEASE(18, Layouts.RELEASE_IN, 0),
    FSYNC(20, Layouts.FSYNC_IN, 0),
    SETXATTR(21, Layouts.SETXATTR_IN, 1),
    GETXATTR(22, Layouts.GETXATTR_IN, 1),
    LISTXATTR(23, Layouts.GETXATTR_IN, 0),
    REMOVEXATTR(24, 0, 1),
    FLUSH(25, Layouts.FLUSH_IN, 0),
    INIT(26, 16, 0),
    OPENDIR(27, Layouts.OPEN_IN, 0),
    READDIR(28, Layouts.READ_IN, 0),
    RELEASEDIR(29, Layouts.RELEASE_IN, 0),
    FSYNCDIR(30, Layouts.FSYNC_IN, 0),
    GETLK(31, Layouts.LK_IN, 0),
    SETLK(32, Layouts.LK_IN, 0),
    SETLKW(33, Layouts.LK_IN, 0),
    ACCESS(34, 0, 0),
    CREATE(35, Layouts.CREATE_IN, 1),
    INTERRUPT(36, Layouts.INTERRUPT_IN, 0),
    BMAP(37, 0, 0),
    DESTROY(38, 0, 0),
    IOCTL(39, 0, 0),
    POLL(40, 0, 0),
    NOTIFY_REPLY(41, 0, 0),
    BATCH_FORGET(42, Layouts.BATCH_FORGET_IN, 0),
    FALLOCATE(43, Layouts.FALLOCATE_IN, 0),
    READDIRPLUS(44, Layouts.READ_IN, 0),
    RENAME2(45, Layouts.RENAME2_IN, 2),
    LSEEK(46, Layouts.LSEEK_IN, 0),
    COPY_FILE_RANGE(47, Layouts.COPY_FILE_RANGE_IN, 0),
    SYNCFS(50, 0, 0),
    TMPFILE(51, 0, 0),
    STATX(52, 0, 0),
    COPY_FILE_RANGE_64(53, Layouts.COPY_FILE_RANGE_IN, 0);

    private static final Opcode[] BY_CODE = new Opcode[64];

    static {
        for (final Opcode opcode : values()) {
            BY_CODE[opcode.code] = opcode;
        }
    }

    private final int code;
    private final int argumentLength;
    private final int nameCount;

    Opcode(final int code, final Struct arguments, final int nameCount) {
        this(code, arguments.size(), nameCount);
    }

    Opcode(final int code, final int argumentLength, final int nameCount) {
        this.code = code;
        this.argumentLength = argumentLength;
        this.nameCount = nameCount;
    }

    /** The opcode of a number, or null if it is not known. */
    static Opcode of(final int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    int code() {
        return code;
    }

    /** Bytes of fixed arguments behind the header. */
    int argumentLength() {
        return argumentLength;
    }

    /** Names behind the fixed arguments. */
    int nameCount() {
        return nameCount;
    }

    /**
     * Whether the kernel waits for a reply. It gives an interrupt no reply either, but for "try
     * again".
     */
    boolean isAnswered() {
        return this != FORGET && this != BATCH_FORGET && this != INTERRUPT && this != NOTIFY_REPLY;
    }
}
