package org.trivet.fs;

/** A file or directory that is open, under one handle. */
final class Opening {
    static final int O_RDWR = 2;
    static final int O_ACCMODE = 3;
    static final int O_EXCL = 0200;
    static final int O_TRUNC = 01000;
    static final int O_APPEND = 02000;

    final long handle;
    final long inode;
    final int flags;

    /** Null for a directory. */
    final OpenInode file;

    /** Of a directory, when it was opened; null for a file. */
    final Attributes directory;

    /** How many of the file's errors this opening has been told. */
    int errorsTold;

    Opening(final long handle, final int flags, final OpenInode file) {
        this.handle = handle;
        this.inode = file.inode();
        this.flags = flags;
        this.file = file;
        this.directory = null;
        errorsTold = file.errorCount;
    }

    Opening(final long handle, final Attributes directory) {
        this.handle = handle;
        this.inode = directory.inode();
        this.flags = 0;
        this.file = null;
        this.directory = directory;
    }

    boolean appends() {
        return (flags & O_APPEND) != 0;
    }
}
