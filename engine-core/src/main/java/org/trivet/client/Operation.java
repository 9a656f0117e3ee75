package org.trivet.client;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * An operation under way: what was asked, and how many of its parts are not done. Pooled by {@link
 * Operations}.
 */
final class Operation {
    enum Kind {
        READ,
        MAP,
        WRITE,
        TRIM,
        SYNC
    }

    long id;
    int index;
    Kind kind;
    OperationHandler handler;
    FileBlocks file;
    long fileOffset;
    int length;
    DirectBuffer source;
    MutableDirectBuffer destination;
    FileMap map;
    int bufferOffset;
    long startNs;
    boolean hasDeadline;
    long deadlineNs;
    int openParts;

    /** Parts are still being made: the operation does not end meanwhile. */
    boolean starting;

    boolean degraded;
    boolean holes;
    long keptUpTo;

    long result() {
        return switch (kind) {
            case READ ->
                    (degraded ? OperationHandler.DEGRADED : 0)
                            + (holes ? OperationHandler.HOLES : 0);
            case WRITE, TRIM -> keptUpTo;
            case MAP, SYNC -> 0;
        };
    }

    void reset() {
        id = 0;
        handler = null;
        file = null;
        source = null;
        destination = null;
        map = null;
        hasDeadline = false;
        openParts = 0;
        degraded = false;
        holes = false;
        keptUpTo = OperationHandler.ALL;
    }

    /** Which operation it is, for messages. */
    String describe() {
        final String name = kind.name().toLowerCase(java.util.Locale.ROOT);
        return file == null
                ? name
                : name
                        + " of inode "
                        + file.inode()
                        + " at "
                        + fileOffset
                        + ", "
                        + length
                        + " bytes";
    }
}
