package org.trivet.node.disk;

import org.trivet.node.os.SchedulerSlice;
import org.trivet.store.FileLayer;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The files of one directory, kept in another one, too: what is written is in both before a call
 * returns. Both are synced at the same time, so that it takes no longer than for one. What is read
 * comes from the first; whoever opens them makes them agree before.
 */
final class MirroredFileLayer implements FileLayer, AutoCloseable {
    private final NioFileLayer first;
    private final NioFileLayer second;
    private final ExecutorService syncer =
            Executors.newSingleThreadExecutor(MirroredFileLayer::newThread);

    MirroredFileLayer(final NioFileLayer first, final NioFileLayer second) {
        this.first = first;
        this.second = second;
    }

    private static Thread newThread(final Runnable work) {
        return Thread.ofPlatform()
                .daemon()
                .name("mirror-sync")
                .unstarted(
                        () -> {
                            SchedulerSlice.requestShort();
                            work.run();
                        });
    }

    @Override
    public List<String> list() {
        return first.list();
    }

    @Override
    public OpenFile open(final String name, final boolean create) {
        final OpenFile file = first.open(name, create);
        try {
            return new MirroredFile(file, second.open(name, create));
        } catch (final RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public void delete(final String name) {
        first.delete(name);
        second.delete(name);
    }

    @Override
    public void rename(final String from, final String to) {
        first.rename(from, to);
        second.rename(from, to);
    }

    @Override
    public void syncDirectory() {
        first.syncDirectory();
        second.syncDirectory();
    }

    /** Everything takes its space twice. */
    @Override
    public long usableSpace() {
        return first.usableSpace() / 2;
    }

    @Override
    public boolean intact() {
        return first.intact() && second.intact();
    }

    @Override
    public void close() {
        syncer.close();
    }

    private final class MirroredFile implements OpenFile {
        private final OpenFile file;
        private final OpenFile copy;

        MirroredFile(final OpenFile file, final OpenFile copy) {
            this.file = file;
            this.copy = copy;
        }

        @Override
        public int read(final ByteBuffer buffer, final long offset) {
            return file.read(buffer, offset);
        }

        @Override
        public void write(final ByteBuffer buffer, final long offset) {
            copy.write(buffer.duplicate(), offset);
            file.write(buffer, offset);
        }

        @Override
        public boolean fill(final ByteBuffer zeros, final long offset) {
            final boolean copyBegun = copy.fill(zeros.duplicate(), offset);
            return file.fill(zeros, offset) && copyBegun;
        }

        @Override
        public void sync() {
            final CompletableFuture<Void> copied = CompletableFuture.runAsync(copy::sync, syncer);
            try {
                file.sync();
            } finally {
                await(copied);
            }
        }

        private static void await(final CompletableFuture<Void> synced) {
            try {
                synced.join();
            } catch (final CompletionException e) {
                if (e.getCause() instanceof final RuntimeException cause) {
                    throw cause;
                }
                throw e;
            }
        }

        @Override
        public long length() {
            return file.length();
        }

        @Override
        public void preallocate(final long length) {
            file.preallocate(length);
            copy.preallocate(length);
        }

        @Override
        public void close() {
            file.close();
            copy.close();
        }
    }
}
