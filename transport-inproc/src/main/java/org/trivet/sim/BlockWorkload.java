package org.trivet.sim;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.client.FileBlocks;
import org.trivet.client.OperationHandler;
import org.trivet.client.VolumeClient;
import org.trivet.sim.History.Kind;
import org.trivet.sim.History.Operation;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Clients that write, read and trim cells of a few files, through the block interface. */
final class BlockWorkload implements Workload {
    private static final Set<ErrorCode> EXPECTED_ERRORS =
            EnumSet.of(
                    ErrorCode.TIMED_OUT, ErrorCode.INTERRUPTED, ErrorCode.IO, ErrorCode.NO_SPACE);

    private final SimulatedCluster cluster;
    private final WorkloadPlan plan;
    private final Random random;
    private final History history = new History();
    private final List<CellFile> files = new ArrayList<>();
    private final List<Actor> actors = new ArrayList<>();
    private boolean stopped;

    BlockWorkload(final SimulatedCluster cluster) {
        this.cluster = cluster;
        this.plan = cluster.plan().workload();
        this.random = new PlainRandom(cluster.plan().seed() ^ 0x3333);
        for (int i = 0; i < plan.files(); i++) {
            files.add(new CellFile(i, cluster.plan().volume(), plan));
        }
        for (final SimulatedClient client : cluster.clients()) {
            actors.add(new Actor(client));
        }
    }

    @Override
    public void start() {
        actors.forEach(Actor::begin);
    }

    @Override
    public void clientStarted(final int client) {
        actors.get(client).begin();
    }

