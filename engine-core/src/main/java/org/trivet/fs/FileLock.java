package org.trivet.fs;

/**
 * A lock, held or asked for.
 *
 * @param type {@link #READ}, {@link #WRITE} or {@link #UNLOCK}.
 * @param flock whether it is of flock(2), and not of fcntl(2).
 * @param start first byte.
 * @param end last byte, inclusive; Long.MAX_VALUE for the end of the file.
 * @param owner names the lock's owner within the client.
 * @param pid process id to report.
 */
public record FileLock(int type, boolean flock, long start, long end, long owner, int pid) {
    /** A shared lock. */
    public static final int READ = 0;

    /** An exclusive lock. */
    public static final int WRITE = 1;

    /** No lock: releases, or says that there is no conflict. */
    public static final int UNLOCK = 2;
}
