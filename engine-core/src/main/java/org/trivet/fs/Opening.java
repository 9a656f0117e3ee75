package org.trivet.fs;

/** A file or directory that is open, under one handle. */
final class Opening {
    static final int O_ACCMODE = 3;
    static final int O_EXCL = 0200;
    static final int O_TRUNC = 01000;
    static final int O_APPEND = 02000;

    final long handle;
    final long inode;
    final int flags;

    /** Null for a directory. */
    final OpenInode file;

    /** How many of the file's errors this opening has been told. */
    int errorsTold;

    Opening(final long handle, final long inode, final int flags, final OpenInode file) {
        this.handle = handle;
        this.inode = inode;
        this.flags = flags;
        this.file = file;
        errorsTold = file == null ? 0 : file.errorCount;
    }

    boolean appends() {
        return (flags & O_APPEND) != 0;
    }
}
