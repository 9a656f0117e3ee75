package org.trivet.bench.storage;

/** What is done again and again. */
enum Task {
    /** A batch of blocks is written, and synced before it counts as written. */
    WRITE("durable write"),
    /** The same while the batch before is still being synced: two are under way. */
    WRITE_AHEAD("durable, one ahead"),
    /** As many blocks are read as a batch has, at random, from the page cache. */
    READ("read");

    private final String title;

    Task(final String title) {
        this.title = title;
    }

    /** For people. */
    String title() {
        return title;
    }
}
