package org.trivet.fuse;

import org.trivet.fs.InodeFileSystem;
import org.trivet.node.MountProvider;

import java.nio.file.Path;
import java.util.concurrent.Executor;

/** Mounts by the kernel's FUSE protocol; found by {@link java.util.ServiceLoader}. */
public final class FuseMountProvider implements MountProvider {
    /** Made by the service loader. */
    public FuseMountProvider() {}

    @Override
    public Mount mount(
            final Path mountPoint,
            final InodeFileSystem fileSystem,
            final Executor agentExecutor,
            final String sourceName) {
        final FuseMount mount =
                FuseMount.mount(mountPoint, fileSystem, agentExecutor, FuseOptions.of(sourceName));
        return new Mount() {
            @Override
            public void close() {
                mount.close();
            }

            @Override
            public void awaitUnmounted() throws InterruptedException {
                mount.awaitUnmounted();
            }
        };
    }
}
