package org.trivet.bench.network;

/** What is measured. */
enum Subject {
    /** A volume whose messages are not sealed. */
    VOLUME("volume"),
    /** A volume whose messages are sealed. */
    SEALED_VOLUME("volume, with key"),
    /** The same messages over plain Aeron. */
    AERON("plain Aeron"),
    /** The same copies in memory. */
    MEMORY("memory");

    private final String title;

    Subject(final String title) {
        this.title = title;
    }

    /** For people. */
    String title() {
        return title;
    }
}
