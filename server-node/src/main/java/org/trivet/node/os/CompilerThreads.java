package org.trivet.node.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/**
 * The threads in which the JVM optimizes what it compiles. On a machine with few cores the
 * scheduler lets one of them finish its slice, of up to 4 ms, before a thread that has been woken
 * to answer a request: in the first minute that, not the disk, is what the slowest hundredth of
 * fsyncs waits for.
 *
 * <p>So they yield to others, and keep to half of the processors that the process may use. The
 * threads of the quick compiler (C1) are left alone: they hold locks that both compilers take, and
 * every thread that asks for a compilation, and must not wait for a core while they do.
 */
public final class CompilerThreads {
    private static final System.Logger LOG = System.getLogger(CompilerThreads.class.getName());

    /** A tenth of the share of other threads: compiling goes on when all cores are busy. */
    private static final int NICE = 10;

    /**
     * Longer than that of any other thread, which may therefore take the core at once (Linux 6.12
     * and later; ignored before).
     */
    private static final long SLICE_NS = 100_000_000;

    private static final Path THREADS = Path.of("/proc/self/task");
    private static final int SCHED_ATTR_LENGTH = 48;
    private static final int MAX_PROCESSORS = 1 << 13; // the most that Linux can be built for

    private CompilerThreads() {}

    /**
     * Lets them yield to all other threads, those that the JVM has now and those that they start.
     *
     * @return how many do; 0 where the operating system is not Linux on a known processor, or does
     *     not allow it: then only latency suffers.
     */
    public static int yieldToOthers() {
        if (!SystemCall.SCHED_SETATTR.isKnown() || !Files.isDirectory(THREADS)) {
            return 0;
        }
        int count = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS);
                Arena arena = Arena.ofConfined()) {
            final MemorySegment attributes = attributes(arena);
            final MemorySegment half = halfOfTheProcessors(arena);
            for (final Path thread : threads) {
                if (isCompiler(thread)) {
                    final long id = Long.parseLong(thread.getFileName().toString());
                    if (half != null) {
                        SystemCall.SCHED_SETAFFINITY.call(id, half.byteSize(), half.address(), 0);
                    }
                    if (SystemCall.SCHED_SETATTR.call(id, attributes.address(), 0, 0) == 0) {
                        count++;
                    }
                }
            }
        } catch (final IOException | DirectoryIteratorException e) {
            LOG.log(System.Logger.Level.WARNING, "compiler threads are left as they are: " + e);
        }
        return count;
    }

    private static MemorySegment attributes(final Arena arena) {
        final MemorySegment attributes = arena.allocate(SCHED_ATTR_LENGTH, Long.BYTES);
        attributes.set(JAVA_INT, 0, SCHED_ATTR_LENGTH);
        attributes.set(JAVA_INT, 16, NICE); // policy (at 4) is 0: SCHED_OTHER
        attributes.set(JAVA_LONG, 24, SLICE_NS);
        return attributes;
    }

    /** The upper half of those that the calling thread may use; null if there is only one. */
    private static MemorySegment halfOfTheProcessors(final Arena arena) {
        final MemorySegment mask = arena.allocate(MAX_PROCESSORS / Byte.SIZE, Long.BYTES);
        final long length =
                SystemCall.SCHED_GETAFFINITY.call(0, mask.byteSize(), mask.address(), 0);
        if (length <= 0) {
            return null;
        }
        final BitSet processors = BitSet.valueOf(mask.asSlice(0, length).toArray(JAVA_LONG));
        final int all = processors.cardinality();
        if (all < 2) {
            return null;
        }
        for (int i = 0; i < all - all / 2; i++) {
            processors.clear(processors.nextSetBit(0));
        }
        mask.fill((byte) 0);
        MemorySegment.copy(
                MemorySegment.ofArray(processors.toLongArray()),
                0,
                mask,
                0,
                processors.toLongArray().length * (long) Long.BYTES);
        return mask;
    }

    private static boolean isCompiler(final Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).startsWith("C2 CompilerThre");
        } catch (final IOException e) {
            return false; // it has just ended: there is no file, or no process (ESRCH) behind it
        }
    }
}
