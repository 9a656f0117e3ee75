package org.trivet.sim;

import java.util.ArrayList;
import java.util.List;

/**
 * What clients asked of blocks, and what they were told: in the order in which it happened. Files
 * consist of cells; an operation is about a range of them. For one thread, or under a lock.
 */
public final class History {
    /** When an operation of which nobody was told has ended. */
    static final long NEVER = Long.MAX_VALUE;

    /** What a cell holds that was never written, or was trimmed. */
    public static final long NOTHING = 0;

    /** What is asked of cells. */
    public enum Kind {
        /** What they hold. */
        READ,
        /** To hold a value that no other operation writes. */
        WRITE,
        /** To hold nothing. */
        TRIM
    }

    /** Something that was asked. */
    public static final class Operation {
        final Kind kind;
        final int client;
        final int file;
        final int firstCell;
        final int endCell;

        /** What a write puts into each cell; unlike any other write. */
        final long value;

        final long invoked;
        long ended = NEVER;
        boolean failed;
        boolean degraded;

        /** What a read found in each cell. */
        long[] found;

        Operation(
                final Kind kind,
                final int client,
                final int file,
                final int firstCell,
                final int endCell,
                final long value,
                final long invoked) {
            this.kind = kind;
            this.client = client;
            this.file = file;
            this.firstCell = firstCell;
            this.endCell = endCell;
            this.value = value;
            this.invoked = invoked;
        }

        /**
         * What it writes.
         *
         * @return a value that no other operation writes; {@link History#NOTHING} unless it writes.
         */
        public long value() {
            return value;
        }

        @Override
        public String toString() {
            return "client %d %s file %d cells %d to %d%s, %d to %s%s"
                    .formatted(
                            client,
                            kind,
                            file,
                            firstCell,
                            endCell - 1,
                            kind == Kind.WRITE ? " value " + value : "",
                            invoked,
                            ended == NEVER ? "?" : String.valueOf(ended),
                            degraded ? ", degraded" : "");
        }
    }

    private final List<Operation> operations = new ArrayList<>();
    private long stamp;
    private long lastValue;

    /** A history in which nothing has happened yet. */
    public History() {}

    /**
     * A client is about to ask for something.
     *
     * @param kind what.
     * @param client number of the client, for people.
     * @param file number of the file.
     * @param firstCell the first cell that it is about.
     * @param endCell the cell after the last one.
     * @return the operation, which has begun.
     */
    public Operation begin(
            final Kind kind,
            final int client,
            final int file,
            final int firstCell,
            final int endCell) {
        final long value = kind == Kind.WRITE ? ++lastValue : NOTHING;
        final Operation operation =
                new Operation(kind, client, file, firstCell, endCell, value, ++stamp);
        operations.add(operation);
        return operation;
    }

    /**
     * It is done, and its client knows.
     *
     * @param operation a write or a trim; a read is {@link #found}.
     */
    public void completed(final Operation operation) {
        operation.ended = ++stamp;
    }

    /**
     * A read is done, and its client knows.
     *
     * @param operation the read.
     * @param found what is in each of its cells.
     * @param degraded whether it may show writes that have not taken effect yet.
     */
    public void found(final Operation operation, final long[] found, final boolean degraded) {
        operation.found = found;
        operation.degraded = degraded;
        completed(operation);
    }

    /**
     * Its client was told that it failed: it may have taken effect, or still do so.
     *
     * @param operation the operation.
     */
    public void failed(final Operation operation) {
        operation.failed = true;
    }

    List<Operation> operations() {
        return operations;
    }

    /**
     * Whether what was found in a file is what registers, one for each cell, would have given.
     *
     * @param file number of the file.
     * @param cells how many cells it has.
     * @return null if all is well, otherwise what is not, with all operations on the cell.
     */
    public String findViolation(final int file, final int cells) {
        final List<List<Operation>> byCell = new ArrayList<>();
        for (int cell = 0; cell < cells; cell++) {
            byCell.add(new ArrayList<>());
        }
        for (final Operation operation : operations) {
            for (int cell = operation.firstCell;
                    operation.file == file && cell < operation.endCell;
                    cell++) {
                byCell.get(cell).add(operation);
            }
        }
        for (int cell = 0; cell < cells; cell++) {
            final String violation = new RegisterCheck(cell, byCell.get(cell)).findViolation();
            if (violation != null) {
                return violation;
            }
        }
        return null;
    }
}