    @Override
    public void clientDied(final int client) {
        actors.get(client).die();
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public boolean isDone() {
        return actors.stream().allMatch(Actor::isDone);
    }

    @Override
    public int pending() {
        return actors.stream().mapToInt(actor -> actor.pending).sum();
    }

    @Override
    public int operations() {
        return history.operations().size();
    }

    @Override
    public void letGo() {
        // a file of blocks need not be opened
    }

    @Override
    public void readAll() {
        for (final Actor actor : actors) {
            for (int file = 0; file < files.size(); file++) {
                final CellFile cells = files.get(file);
                for (int cell = 0; cell < cells.cells(); cell = cells.endOfPatch(cell)) {
                    actor.read(file, cell, cells.endOfPatch(cell), VolumeClient.NO_DEADLINE);
                }
            }
        }
    }

    @Override
    public void check() {
        for (int file = 0; file < files.size(); file++) {
            final String violation = history.findViolation(file, files.get(file).cells());
            if (violation != null) {
                throw new SimulationFailure(violation);
            }
        }
    }

    /** One client's operations. */
    private final class Actor {
        private final SimulatedClient client;
        private FileBlocks[] blocks;
        private int left = plan.operations();
        private int pending;

        /** Differs for each life of the client: what belongs to an earlier one is void. */
        private int life;

        Actor(final SimulatedClient client) {
            this.client = client;
        }

        void begin() {
            blocks = new FileBlocks[files.size()];
            for (int i = 0; i < blocks.length; i++) {
                blocks[i] = new FileBlocks(0, cluster.nodeCount());
                blocks[i].update(files.get(i).dataId(), 0, null);
            }
            for (int i = 0; i < plan.depth(); i++) {
                pause();
            }
        }

        void die() {
            life++;
            pending = 0;
        }

        boolean isDone() {
            return left <= 0 && pending == 0;
        }

        private void pause() {
            final int now = life;
            cluster.events()
                    .after(
                            random.nextLong(plan.pauseNs()),
                            () ->
                                    client.execute(
                                            () -> {
                                                if (now == life && !stopped && left > 0) {
                                                    left--;
                                                    operate();
                                                }
                                            }));
        }

        private void operate() {
            final int file = random.nextInt(files.size());
            final CellFile cells = files.get(file);
            final int from = random.nextInt(cells.cells());
            final int most = Math.min(plan.maxCells(), cells.endOfPatch(from) - from);
            final int to = from + 1 + random.nextInt(most);
            long deadlineNs = VolumeClient.NO_DEADLINE;
            if (random.nextInt(100) < plan.impatientShare()) {
                deadlineNs = client.clock.nanoTime() + random.nextLong(1_000_000_000L);
            }
            final int choice = random.nextInt(100);
            final long id;
            if (choice < plan.readShare()) {
                id = read(file, from, to, deadlineNs);
            } else if (choice < plan.readShare() + plan.trimShare()) {
                id = trim(file, from, to, deadlineNs);
            } else {
                id = write(file, from, to, deadlineNs);
            }
            if (random.nextInt(200) < plan.impatientShare()) {
                cancelLater(id);
            }
            client.wake();
        }

        private void cancelLater(final long id) {
            final int now = life;
            cluster.events()
                    .after(
                            random.nextLong(100_000_000L),
                            () ->
                                    client.execute(
                                            () -> {
                                                if (now == life) {
                                                    client.agent().blocks().cancel(id);
                                                    client.wake();
                                                }
                                            }));
        }

        private long write(final int file, final int from, final int to, final long deadlineNs) {
            final CellFile cells = files.get(file);
            final Operation operation = history.begin(Kind.WRITE, client.number(), file, from, to);
            final UnsafeBuffer bytes = new UnsafeBuffer(new byte[(to - from) * cells.cellLength()]);
            for (int cell = from; cell < to; cell++) {
                cells.fill(bytes, (cell - from) * cells.cellLength(), cell, operation.value);
            }
            pending++;
            return client.agent()
                    .blocks()
                    .write(
                            blocks[file],
                            cells.offsetOf(from),
                            bytes,
                            0,
                            bytes.capacity(),
                            deadlineNs,
                            new Ending(operation, bytes));
        }

        private long trim(final int file, final int from, final int to, final long deadlineNs) {
            final CellFile cells = files.get(file);
            final Operation operation = history.begin(Kind.TRIM, client.number(), file, from, to);
            pending++;
            return client.agent()
                    .blocks()
                    .trim(
                            blocks[file],
                            cells.offsetOf(from),
                            (long) (to - from) * cells.cellLength(),
                            deadlineNs,
                            new Ending(operation, null));
        }

        private long read(final int file, final int from, final int to, final long deadlineNs) {
            final CellFile cells = files.get(file);
            final Operation operation = history.begin(Kind.READ, client.number(), file, from, to);
            final UnsafeBuffer bytes = new UnsafeBuffer(new byte[(to - from) * cells.cellLength()]);
            bytes.setMemory(0, bytes.capacity(), (byte) 0x55);
            pending++;
            return client.agent()
                    .blocks()
                    .read(
                            blocks[file],
                            cells.offsetOf(from),
                            bytes,
                            0,
                            bytes.capacity(),
                            deadlineNs,
                            new Ending(operation, bytes));
        }

        /** Takes note of the end of an operation, and lets the next one follow. */
        private final class Ending implements OperationHandler {
            private final Operation operation;
            private final UnsafeBuffer bytes;
            private final int begunIn = life;
            private boolean ended;

            Ending(final Operation operation, final UnsafeBuffer bytes) {
                this.operation = operation;
                this.bytes = bytes;
            }

            @Override
            public void completed(final long result) {
                end();
                if (operation.kind == Kind.READ) {
                    history.found(operation, decode(), (result & DEGRADED) != 0);
                } else if (operation.kind == Kind.WRITE && result != ALL) {
                    throw new SimulationFailure(
                            "a write of a file without cuts ended short: " + operation);
                } else {
                    history.completed(operation);
                }
                cluster.events().trace(operation.ended);
                pause();
            }

            @Override
            public void failed(final TrivetException error) {
                end();
                if (!EXPECTED_ERRORS.contains(error.code())) {
                    throw new SimulationFailure(operation + " has failed: " + error, error);
                }
                cluster.occurrences()
                        .count(
                                error.code() == ErrorCode.TIMED_OUT
                                        ? Occurrence.OPERATION_TIMED_OUT
                                        : Occurrence.OPERATION_CANCELLED);
                history.failed(operation);
                pause();
            }

            private void end() {
                if (ended || begunIn != life) {
                    throw new SimulationFailure("ended twice, or after its client: " + operation);
                }
                ended = true;
                pending--;
            }

            private long[] decode() {
                final CellFile cells = files.get(operation.file);
                final long[] found = new long[operation.endCell - operation.firstCell];
                for (int i = 0; i < found.length; i++) {
                    final int cell = operation.firstCell + i;
                    found[i] = cells.valueIn(bytes, i * cells.cellLength(), cell);
                    if (found[i] < 0) {
                        throw new SimulationFailure(
                                "cell %d holds bytes that nobody wrote: %s"
                                        .formatted(cell, operation));
                    }
                    if (found[i] == History.NOTHING) {
                        cluster.occurrences().count(Occurrence.READ_OF_NEVER_WRITTEN);
                    }
                }
                return found;
            }
        }
    }
}
