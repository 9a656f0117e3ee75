package org.trivet.replica;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

/**
 * How fast, and how often, a node reads through all that it stores, and verifies it.
 *
 * @param bytesPerSecond how much it reads in a second at most, when there is nothing else to do; 0
 *     for not at all.
 * @param intervalNs from the beginning of one pass to that of the next, at least, in nanoseconds;
 *     more than 0.
 */
public record ScrubSchedule(long bytesPerSecond, long intervalNs) {
    /** 4 MiB a second, once a week. */
    public static final ScrubSchedule USUAL =
            new ScrubSchedule(4L << 20, 7L * 24 * 3600 * 1_000_000_000L);

    /** Refuses what cannot be. */
    public ScrubSchedule {
        if (bytesPerSecond < 0) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "scrub: bytesPerSecond is " + bytesPerSecond + ", and must be 0 or more");
        }
        if (intervalNs <= 0) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "scrub: intervalNs is " + intervalNs + ", and must be above 0");
        }
    }
}
