package org.trivet.node.os;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * How long a thread runs at a stretch while others wait for its processor.
 *
 * <p>A thread that works for some microseconds at a time, again and again, and lets others wait
 * meanwhile, does best with a short slice: when it wakes it need not wait until a thread that
 * computes (a compiler's, say) has used up its own, of some milliseconds. It gets no larger share
 * of the processor. Linux has that from 6.12 on: see the attribute {@code sched_runtime} in <a
 * href="https://docs.kernel.org/scheduler/sched-eevdf.html">the scheduler's documentation</a>.
 */
@SuppressWarnings(
        "restricted") // calls of libc need native access, which every launcher of Trivet grants
public final class SchedulerSlice {
    private static final long SHORT_NS = 100_000; // the least there is

    // struct sched_attr of Linux's include/uapi/linux/sched/types.h, its first version but one
    private static final int ATTRIBUTES_LENGTH = 56;
    private static final int POLICY_OFFSET = 4;
    private static final int RUNTIME_OFFSET = 24;

    private static final int SCHED_OTHER = 0;
    private static final int SCHED_BATCH = 3;

    /** The numbers of two system calls, for which libc has no functions everywhere. */
    private record Calls(long setAttributes, long getAttributes) {}

    private SchedulerSlice() {}

    /**
     * Asks for short slices for the calling thread. It is a hint: elsewhere than on Linux, and on
     * older ones, everything stays as it is.
     *
     * @return whether the system took it; that it heeds it is not known.
     */
    public static boolean requestShort() {
        final Calls calls = calls();
        if (calls == null) {
            return false;
        }
        final Linker linker = Linker.nativeLinker();
        final MethodHandle call =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("syscall"),
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
                        Linker.Option.firstVariadicArg(1));
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attributes = arena.allocate(ATTRIBUTES_LENGTH, Long.BYTES);
            if ((long) call.invokeExact(calls.getAttributes, 0, attributes, ATTRIBUTES_LENGTH, 0)
                    != 0) {
                return false;
            }
            final int policy = attributes.get(JAVA_INT, POLICY_OFFSET);
            if (policy != SCHED_OTHER && policy != SCHED_BATCH) {
                return false; // somebody has given it a place of its own
            }
            attributes.set(JAVA_LONG, RUNTIME_OFFSET, SHORT_NS);
            return (long) call.invokeExact(calls.setAttributes, 0, attributes, 0, 0) == 0;
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static Calls calls() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return null;
        }
        return switch (System.getProperty("os.arch")) {
            case "amd64" -> new Calls(314, 315);
            case "aarch64", "riscv64" -> new Calls(274, 275);
            default -> null;
        };
    }
}
