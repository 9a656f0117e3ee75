package org.trivet.cli;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.InodeFileSystem;
import org.trivet.node.MountProvider;
import org.trivet.node.MountProvider.Mount;

import picocli.CommandLine.Model.CommandSpec;

import java.nio.file.Path;
import java.util.ServiceLoader;
import java.util.concurrent.Executor;

/** Mounts a file system, and serves it until it is unmounted or the thread is interrupted. */
final class Mounting {
    private Mounting() {}

    static void serve(
            final CommandSpec spec,
            final Path mountPoint,
            final InodeFileSystem fileSystem,
            final Executor agentExecutor,
            final String source,
            final Runnable sayReady)
            throws InterruptedException {
        try (Mount mount = provider().mount(mountPoint, fileSystem, agentExecutor, source)) {
            sayReady.run();
            mount.awaitUnmounted();
            spec.commandLine()
                    .getErr()
                    .println("trivet: " + mountPoint + " was unmounted; stopping");
        }
    }

    private static MountProvider provider() {
        return ServiceLoader.load(MountProvider.class)
                .findFirst()
                .orElseThrow(
                        () ->
                                new TrivetException(
                                        ErrorCode.NOT_SUPPORTED,
                                        "this build of trivet cannot mount: no mount provider was"
                                                + " found"));
    }
}
