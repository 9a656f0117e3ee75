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

/** fallocate(2): reserves space for a file without writing to it. */
@SuppressWarnings(
        "restricted") // calls of libc need native access, which every launcher of Trivet grants
final class Fallocate {
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int EINTR = 4;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle OPEN;
    private static final MethodHandle FALLOCATE;
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
        CLOSE =
                linker.downcallHandle(
                        libc.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    }

    private Fallocate() {}

    /** Reserves; false if the file system cannot do it, so that zeros must be written instead. */
    static boolean reserve(final Path file, final long length) {
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
                while ((int) FALLOCATE.invokeExact(state, fd, 0, 0L, length) != 0) {
                    final int errno = (int) ERRNO.get(state, 0L);
                    if (errno == ENOSYS || errno == EOPNOTSUPP) {
                        return false;
                    }
                    if (errno != EINTR) {
                        throw FileErrors.ofErrno("reserving " + length + " bytes for", file, errno);
                    }
                }
                return true;
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
