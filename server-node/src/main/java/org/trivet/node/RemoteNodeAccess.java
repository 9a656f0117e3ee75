package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.node.control.ControlClient;
import org.trivet.node.control.Progress;
import org.trivet.replica.CopyPiece;
import org.trivet.replica.LostRange;
import org.trivet.replica.NodeLosses;
import org.trivet.replica.PieceRequest;
import org.trivet.replica.StoredCopy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Access to a node that runs in a process of its own, over the control channel of that process,
 * which {@link NodeControl} serves. A process that does not answer, for it has been stopped, is
 * given up after a time; so is a connection at the end of its process.
 */
public final class RemoteNodeAccess implements NodeAccess, AutoCloseable {
    private static final int MAX_IDLE = 4;

    private final int node;
    private final Path directory;
    private final Duration limit;
    private final BlockingQueue<ControlClient> idle = new ArrayBlockingQueue<>(MAX_IDLE);

    /**
     * Access to a node, which need not be up. Connects when it is asked.
     *
     * @param node its number.
     * @param directory where the control channel of its process is.
     * @param limit for an answer.
     */
    public RemoteNodeAccess(final int node, final Path directory, final Duration limit) {
        this.node = node;
        this.directory = directory;
        this.limit = limit;
    }

    @Override
    public NodeReport report() throws InterruptedException {
        return ask(NodeControl.REPORT, Map.of(), NodeReport.class);
    }

    @Override
    public NodeLosses losses() throws InterruptedException {
        return ask(NodeControl.LOSSES, Map.of(), NodeLosses.class);
    }

    @Override
    public BlockTally countBlocks(final BlockTally before) throws InterruptedException {
        return ask(NodeControl.COUNT_BLOCKS, RecordJson.encode(before), BlockTally.class);
    }

    @Override
    public StoredCopy inspect(final UnitRange units) throws InterruptedException {
        return ask(NodeControl.INSPECT, RecordJson.encode(units), StoredCopy.class);
    }

    @Override
    public CopyPiece piece(final PieceRequest request) throws InterruptedException {
        return ask(NodeControl.PIECE, RecordJson.encode(request), CopyPiece.class);
    }

    /** Not repeated if the connection ends: it may have been done. */
    @Override
    public Damage damage(final DamageOrder order) throws InterruptedException {
        final Object damage =
                within(() -> callAnew(NodeControl.DAMAGE, RecordJson.encode(order)))
                        .get(NodeControl.DAMAGE);
        return damage == null ? null : decode(Damage.class, damage);
    }

    @Override
    public void scrub() throws InterruptedException {
        within(() -> call(NodeControl.SCRUB, Map.of()));
    }

    @Override
    public void acceptLoss(final LostRange range, final long firstUnusedDataId)
            throws InterruptedException {
        final LossOrder order = new LossOrder(range, firstUnusedDataId);
        within(() -> call(NodeControl.ACCEPT_LOSS, RecordJson.encode(order)));
    }

    private <T extends Record> T ask(
            final String command, final Map<String, Object> arguments, final Class<T> answer)
            throws InterruptedException {
        return decode(answer, within(() -> call(command, arguments)));
    }

    private <T extends Record> T decode(final Class<T> type, final Object answer) {
        try {
            return RecordJson.decode(type, answer);
        } catch (final TrivetException e) {
            throw new TrivetException(
                    ErrorCode.IO, name() + " answers what is no answer: " + e.getMessage(), e);
        }
    }

    private String name() {
        return "node " + node;
    }

    // ---- connections

    /** A call that is made on a thread of its own. */
    @FunctionalInterface
    private interface Call {
        Map<String, Object> run();
    }

    /** Waits for a call, for as long as there is time. */
    private Map<String, Object> within(final Call call) throws InterruptedException {
        final FutureTask<Map<String, Object>> task = new FutureTask<>(call::run);
        Thread.startVirtualThread(task);
        try {
            return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (final TimeoutException e) {
            throw new TrivetException(
                    ErrorCode.TIMED_OUT,
                    name() + " has not answered within " + limit.toMillis() + " ms",
                    e);
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof final TrivetException typed) {
                throw new TrivetException(typed.code(), typed.getMessage(), typed);
            }
            throw new TrivetException(
                    ErrorCode.IO, name() + " cannot be asked: " + e.getCause(), e.getCause());
        } finally {
            task.cancel(true); // if it has not ended: its connection is closed
        }
    }

    /** On a connection that there is; if that has ended, perhaps with a former process, anew. */
    private Map<String, Object> call(final String command, final Map<String, Object> arguments) {
        final ControlClient client = idle.poll();
        if (client != null) {
            try {
                return call(client, command, arguments);
            } catch (final TrivetException e) {
                if (e.code() != ErrorCode.CLOSED) {
                    throw e;
                }
            }
        }
        return callAnew(command, arguments);
    }

    private Map<String, Object> callAnew(
            final String command, final Map<String, Object> arguments) {
        return call(ControlClient.connect(directory, name()), command, arguments);
    }

    /** The connection is kept if all went well: otherwise nobody knows what comes next on it. */
    private Map<String, Object> call(
            final ControlClient client, final String command, final Map<String, Object> arguments) {
        boolean isKept = false;
        try {
            final Map<String, Object> result = client.call(command, arguments, Progress.NONE);
            isKept = idle.offer(client);
            return result;
        } finally {
            if (!isKept) {
                client.close();
            }
        }
    }

    /** Closes the connections that are not in use; those in use end with their calls. */
    @Override
    public void close() {
        for (ControlClient client = idle.poll(); client != null; client = idle.poll()) {
            client.close();
        }
    }
}
