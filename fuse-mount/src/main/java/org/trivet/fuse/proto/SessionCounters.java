package org.trivet.fuse.proto;

import java.util.concurrent.atomic.LongAdder;

/** What happened to the requests of a session. Read from any thread. */
public final class SessionCounters {
    private final LongAdder requests = new LongAdder();
    private final LongAdder malformed = new LongAdder();
    private final LongAdder unknown = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder lateReplies = new LongAdder();

    SessionCounters() {}

    void request() {
        requests.increment();
    }

    void malformedRequest() {
        malformed.increment();
    }

    void unknownRequest() {
        unknown.increment();
    }

    void failure() {
        failures.increment();
    }

    void lateReply() {
        lateReplies.increment();
    }

    /**
     * Messages read from the device.
     *
     * @return how many.
     */
    public long requests() {
        return requests.sum();
    }

    /**
     * Requests that broke the protocol's rules; each was answered with an error where an answer was
     * due.
     *
     * @return how many.
     */
    public long malformed() {
        return malformed.sum();
    }

    /**
     * Requests of a kind that is not known.
     *
     * @return how many.
     */
    public long unknown() {
        return unknown.sum();
    }

    /**
     * Exceptions out of the file system that were none of its own; each was answered with EIO.
     *
     * @return how many.
     */
    public long failures() {
        return failures.sum();
    }

    /**
     * Replies that nobody waited for any more.
     *
     * @return how many.
     */
    public long lateReplies() {
        return lateReplies.sum();
    }
}
