package org.trivet.sim;

import java.util.ArrayList;
import java.util.List;

/**
 * What clients asked of blocks, and what they were told: in the order in which it happened. Files
 * consist of cells; an operation is about a range of them.
 */
final class History {
    /** When an operation of which nobody was told has ended. */
    static final long NEVER = Long.MAX_VALUE;

    /** What a cell holds that was never written, or was trimmed. */
    static final long NOTHING = 0;

    enum Kind {
        READ,
        WRITE,
        TRIM
    }

    static final class Operation {
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

    Operation begin(
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

    /** It is done, and its client knows. */
    void completed(final Operation operation) {
        operation.ended = ++stamp;
    }

    /** Its client was told that it failed: it may have taken effect, or still do so. */
    void failed(final Operation operation) {
        operation.failed = true;
    }

    List<Operation> operations() {
        return operations;
    }
}
