package org.trivet.fuse.dev;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The calls of libc that a mount needs. Each returns what C returns, or the negative of errno. None
 * allocates but those that take a path.
 */
final class Libc {
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EBUSY = 16;
    static final int ENODEV = 19;
    static final int ENOTDIR = 20;
    static final int EINVAL = 22;
    static final int EPERM = 1;
    static final int ECONNABORTED = 103;
    static final int ENOTCONN = 107;

    static final int O_RDWR = 2;
    static final int O_CLOEXEC = 02000000;
    static final int MS_NOSUID = 2;
    static final int MS_NODEV = 4;
    static final int MNT_FORCE = 1;
    static final int MNT_DETACH = 2;

    /** More than a struct statfs takes. */
    private static final int STATFS_LENGTH = 512;

    private static final int PR_SET_IO_FLUSHER = 57;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ThreadLocal<MemorySegment> CALL_STATE =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE));

    private static final MethodHandle READ =
            function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle WRITE =
            function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle OPEN =
            function(
                    "open",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
                    Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle ACCESS =
            function("access", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle STATFS =
            function("statfs", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle MOUNT =
            function(
                    "mount",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    private static final MethodHandle UMOUNT2 =
            function("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle GETUID = function("getuid", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle GETGID = function("getgid", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle PRCTL =
            function(
                    "prctl",
                    FunctionDescriptor.of(
                            JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                    Linker.Option.firstVariadicArg(1));

    private Libc() {}

    @SuppressWarnings("restricted") // the signatures above are those of the manual pages
    static MethodHandle function(
            final String name,
            final FunctionDescriptor descriptor,
            final Linker.Option... options) {
        final Linker.Option[] all = new Linker.Option[options.length + 1];
        System.arraycopy(options, 0, all, 0, options.length);
        all[options.length] = Linker.Option.captureCallState("errno");
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, all);
    }

    /** Where a call of this thread leaves its errno. */
    static MemorySegment callState() {
        return CALL_STATE.get();
    }

    /** What a call returned, or the negative of its errno if it failed. */
    static long checked(final MemorySegment state, final long result) {
        return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    }

    static AssertionError unexpected(final Throwable thrown) {
        return new AssertionError("a call of libc threw", thrown);
    }

    static int read(final int descriptor, final long address, final long length) {
        final MemorySegment state = callState();
        try {
            return (int)
                    checked(state, (long) READ.invokeExact(state, descriptor, address, length));
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int write(final int descriptor, final long address, final long length) {
        final MemorySegment state = callState();
        try {
            return (int)
                    checked(state, (long) WRITE.invokeExact(state, descriptor, address, length));
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int open(final String path, final int flags) {
        final MemorySegment state = callState();
        try (Arena arena = Arena.ofConfined()) {
            return (int)
                    checked(state, (int) OPEN.invokeExact(state, arena.allocateFrom(path), flags));
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int close(final int descriptor) {
        final MemorySegment state = callState();
        try {
            return (int) checked(state, (int) CLOSE.invokeExact(state, descriptor));
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** Whether a path can be reached: 0, or the negative of the errno that says why not. */
    static int exists(final String path) {
        final MemorySegment state = callState();
        try (Arena arena = Arena.ofConfined()) {
            return (int)
                    checked(state, (int) ACCESS.invokeExact(state, arena.allocateFrom(path), 0));
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * Asks the file system that is mounted at a path: 0 if it answers, or the negative of the errno
     * that says why not. Unlike {@link #exists} this never goes by what the kernel remembers.
     */
    static int answers(final String path) {
        final MemorySegment state = callState();
        try (Arena arena = Arena.ofConfined()) {
            return (int)
                    checked(
                            state,
                            (int)
                                    STATFS.invokeExact(
                                            state,
                                            arena.allocateFrom(path),
                                            arena.allocate(STATFS_LENGTH, Long.BYTES)));
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int mount(
            final String source,
            final String target,
            final String type,
            final long flags,
            final String options) {
        final MemorySegment state = callState();
        try (Arena arena = Arena.ofConfined()) {
            return (int)
                    checked(
                            state,
                            (int)
                                    MOUNT.invokeExact(
                                            state,
                                            arena.allocateFrom(source),
                                            arena.allocateFrom(target),
                                            arena.allocateFrom(type),
                                            flags,
                                            arena.allocateFrom(options)));
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int unmount(final String target, final int flags) {
        final MemorySegment state = callState();
        try (Arena arena = Arena.ofConfined()) {
            return (int)
                    checked(
                            state,
                            (int) UMOUNT2.invokeExact(state, arena.allocateFrom(target), flags));
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int userId() {
        try {
            return (int) GETUID.invokeExact(callState());
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int groupId() {
        try {
            return (int) GETGID.invokeExact(callState());
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * Says that this thread serves writing: the kernel then never makes an allocation of it wait
     * for dirty pages that this thread itself would have to write. Needs a privilege; without it
     * things work, less surely if memory is low.
     */
    static int markIoFlusher() {
        final MemorySegment state = callState();
        try {
            return (int)
                    checked(
                            state,
                            (int) PRCTL.invokeExact(state, PR_SET_IO_FLUSHER, 1L, 0L, 0L, 0L));
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
