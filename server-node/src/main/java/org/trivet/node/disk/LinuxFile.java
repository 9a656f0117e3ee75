package org.trivet.node.disk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/** What Linux can do with a file that Java does not offer. */
@SuppressWarnings(
        "restricted") // calls of libc need native access, which every launcher of Trivet grants
final class LinuxFile {
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int EINTR = 4;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;
    private static final int SYNC_FILE_RANGE_WRITE = 2;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle OPEN;
    private static final MethodHandle FALLOCATE;
    private static final MethodHandle SYNC_FILE_RANGE;
    private static final MethodHandle CLOSE;

    static {
        final Linker linker = Linker.nativeLinker();
        final SymbolLookup libc = linker.defaultLookup();
        final Linker.Option errno = Linker.Option.captureCallState("errno");
        OPEN =
                linker.downcallHandle(
                        libc.findOrThrow("open"),
                        FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
                        errno,
                        Linker.Option.firstVariadicArg(2));
        FALLOCATE =
                linker.downcallHandle(
                        libc.findOrThrow("fallocate"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG),
                        errno);
        SYNC_FILE_RANGE =
                linker.downcallHandle(
                        libc.findOrThrow("sync_file_range"),
                        FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT),
                        errno);
        CLOSE =
                linker.downcallHandle(
                        libc.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    }

    /** A call on an open file; what it returns is 0, or errno tells. */
    private interface Call {
        int on(MemorySegment state, int fd) throws Throwable;
    }

    private LinuxFile() {}

    /**
     * Reserves space without writing to it (fallocate); false if the file system cannot, so that
     * zeros must be written instead.
     */
    static boolean reserve(final Path file, final long length) {
        final int errno =
                call(file, (state, fd) -> (int) FALLOCATE.invokeExact(state, fd, 0, 0L, length));
        if (errno != 0 && errno != ENOSYS && errno != EOPNOTSUPP) {
            throw FileErrors.ofErrno("reserving " + length + " bytes for", file, errno);
        }
        return errno == 0;
    }

    /**
     * Has what was written to a part of a file go to the device, without waiting for it
     * (sync_file_range); false if the file system cannot. It is not durable before a sync, which
     * also tells of errors.
     */
    static boolean beginWriting(final Path file, final long offset, final long length) {
        return call(
                        file,
                        (state, fd) ->
                                (int)
                                        SYNC_FILE_RANGE.invokeExact(
                                                state, fd, offset, length, SYNC_FILE_RANGE_WRITE))
                == 0;
    }

    /** Returns errno, or 0. */
    private static int call(final Path file, final Call call) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(STATE);
            final int fd =
                    (int)
                            OPEN.invokeExact(
                                    state, arena.allocateFrom(file.toString()), O_RDWR | O_CLOEXEC);
            if (fd < 0) {
                throw FileErrors.ofErrno("opening", file, (int) ERRNO.get(state, 0L));
            }
            try {
                while (call.on(state, fd) != 0) {
                    final int errno = (int) ERRNO.get(state, 0L);
                    if (errno != EINTR) {
                        return errno;
                    }
                }
                return 0;
            } finally {
                final int ignored = (int) CLOSE.invokeExact(fd); // nothing was written through it
            }
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
