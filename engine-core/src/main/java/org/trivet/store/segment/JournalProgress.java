package org.trivet.store.segment;

/**
 * How far a journal is written and synced, and whether it has failed. Here meet the owner of the
 * journal, who reads, and its workers, who write: each position by one of them at a time.
 *
 * <p>After an error nothing is tried again: the pages of a failed fdatasync may be lost though a
 * second one succeeds.
 */
final class JournalProgress {
    private volatile long written;
    private volatile long synced;
    private volatile RuntimeException failure;
    private volatile Runnable listener = () -> {};

    JournalProgress(final long position) {
        written = position;
        synced = position;
    }

    /** Has somebody told, on a worker's thread, of whatever changes here. */
    void listener(final Runnable newListener) {
        listener = newListener;
    }

    long written() {
        return written;
    }

    void written(final long position) {
        written = position;
    }

    long synced() {
        return synced;
    }

    void synced(final long position) {
        synced = position;
    }

    RuntimeException failure() {
        return failure;
    }

    void fail(final RuntimeException e) {
        failure = e;
        listener.run();
    }

    /** Tells the listener. */
    void tell() {
        listener.run();
    }

    void ensureWorking() {
        final RuntimeException e = failure;
        if (e != null) {
            throw e;
        }
    }
}
