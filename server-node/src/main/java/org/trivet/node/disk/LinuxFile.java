package org.trivet.node.disk;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.agrona.BufferUtil;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** What Linux can do with a file that Java does not offer. */
@SuppressWarnings(
        "restricted") // calls of libc need native access, which every launcher of Trivet grants
final class LinuxFile {
    private static final int EINTR = 4;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;
    private static final int SYNC_FILE_RANGE_WRITE = 2;

    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle FALLOCATE;
    private static final MethodHandle SYNC_FILE_RANGE;
    private static final MethodHandle PREAD;

    static {
        final Linker linker = Linker.nativeLinker();
        final SymbolLookup libc = linker.defaultLookup();
        final Linker.Option errno = Linker.Option.captureCallState("errno");
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
        PREAD =
                linker.downcallHandle(
                        libc.findOrThrow("pread"),
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }

    /** A call; what it returns is 0, or errno tells. */
    private interface Call {
        int with(MemorySegment state) throws Throwable;
    }

    private LinuxFile() {}

    /**
     * Reads from a file (pread).
     *
     * @param buffer a direct one; takes bytes from its position on, which is moved, to its limit.
     * @return how many; 0 only at the end of the file, less if it failed: errno is not asked for.
     */
    static int read(final int descriptor, final ByteBuffer buffer, final long offset) {
        final int position = buffer.position();
        final int read;
        try {
            read =
                    (int)
                            (long)
                                    PREAD.invokeExact(
                                            descriptor,
                                            BufferUtil.address(buffer) + position,
                                            (long) buffer.remaining(),
                                            offset);
        } catch (final Throwable e) {
            throw unexpected(e);
        } finally {
            Reference.reachabilityFence(buffer);
        }
        if (read > 0) {
            buffer.position(position + read);
        }
        return read;
    }

    /**
     * Reserves space without writing to it (fallocate); false if the file system cannot, so that
     * zeros must be written instead.
     *
     * @param file its name, for messages.
     */
    static boolean reserve(final int descriptor, final Path file, final long length) {
        final int errno =
                errnoOf(state -> (int) FALLOCATE.invokeExact(state, descriptor, 0, 0L, length));
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
    static boolean beginWriting(final int descriptor, final long offset, final long length) {
        return errnoOf(
                        state ->
                                (int)
                                        SYNC_FILE_RANGE.invokeExact(
                                                state,
                                                descriptor,
                                                offset,
                                                length,
                                                SYNC_FILE_RANGE_WRITE))
                == 0;
    }

    /** Returns errno, or 0. */
    private static int errnoOf(final Call call) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = arena.allocate(STATE);
            while (call.with(state) != 0) {
                final int errno = (int) ERRNO.get(state, 0L);
                if (errno != EINTR) {
                    return errno;
                }
            }
            return 0;
        } catch (final Throwable e) {
            throw unexpected(e);
        }
    }

    /** Method handles declare that they throw anything. */
    private static RuntimeException unexpected(final Throwable e) {
        if (e instanceof final Error error) {
            throw error;
        }
        return e instanceof final RuntimeException known ? known : new IllegalStateException(e);
    }
}
