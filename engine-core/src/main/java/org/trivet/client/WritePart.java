package org.trivet.client;

/** The part of a write or trim that goes to one group in one message. Pooled by {@link Writes}. */
final class WritePart {
    enum Kind {
        DATA,
        ZEROS,
        TRIM
    }

    enum State {
        /** Waits for a place in its group's window. */
        QUEUED,
        /** Has a number; is sent, and sent again, until answered. */
        OPEN,
        /** Has a number; the file's cuts are being fetched. */
        NEEDS_CUTS
    }

    Operation operation;
    Kind kind;
    State state;
    int index;
    FileBlocks file;
    int group;
    int firstBlock;
    long dataId;
    long cut;

    /** Range of the strip, in bytes. */
    long from;

    long to;
    long request;
    boolean sent;
    long resendAtNs;
    long timeoutNs;
    long pauseNs;
    long waitingFor;

    /** Whether it only tells the group where to cut its strip. */
    boolean onlyCuts() {
        return kind == Kind.TRIM && to == 0;
    }

    int length() {
        return kind == Kind.TRIM ? 0 : (int) (to - from);
    }
}
