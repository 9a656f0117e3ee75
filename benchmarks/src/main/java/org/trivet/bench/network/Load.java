package org.trivet.bench.network;

import org.trivet.bench.measure.Latencies;

/** Does a kind of work, and measures it. */
interface Load {
    /** Whether there is such work. */
    boolean does(Work work);

    /**
     * Does it for some time.
     *
     * @param work what.
     * @param window how many operations are under way at once.
     * @param durationNs how long, besides {@link Latencies#RAMP_NS}; longer if nothing ends in that
     *     time.
     * @return how long each operation took that began and ended in that time.
     * @throws InterruptedException if interrupted.
     */
    Latencies run(Work work, int window, long durationNs) throws InterruptedException;
}
