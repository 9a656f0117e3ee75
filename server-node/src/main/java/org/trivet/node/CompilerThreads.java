package org.trivet.node;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The threads in which the JVM compiles. On a machine with few cores the scheduler lets one of them
 * finish its slice, of up to 4 ms, before a thread that has been woken to answer a request: in the
 * first minute that, not the disk, is what the slowest hundredth of fsyncs waits for.
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

    private CompilerThreads() {}

    /**
     * Lets them yield to all other threads, those that the JVM has now and those that they start.
     *
     * @return how many do; 0 where the operating system is not Linux on a known processor, or does
     *     not allow it: then only latency suffers.
     */
    public static int yieldToOthers() {
        final long call =
                switch (System.getProperty("os.arch")) {
                    case "amd64" -> 314;
                    case "aarch64" -> 274;
                    default -> -1;
                };
        if (call < 0 || !Files.isDirectory(THREADS)) {
            return 0;
        }
        int count = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (final Path thread : threads) {
                if (isCompiler(thread)
                        && setSchedAttr(call, Long.parseLong(thread.getFileName().toString()))) {
                    count++;
                }
            }
        } catch (final IOException | DirectoryIteratorException e) {
            LOG.log(System.Logger.Level.WARNING, "compiler threads are left as they are: " + e);
        }
        return count;
    }

    private static boolean isCompiler(final Path thread) {
        try {
            return Files.readString(thread.resolve("comm")).contains(" CompilerThre");
        } catch (final IOException e) {
            return false; // it has just ended: there is no file, or no process (ESRCH) behind it
        }
    }

    /** sched_setattr(2), of which older C libraries have no function. */
    @SuppressWarnings("restricted") // every launcher of Trivet grants native access
    private static boolean setSchedAttr(final long call, final long thread) {
        final Linker linker = Linker.nativeLinker();
        final MethodHandle syscall =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("syscall"),
                        FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT),
                        Linker.Option.firstVariadicArg(1));
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment attr = arena.allocate(SCHED_ATTR_LENGTH, Long.BYTES);
            attr.set(JAVA_INT, 0, SCHED_ATTR_LENGTH);
            attr.set(JAVA_INT, 16, NICE); // policy (at 4) is 0: SCHED_OTHER
            attr.set(JAVA_LONG, 24, SLICE_NS);
            return (long) syscall.invokeExact(call, thread, attr.address(), 0) == 0;
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new AssertionError("a call of libc throws nothing", e);
        }
    }
}
