package org.trivet.node.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * How long a thread runs at a stretch while others wait for its processor.
 *
 * <p>A thread that works for some microseconds at a time, again and again, and lets others wait
 * meanwhile, does best with a short slice: when it wakes it need not wait until a thread that
 * computes (a compiler's, say) has used up its own, of some milliseconds. It gets no larger share
 * of the processor. Linux has that from 6.12 on: see the attribute {@code sched_runtime} in <a
 * href="https://docs.kernel.org/scheduler/sched-eevdf.html">the scheduler's documentation</a>.
 */
public final class SchedulerSlice {
    private static final long SHORT_NS = 100_000; // the least there is

    // struct sched_attr of Linux's include/uapi/linux/sched/types.h, its first version but one
    private static final int ATTRIBUTES_LENGTH = 56;
    private static final int POLICY_OFFSET = 4;
    private static final int RUNTIME_OFFSET = 24;

    private static final int SCHED_OTHER = 0;
    private static final int SCHED_BATCH = 3;

    private SchedulerSlice() {}

    /**
     * Asks for short slices for the calling thread. It is a hint: elsewhere than on Linux, and on
     * older ones, everything stays as it is.
     *
     * @return whether the system took it; that it heeds it is not known.
     */
    public static boolean requestShort() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attributes = arena.allocate(ATTRIBUTES_LENGTH, Long.BYTES);
            if (SystemCall.SCHED_GETATTR.call(0, attributes.address(), ATTRIBUTES_LENGTH, 0) != 0) {
                return false;
            }
            final int policy = attributes.get(JAVA_INT, POLICY_OFFSET);
            if (policy != SCHED_OTHER && policy != SCHED_BATCH) {
                return false; // somebody has given it a place of its own
            }
            attributes.set(JAVA_LONG, RUNTIME_OFFSET, SHORT_NS);
            return SystemCall.SCHED_SETATTR.call(0, attributes.address(), 0, 0) == 0;
        }
    }
}
