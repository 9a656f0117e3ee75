package org.trivet.sim;

/** Something that a client asked about the contents or the size of a file, in cells. */
final class ContentsOperation implements Linearization.Step<Integer> {
    enum Kind {
        READ,
        WRITE,
        /** Sets the size; what is cut off is gone. */
        RESIZE,
        /** Makes zeros of cells; the size stays. */
        PUNCH,
        /** Makes the file at least so long. */
        GROW,
        SIZE
    }

    final Kind kind;
    final int client;
    final int from;

    /** Behind the last cell; the size, for what sets it. */
    final int to;

    /** What a write puts into each cell; unlike any other write. */
    final long value;

    /** Since when the client knows of all cuts that were acknowledged before. */
    final long lookedAt;

    private final long invoked;
    private long ended = Linearization.NEVER;

    /** When it may have been done at the earliest: see {@link FileHistory}. */
    private long begun;

    /** What was found of the file's size: exactly, or at least, or at most. */
    private int leastSize;

    private int mostSize = Integer.MAX_VALUE;

    /** What a read found in each cell up to the end of the file. */
    long[] found;

    boolean degraded;

    ContentsOperation(
            final Kind kind,
            final int client,
            final int from,
            final int to,
            final long value,
            final long lookedAt,
            final long invoked) {
        this.kind = kind;
        this.client = client;
        this.from = from;
        this.to = to;
        this.value = value;
        this.lookedAt = Math.min(lookedAt, invoked);
        this.invoked = invoked;
        this.begun = invoked;
    }

    void done(final long stamp) {
        ended = stamp;
    }

    void sizeFound(final int size, final long stamp) {
        leastSize = size;
        mostSize = size;
        ended = stamp;
    }

    /** A read has ended; fewer cells than asked for are all that there were. */
    void found(final long[] values, final long stamp) {
        found = values;
        ended = stamp;
        if (values.length > 0) {
            leastSize = from + values.length;
        }
        if (values.length < to - from) {
            mostSize = from + values.length;
        }
    }

    /** It may have been done as early as its client last looked at the file. */
    void mayHaveBegunWhenLookedAt() {
        begun = lookedAt;
    }

    boolean mayCut() {
        return kind == Kind.RESIZE;
    }

    @Override
    public long invoked() {
        return begun;
    }

    @Override
    public boolean isQuery() {
        return kind == Kind.READ || kind == Kind.SIZE || kind == Kind.PUNCH;
    }

    @Override
    public long ended() {
        return ended;
    }

    @Override
    public Integer apply(final Integer size) {
        final Integer after =
                switch (kind) {
                    case RESIZE -> Integer.valueOf(to);
                    case WRITE, GROW -> Integer.valueOf(Math.max(size, to));
                    case READ, SIZE, PUNCH -> size >= leastSize && size <= mostSize ? size : null;
                };
        return ended == Linearization.NEVER && size.equals(after) ? null : after;
    }

    /** What it is for one cell; null if nothing. */
    History.Operation onCell(final int cell) {
        final boolean touches =
                switch (kind) {
                    case READ -> found != null && cell >= from && cell < from + found.length;
                    case WRITE, PUNCH -> cell >= from && cell < to;
                    case RESIZE -> cell >= to;
                    case GROW, SIZE -> false;
                };
        if (!touches) {
            return null;
        }
        final History.Operation operation =
                new History.Operation(
                        kind == Kind.READ
                                ? History.Kind.READ
                                : kind == Kind.WRITE ? History.Kind.WRITE : History.Kind.TRIM,
                        client,
                        0,
                        kind == Kind.RESIZE ? to : from,
                        kind == Kind.RESIZE ? Integer.MAX_VALUE : to,
                        value,
                        begun);
        operation.ended = ended;
        operation.degraded = degraded;
        operation.found = found;
        return operation;
    }

    @Override
    public String toString() {
        return "client %d %s %d to %d%s, %s%d to %s%s"
                .formatted(
                        client,
                        kind,
                        from,
                        to,
                        kind == Kind.WRITE ? " value " + value : "",
                        begun < invoked ? begun + " or " : "",
                        invoked,
                        ended == Linearization.NEVER ? "?" : String.valueOf(ended),
                        leastSize > 0 || mostSize < Integer.MAX_VALUE
                                ? ", size found " + leastSize + " to " + mostSize
                                : "");
    }
}
