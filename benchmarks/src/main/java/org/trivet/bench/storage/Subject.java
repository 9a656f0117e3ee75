package org.trivet.bench.storage;

/** What is measured. */
enum Subject {
    /** The storage of a data node. */
    STORE("store"),
    /** A file, and nothing else. */
    FILE("bare file");

    private final String title;

    Subject(final String title) {
        this.title = title;
    }

    /** For people. */
    String title() {
        return title;
    }
}
