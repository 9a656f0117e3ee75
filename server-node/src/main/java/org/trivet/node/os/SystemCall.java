package org.trivet.node.os;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * System calls of Linux by their numbers: libc has no functions for some of them, or not
 * everywhere.
 */
enum SystemCall {
    KILL(62, 129),
    SCHED_SETAFFINITY(203, 122),
    SCHED_GETAFFINITY(204, 123),
    SCHED_SETATTR(314, 274),
    SCHED_GETATTR(315, 275);

    private static final int UNKNOWN = -1;

    private final int onAmd64;
    private final int elsewhere;

    SystemCall(final int onAmd64, final int elsewhere) {
        this.onAmd64 = onAmd64;
        this.elsewhere = elsewhere;
    }

    /** Whether this is a Linux whose numbers are known. */
    boolean isKnown() {
        return number() != UNKNOWN;
    }

    private int number() {
        if (!System.getProperty("os.name").equals("Linux")) {
            return UNKNOWN;
        }
        return switch (System.getProperty("os.arch")) {
            case "amd64" -> onAmd64;
            case "aarch64", "riscv64" -> elsewhere; // include/uapi/asm-generic/unistd.h
            default -> UNKNOWN;
        };
    }

    /**
     * Calls it.
     *
     * @param first of a thread or process, as the system numbers it; 0 for the calling one.
     * @return what the call returns; -1 after an error, or if it is not known.
     */
    @SuppressWarnings("restricted") // every launcher of Trivet grants native access
    long call(final long first, final long second, final long third, final long fourth) {
        if (!isKnown()) {
            return -1;
        }
        final Linker linker = Linker.nativeLinker();
        final MethodHandle call =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("syscall"),
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                        Linker.Option.firstVariadicArg(1));
        try {
            return (long) call.invokeExact((long) number(), first, second, third, fourth);
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException("a call of libc throws nothing", e);
        }
    }
}
