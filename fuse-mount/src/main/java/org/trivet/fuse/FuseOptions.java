package org.trivet.fuse;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fuse.proto.SessionOptions;

import java.time.Duration;

/**
 * How to mount.
 *
 * @param name shown as the source of the mount: no commas, blanks or control characters.
 * @param readers threads that read the device, 1 to 64.
 * @param writeback whether the kernel gathers writes in its page cache. Only for a sole writer:
 *     appends of several clients would overwrite each other.
 * @param asyncDirect whether a process may have several O_DIRECT requests at once. The kernel then
 *     lets nobody interrupt a thread that waits for one, not even to kill it.
 * @param maxBackground requests that the kernel may have waiting on behalf of nobody, such as
 *     readahead.
 * @param entryTimeout how long the kernel may trust a name.
 * @param attributeTimeout how long the kernel may trust attributes.
 * @param readaheadTimeout how long the kernel's readahead, which nobody can interrupt, may wait
 *     before it is failed and the kernel asks again for the pages that are needed.
 * @param closeTimeout how long closing waits for those who use the mount before it unmounts all the
 *     same.
 * @param viaFusermount whether to mount by fusermount3 even as root.
 */
public record FuseOptions(
        String name,
        int readers,
        boolean writeback,
        boolean asyncDirect,
        int maxBackground,
        Duration entryTimeout,
        Duration attributeTimeout,
        Duration readaheadTimeout,
        Duration closeTimeout,
        boolean viaFusermount) {
    private static final int MAX_READERS = 64;

    /** Refuses values out of range, naming them. */
    public FuseOptions {
        if (name.isEmpty()
                || name.startsWith("-")
                || name.chars().anyMatch(c -> c <= ' ' || c == ',' || c == '\\')) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "mount: name is \""
                            + name
                            + "\", and must have no comma, backslash, blank or control character");
        }
        if (readers < 1 || readers > MAX_READERS) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "mount: readers is " + readers + ", and must be 1 to " + MAX_READERS);
        }
        if (closeTimeout.isNegative()) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "mount: closeTimeout is " + closeTimeout + ", and must be 0 or more");
        }
        new SessionOptions(
                writeback,
                asyncDirect,
                maxBackground,
                entryTimeout.toNanos(),
                attributeTimeout.toNanos(),
                readaheadTimeout.toNanos());
    }

    /**
     * The usual way to mount.
     *
     * @param name shown as the source of the mount.
     * @return options with defaults.
     */
    public static FuseOptions of(final String name) {
        final Duration second = Duration.ofSeconds(1);
        return new FuseOptions(
                name,
                2,
                false,
                false,
                128,
                second,
                second,
                Duration.ofSeconds(10),
                Duration.ofSeconds(2),
                false);
    }

    /**
     * These options with another number of reading threads.
     *
     * @param value 1 to 64.
     * @return the options.
     */
    public FuseOptions withReaders(final int value) {
        return new FuseOptions(
                name,
                value,
                writeback,
                asyncDirect,
                maxBackground,
                entryTimeout,
                attributeTimeout,
                readaheadTimeout,
                closeTimeout,
                viaFusermount);
    }

    /**
     * These options with the kernel's write-back cache on or off.
     *
     * @param value whether it is on.
     * @return the options.
     */
    public FuseOptions withWriteback(final boolean value) {
        return new FuseOptions(
                name,
                readers,
                value,
                asyncDirect,
                maxBackground,
                entryTimeout,
                attributeTimeout,
                readaheadTimeout,
                closeTimeout,
                viaFusermount);
    }

    /**
     * These options with asynchronous direct I/O on or off.
     *
     * @param value whether it is on.
     * @return the options.
     */
    public FuseOptions withAsyncDirect(final boolean value) {
        return new FuseOptions(
                name,
                readers,
                writeback,
                value,
                maxBackground,
                entryTimeout,
                attributeTimeout,
                readaheadTimeout,
                closeTimeout,
                viaFusermount);
    }

    /**
     * These options with other times for which the kernel may trust what it knows.
     *
     * @param entries of names.
     * @param attributes of attributes.
     * @return the options.
     */
    public FuseOptions withTimeouts(final Duration entries, final Duration attributes) {
        return new FuseOptions(
                name,
                readers,
                writeback,
                asyncDirect,
                maxBackground,
                entries,
                attributes,
                readaheadTimeout,
                closeTimeout,
                viaFusermount);
    }

    /**
     * These options with another deadline of readahead.
     *
     * @param value more than 0.
     * @return the options.
     */
    public FuseOptions withReadaheadTimeout(final Duration value) {
        return new FuseOptions(
                name,
                readers,
                writeback,
                asyncDirect,
                maxBackground,
                entryTimeout,
                attributeTimeout,
                value,
                closeTimeout,
                viaFusermount);
    }

    /**
     * These options with another time to wait for those who use the mount when it is closed.
     *
     * @param value 0 or more.
     * @return the options.
     */
    public FuseOptions withCloseTimeout(final Duration value) {
        return new FuseOptions(
                name,
                readers,
                writeback,
                asyncDirect,
                maxBackground,
                entryTimeout,
                attributeTimeout,
                readaheadTimeout,
                value,
                viaFusermount);
    }

    /**
     * These options, mounting by fusermount3 or not.
     *
     * @param value whether to do so even as root.
     * @return the options.
     */
    public FuseOptions withFusermount(final boolean value) {
        return new FuseOptions(
                name,
                readers,
                writeback,
                asyncDirect,
                maxBackground,
                entryTimeout,
                attributeTimeout,
                readaheadTimeout,
                closeTimeout,
                value);
    }

    SessionOptions session() {
        return new SessionOptions(
                writeback,
                asyncDirect,
                maxBackground,
                entryTimeout.toNanos(),
                attributeTimeout.toNanos(),
                readaheadTimeout.toNanos());
    }
}
