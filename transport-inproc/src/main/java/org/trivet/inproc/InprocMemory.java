package org.trivet.inproc;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;

/**
 * Zeroed memory that costs nothing until it is touched: an anonymous mapping. A direct buffer is
 * zeroed when it is made, which takes 20 to 150 ms for the 32 MiB of a ring; this takes some
 * microseconds.
 *
 * <p>The address range stays valid as long as the buffer is reachable, so that a late sender can
 * never write into memory that was given away.
 */
@SuppressWarnings("restricted") // the class owns the mapping that it makes
final class InprocMemory {
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int MADV_DONTNEED = 4;
    private static final long MAP_FAILED = -1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle MMAP =
            LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow("mmap"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG));
    private static final MethodHandle MUNMAP =
            LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow("munmap"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    private static final MethodHandle MADVISE =
            LINKER.downcallHandle(
                    LINKER.defaultLookup().findOrThrow("madvise"),
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT));

    private final MemorySegment segment;
    private final ByteBuffer buffer;

    InprocMemory(final int length) {
        final long address = map(length);
        if (address == MAP_FAILED) {
            throw new OutOfMemoryError(
                    "inproc: cannot map " + length + " bytes for an endpoint's ring");
        }
        segment =
                MemorySegment.ofAddress(address)
                        .reinterpret(length, Arena.ofAuto(), InprocMemory::unmap);
        buffer = segment.asByteBuffer();
    }

    ByteBuffer buffer() {
        return buffer;
    }

    /** Gives the pages back; what is read from then on is zeros, and writing takes new pages. */
    void release() {
        try {
            final int result =
                    (int) MADVISE.invokeExact(segment, segment.byteSize(), MADV_DONTNEED);
            assert result == 0;
        } catch (final Throwable ex) {
            throw new AssertionError(ex);
        }
    }

    private static long map(final long length) {
        try {
            return (long)
                    MMAP.invokeExact(0L, length, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
        } catch (final Throwable ex) {
            throw new AssertionError(ex);
        }
    }

    private static void unmap(final MemorySegment mapped) {
        try {
            final int result = (int) MUNMAP.invokeExact(mapped, mapped.byteSize());
            assert result == 0;
        } catch (final Throwable ex) {
            throw new AssertionError(ex);
        }
    }
}
