package org.trivet.aeron;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;

/**
 * Linux's means for a thread to wait for a change of a word in memory that processes share: see <a
 * href="https://man7.org/linux/man-pages/man2/futex.2.html">futex(2)</a>. libc has no function for
 * it.
 */
final class Futex {
    private static final long WAIT = 0;
    private static final long WAKE = 1;
    private static final long NUMBER = number();
    private static final MethodHandle CALL = NUMBER < 0 ? null : call();
    private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    /** struct timespec: seconds and nanoseconds. */
    private final MemorySegment timeout = Arena.ofAuto().allocate(2 * JAVA_LONG.byteSize());

    /** For one thread that waits. */
    Futex() {}

    /** Whether this is a Linux whose number of the call is known. */
    static boolean isAvailable() {
        return CALL != null;
    }

    private static long number() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return -1;
        }
        return switch (System.getProperty("os.arch")) {
            case "amd64" -> 202;
            case "aarch64", "riscv64" -> 98; // include/uapi/asm-generic/unistd.h
            default -> -1;
        };
    }

    @SuppressWarnings("restricted") // every launcher of Trivet grants native access
    private static MethodHandle call() {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("syscall"),
                FunctionDescriptor.of(
                        JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                Linker.Option.firstVariadicArg(1));
    }

    /**
     * Waits as long as the word has a value, until it is woken or time is over; may end early.
     *
     * @param address of the word.
     * @param value that it has.
     * @param timeoutNs the longest wait.
     */
    void await(final long address, final int value, final long timeoutNs) {
        timeout.setAtIndex(JAVA_LONG, 0, timeoutNs / NANOS_PER_SECOND);
        timeout.setAtIndex(JAVA_LONG, 1, timeoutNs % NANOS_PER_SECOND);
        call(address, WAIT, value, timeout.address());
    }

    /** Wakes the thread that waits for the word, if one does. */
    static void wake(final long address) {
        call(address, WAKE, 1, 0);
    }

    private static void call(
            final long address, final long operation, final long value, final long argument) {
        try {
            // Not to have waited, since the value was another, is no error; nor is a signal.
            final long _ = (long) CALL.invokeExact(NUMBER, address, operation, value, argument);
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException("a call of libc throws nothing", e);
        }
    }
}
