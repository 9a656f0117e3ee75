package org.trivet.node;

import org.trivet.fs.InodeFileSystem;

import java.nio.file.Path;
import java.util.concurrent.Executor;

/** Found by {@link java.util.ServiceLoader}: shows a file system at a directory of this machine. */
public interface MountProvider {
    /**
     * Mounts. A stale mount at the same place, which a dead process left, is replaced.
     *
     * @param mountPoint an existing directory.
     * @param fileSystem what is shown there.
     * @param agentExecutor runs tasks on the agent's thread, from which alone the file system may
     *     be called.
     * @param sourceName what the system's table of mounts calls it.
     * @return the mount, which answers from now on. A {@link org.trivet.TrivetException} says why
     *     it cannot be mounted.
     */
    Mount mount(
            Path mountPoint, InodeFileSystem fileSystem, Executor agentExecutor, String sourceName);

    /** A file system that is mounted. */
    interface Mount extends AutoCloseable {
        /**
         * Unmounts, lazily if it is in use. Those who wait in it are released. Does nothing the
         * second time.
         */
        @Override
        void close();

        /**
         * Waits until it is unmounted, by {@link #close} or by anyone else.
         *
         * @throws InterruptedException if the waiting thread was interrupted.
         */
        void awaitUnmounted() throws InterruptedException;
    }
}
