package org.trivet.fuse.proto;

/**
 * The Linux error numbers that the protocol itself answers with. Those of the file system come with
 * its errors.
 */
final class Errno {
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EIO = 5;
    static final int ENXIO = 6;
    static final int EAGAIN = 11;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int ENOTTY = 25;
    static final int ERANGE = 34;
    static final int ENAMETOOLONG = 36;
    static final int ENOSYS = 38;
    static final int ENODATA = 61;
    static final int EPROTO = 71;
    static final int EOPNOTSUPP = 95;

    private Errno() {}
}
