package org.trivet.fuse;

import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Serves a {@link MemoryFileSystem} until it is unmounted: a process of its own, to be killed by
 * tests.
 */
final class MemoryMount {
    private MemoryMount() {}

    /** A thread to be the agent's. */
    static ExecutorService agent() {
        return Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("agent").factory());
    }

    private static MemoryFileSystem fileSystem() {
        return Boolean.getBoolean("stuck") ? new StuckFileSystem() : new MemoryFileSystem();
    }

    public static void main(final String[] args) throws InterruptedException {
        final FuseOptions options =
                FuseOptions.of("memory")
                        .withWriteback(Boolean.getBoolean("writeback"))
                        .withFusermount(Boolean.getBoolean("fusermount"));
        try (FuseMount mount = FuseMount.mount(Path.of(args[0]), fileSystem(), agent(), options)) {
            Runtime.getRuntime().addShutdownHook(new Thread(mount::close));
            System.out.println("mounted");
            mount.awaitUnmounted();
            System.out.println(
                    "requests "
                            + mount.counters().requests()
                            + " malformed "
                            + mount.counters().malformed()
                            + " unknown "
                            + mount.counters().unknown()
                            + " failures "
                            + mount.counters().failures()
                            + " late "
                            + mount.counters().lateReplies());
        }
    }
}
