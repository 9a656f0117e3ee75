package org.trivet;

/**
 * What went wrong, in terms that a caller can act on. Each code has the errno that a mount answers
 * with.
 */
public enum ErrorCode {
    /** No such file, directory or block. */
    NOT_FOUND(2),
    /** The operation is not allowed on this object, whoever asks. */
    NOT_PERMITTED(1),
    /** The waiting caller was interrupted; the operation may still take effect. */
    INTERRUPTED(4),
    /** Input or output failed in a way that trying again will not mend by itself. */
    IO(5),
    /** The handle is not open. */
    BAD_HANDLE(9),
    /** The operation would have to wait, and the caller asked not to. */
    WOULD_BLOCK(11),
    /** The caller lacks the permission. */
    ACCESS_DENIED(13),
    /** The object is in use. */
    BUSY(16),
    /** The name exists already. */
    EXISTS(17),
    /** A component that must be a directory is not one. */
    NOT_DIRECTORY(20),
    /** The object is a directory, and the operation needs something else. */
    IS_DIRECTORY(21),
    /** An argument is out of its range; the message names it. */
    INVALID(22),
    /** The file would be larger than a file can be. */
    TOO_LARGE(27),
    /** The nodes that must store it have no space left. */
    NO_SPACE(28),
    /** The volume or mount is read-only. */
    READ_ONLY(30),
    /** The object has as many links as it can have. */
    TOO_MANY_LINKS(31),
    /** A result does not fit into the space that the caller gave. */
    RANGE(34),
    /** Waiting for the lock would wait for ever. */
    DEADLOCK(35),
    /** A name is longer than 255 bytes. */
    NAME_TOO_LONG(36),
    /** No more locks can be had. */
    NO_LOCKS(37),
    /** This is not implemented, and will not be. */
    NOT_SUPPORTED(95),
    /** The directory is not empty. */
    NOT_EMPTY(39),
    /** Too many symbolic links. */
    LOOP(40),
    /** No such extended attribute, or no data past this offset. */
    NO_DATA(61),
    /** A deadline passed; the operation may still take effect. */
    TIMED_OUT(110),
    /** The inode number no longer names anything. */
    STALE(116),
    /** The volume, client or node has been closed. */
    CLOSED(108),
    /** Stored bytes are damaged, or not of this format, version or volume. */
    CORRUPT(74),
    /**
     * No good copy of the block was left anywhere, and the loss has been accepted. It can be
     * written as a whole, cut off or removed.
     */
    LOST(5);

    private final int errno;

    ErrorCode(final int errno) {
        this.errno = errno;
    }

    /**
     * The Linux errno that a mount answers with.
     *
     * @return a positive errno.
     */
    public int errno() {
        return errno;
    }
}
