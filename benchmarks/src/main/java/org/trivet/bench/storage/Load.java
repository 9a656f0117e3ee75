package org.trivet.bench.storage;

/** Does the tasks. All blocks have been written when it is opened. By one thread. */
interface Load extends AutoCloseable {
    /** Writes the next batch, and waits until it survives loss of power. */
    void writeBatch();

    /** Writes the next batch, and waits until the one before survives loss of power. */
    void writeAhead();

    /** Reads as many blocks at random. */
    void readBatch();

    /** Completes what the last batch has left to be done. */
    void settle();

    @Override
    void close();

    /** Does a task once. */
    default void run(final Task task) {
        switch (task) {
            case WRITE -> writeBatch();
            case WRITE_AHEAD -> writeAhead();
            case READ -> readBatch();
        }
    }
}
