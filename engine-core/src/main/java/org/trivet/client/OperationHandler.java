package org.trivet.client;

import org.trivet.TrivetException;

/**
 * Told of the end of an operation on blocks: exactly one of the two methods is called, exactly
 * once, on the agent's thread. It must not block.
 */
public interface OperationHandler {
    /** A result of {@link #completed}: all bytes were written. */
    long ALL = Long.MAX_VALUE;

    /**
     * A result of {@link #completed}: what was read may show a write in flight, and must not be
     * kept.
     */
    long DEGRADED = 1;

    /** A result of {@link #completed}: some of what was read are zeros that nobody has stored. */
    long HOLES = 2;

    /**
     * The operation is done.
     *
     * @param result of a write or a trim: {@link #ALL}, or the file offset from which on the bytes
     *     were given up, because the file was cut there meanwhile; 0 if it is not known any more
     *     where. Of a read: {@link #DEGRADED} and {@link #HOLES}, or what of them holds, added up.
     *     Otherwise 0.
     */
    void completed(long result);

    /**
     * The operation failed; it may still take effect.
     *
     * @param error why.
     */
    void failed(TrivetException error);
}
