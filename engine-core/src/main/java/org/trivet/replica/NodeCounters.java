package org.trivet.replica;

import java.util.concurrent.atomic.AtomicLongArray;

/** What a node has counted since it started. Written by its agent, read from any thread. */
public final class NodeCounters {
    /** What is counted. */
    public enum Counter {
        /**
         * Messages of another volume, version or shape, of somebody who has no business saying it,
         * or that nobody can mean: they do nothing.
         */
        MESSAGES_REFUSED,
        /** Requests of clients with a field out of its range: the client is told. */
        INVALID,
        /** Messages of members that speak of another log than the one here: they do nothing. */
        DISAGREEING,
        /** Runs whose checksum failed on arrival. */
        DAMAGED_ON_ARRIVAL,
        /** Units or records found bad in the store. */
        DAMAGED_IN_STORE,
        /** Damaged parts of the index made again from the journal. */
        ROWS_RESTORED,
        /** Messages of an older epoch. */
        FENCED,
        /** Acknowledgements of an older incarnation. */
        OLD_INCARNATION,
        /** Chunks that no open pull asked for. */
        OLD_NONCE,
        /** Writes and trims committed, as primary. */
        COMMITTED,
        /** Requests answered from the table of results. */
        ANSWERED_AGAIN,
        /** Requests refused because too much was pending. */
        BUSY,
        /** Requests refused for want of space. */
        NO_SPACE,
        /** Reads answered. */
        READS,
        /** Reads that had to ask for a watermark. */
        READS_ASKED,
        /** Reads answered as of the smallest log end, the primary being gone. */
        READS_WITHOUT_PRIMARY,
        /** Reads answered with what may be a write in flight. */
        READS_DEGRADED,
        /** Logs lengthened from a testimony. */
        LOGS_ADOPTED,
        /** Logs given up: the storage is another one, or the journal has a hole. */
        LOGS_LOST,
        /** Entries of a log whose bytes were bad, and came again from another member. */
        ENTRIES_RESTORED,
        /** Entries that no member had, and that were never acknowledged: made void. */
        VOIDED,
        /** Joins of a log. */
        JOINS,
        /** Logs found, after a start, to end before what another member knows to be committed. */
        BEHIND_AT_START,
        /** Ranges replaced by a neighbour's content. */
        CHUNKS_INSTALLED,
        /** Bytes pulled. */
        BYTES_PULLED,
        /** Repairs started: ranges found bad or missing and pulled anew. */
        REPAIRS,
        /** Ranges of keys of which no good copy was left, given up at an operator's request. */
        GIVEN_UP,
        /** Bytes of stored copies read through and verified in the background. */
        BYTES_SCRUBBED,
        /** Groups read through to the end in the background. */
        GROUPS_SCRUBBED,
        /** Units, or parts of the index, found damaged by that. */
        FOUND_BY_SCRUB,
        /** Key ranges, of the group that it leads, that it has compared between all members. */
        RANGES_COMPARED,
        /** Key ranges, of the group that it leads, that could not be compared. */
        RANGES_NOT_COMPARED,
        /**
         * Stretches of units, of the group that it leads, that a member had otherwise than the
         * group, though they were good by themselves.
         */
        FOUND_DIFFERING,
        /** Sends refused by the transport, to be tried again. */
        BACK_PRESSURED
    }

    private final AtomicLongArray values = new AtomicLongArray(Counter.values().length);

    void add(final Counter counter, final long amount) {
        values.lazySet(counter.ordinal(), values.getPlain(counter.ordinal()) + amount);
    }

    void increment(final Counter counter) {
        add(counter, 1);
    }

    /**
     * How often something happened.
     *
     * @param counter what.
     * @return the count since the node started.
     */
    public long get(final Counter counter) {
        return values.get(counter.ordinal());
    }
}
