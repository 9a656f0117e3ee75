package org.trivet.client;

/**
 * What a client has seen, counted since it began. Written by the agent's thread; a reader elsewhere
 * may lag.
 */
public final class ClientCounters {
    long resends;
    long refusals;
    long hedges;
    long failovers;
    long badUnits;
    long repairs;
    long degradedReads;
    long masked;
    long backPressured;
    long damagedMessages;

    ClientCounters() {}

    /**
     * Requests that were sent again.
     *
     * @return the count.
     */
    public long resends() {
        return resends;
    }

    /**
     * Requests that a node refused.
     *
     * @return the count.
     */
    public long refusals() {
        return refusals;
    }

    /**
     * Reads that were sent to another copy as well because the first was slower than usual.
     *
     * @return the count.
     */
    public long hedges() {
        return hedges;
    }

    /**
     * Reads that went on to another copy because one refused, was bad, or did not answer at all.
     *
     * @return the count.
     */
    public long failovers() {
        return failovers;
    }

    /**
     * Units that did not match their checksum.
     *
     * @return the count.
     */
    public long badUnits() {
        return badUnits;
    }

    /**
     * Hints sent to mend units.
     *
     * @return the count.
     */
    public long repairs() {
        return repairs;
    }

    /**
     * Answers to reads that may show a write in flight.
     *
     * @return the count.
     */
    public long degradedReads() {
        return degradedReads;
    }

    /**
     * Answers to reads, part of which was zeroed because the replica had not seen a cut.
     *
     * @return the count.
     */
    public long masked() {
        return masked;
    }

    /**
     * Messages that the transport did not take at once.
     *
     * @return the count.
     */
    public long backPressured() {
        return backPressured;
    }

    /**
     * Messages that could not be understood.
     *
     * @return the count.
     */
    public long damagedMessages() {
        return damagedMessages;
    }
}
