package org.trivet.bench.network;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.TrivetException;
import org.trivet.bench.measure.Latencies;
import org.trivet.client.ClientAgent;
import org.trivet.client.FileBlocks;
import org.trivet.client.OperationHandler;
import org.trivet.client.VolumeClient;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFile;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.Cluster;

import java.nio.ByteBuffer;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Overwrites and reads blocks of a file of a volume, through a client, on that client's thread: the
 * end of one operation begins the next.
 */
final class ClusterLoad implements Load {
    private static final int FILE_LENGTH = 64 << 20;
    private static final int PIECE_LENGTH = 1 << 20;
    private static final String PATH = "/measured";

    private final ClientAgent agent;
    private final int blockLength;
    private final FileBlocks file;
    private long offset;

    ClusterLoad(final Cluster cluster) {
        agent = cluster.client();
        blockLength = cluster.volume().blockLength();
        final var files = new TrivetFileSystem(agent, Caller.ROOT, () -> {});
        fill(files);
        file = new FileBlocks(files.attributes(PATH).inode(), cluster.volume().nodeCount());
        file.update(files.attributes(PATH));
    }

    private static void fill(final TrivetFileSystem files) {
        try (TrivetFile made =
                files.open(PATH, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            final byte[] piece = new byte[PIECE_LENGTH];
            for (long at = 0; at < FILE_LENGTH; at += PIECE_LENGTH) {
                made.write(at, piece, 0, PIECE_LENGTH);
            }
            made.sync();
        }
    }

    @Override
    public boolean does(final Work work) {
        return work != Work.ECHO;
    }

    @Override
    public Latencies run(final Work work, final int window, final long durationNs)
            throws InterruptedException {
        final Run run = new Run(work, window, durationNs);
        agent.execute(run::begin);
        try {
            return run.end.get();
        } catch (final ExecutionException e) {
            throw new IllegalStateException("an operation has failed", e.getCause());
        }
    }

    /** Some time of it. On the client's thread. */
    private final class Run {
        private final Work work;
        private final long beginNs;
        private final long endNs;
        private final Latencies latencies;
        private final Slot[] slots;
        private final CompletableFuture<Latencies> end = new CompletableFuture<>();
        private int open;

        Run(final Work work, final int window, final long durationNs) {
            this.work = work;
            beginNs = System.nanoTime() + Latencies.RAMP_NS;
            endNs = beginNs + durationNs;
            latencies = new Latencies(beginNs);
            slots = new Slot[window];
            for (int i = 0; i < window; i++) {
                slots[i] = new Slot(this);
            }
        }

        void begin() {
            open = slots.length;
            for (final Slot slot : slots) {
                slot.next(System.nanoTime());
            }
        }
    }

    /** One operation after the other. */
    private final class Slot implements OperationHandler {
        private final Run run;
        private final UnsafeBuffer buffer =
                new UnsafeBuffer(ByteBuffer.allocateDirect(blockLength));
        private long startNs;

        Slot(final Run run) {
            this.run = run;
        }

        void next(final long nowNs) {
            if (run.latencies.isOver(nowNs, run.endNs)) {
                if (--run.open == 0) {
                    run.end.complete(run.latencies);
                }
                return;
            }
            startNs = nowNs;
            offset = (offset + blockLength) % FILE_LENGTH;
            final VolumeClient blocks = agent.blocks();
            if (run.work == Work.WRITE) {
                blocks.write(file, offset, buffer, 0, blockLength, VolumeClient.NO_DEADLINE, this);
            } else {
                blocks.read(file, offset, buffer, 0, blockLength, VolumeClient.NO_DEADLINE, this);
            }
        }

        @Override
        public void completed(final long result) {
            final long nowNs = System.nanoTime();
            run.latencies.add(startNs, nowNs);
            next(nowNs);
        }

        @Override
        public void failed(final TrivetException error) {
            run.end.completeExceptionally(error);
        }
    }
}
