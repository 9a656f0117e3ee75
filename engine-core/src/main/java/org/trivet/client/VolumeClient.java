package org.trivet.client;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;
import org.trivet.transport.Transport;
import org.trivet.wire.BlockAnswerAdapter;
import org.trivet.wire.BlockAnswerHandler;
import org.trivet.wire.sbe.Refusal;

import java.util.BitSet;
import java.util.function.Consumer;

/**
 * Block operations of a client on one volume.
 *
 * <p>Single-threaded: called, and completing, on the thread of the client's agent, which calls
 * {@link #doWork} in each duty cycle and {@link #onMessage} for what arrives. Every operation waits
 * for as long as it takes, unless it is given a deadline or cancelled. Buffers passed in are
 * borrowed until the operation has ended. Operations of one client on overlapping ranges are not
 * ordered among each other: that is the caller's to do. In steady state nothing is allocated.
 */
public final class VolumeClient {
    /** No deadline: wait for as long as it takes. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    private static final long TICK_NS = 500_000L;

    private final Exchange exchange;
    private final Writes writes;
    private final Reads reads;
    private final Syncs syncs;
    private final Rooms rooms;
    private final BlockAnswerAdapter adapter;
    private long tickNs;
    private boolean closed;

    /**
     * A client of a volume.
     *
     * @param volume what the volume is made of.
     * @param config how to talk to its nodes.
     * @param transport the client's endpoint; not closed by this.
     * @param cutSource where to learn of cuts by others.
     * @param nowNs monotonic time.
     */
    public VolumeClient(
            final VolumeConfig volume,
            final VolumeClientConfig config,
            final Transport transport,
            final CutSource cutSource,
            final long nowNs) {
        exchange = new Exchange(volume, config, transport, cutSource, nowNs);
        writes = new Writes(exchange);
        reads = new Reads(exchange);
        syncs = new Syncs(exchange);
        rooms = new Rooms(exchange, transport);
        adapter = new BlockAnswerAdapter(volume.volumeId(), new Answers());
        tickNs = nowNs;
    }

    /**
     * Numbers requests in a session from now on. Writes under way in an earlier one fail with IO,
     * since nobody can tell whether they took effect.
     *
     * @param session its id; 0 for none: writes wait for one.
     */
    public void onSession(final long session) {
        if (session == exchange.session) {
            return;
        }
        if (exchange.session != 0) {
            exchange.session = 0;
            failAll(Operation.Kind.WRITE, ErrorCode.IO, "the session of this client is over");
            failAll(Operation.Kind.TRIM, ErrorCode.IO, "the session of this client is over");
        }
        exchange.session = session;
        if (session != 0) {
            writes.newSession();
            syncs.newSession();
        }
    }

    /**
     * Writes bytes of a file. They are on every copy when this completes.
     *
     * @param file the file.
     * @param offset in the file.
     * @param source holds the bytes; must not change until the end.
     * @param index where they begin.
     * @param length how many.
     * @param deadlineNs monotonic time after which it fails with TIMED_OUT, or {@link
     *     #NO_DEADLINE}.
     * @param handler told of the end, possibly before this returns.
     * @return the operation's number, for {@link #cancel}.
     */
    public long write(
            final FileBlocks file,
            final long offset,
            final DirectBuffer source,
            final int index,
            final int length,
            final long deadlineNs,
            final OperationHandler handler) {
        source.boundsCheck(index, length);
        final Operation operation =
                start(Operation.Kind.WRITE, file, offset, length, deadlineNs, handler);
        operation.source = source;
        operation.bufferOffset = index;
        final long id = operation.id;
        writes.startWrite(operation);
        exchange.operations.started(operation);
        return id;
    }

    /**
     * Reads bytes of a file; what was never written is zeros. The end of the file is not known
     * here.
     *
     * @param file the file.
     * @param offset in the file.
     * @param destination takes the bytes.
     * @param index where they go.
     * @param length how many.
     * @param deadlineNs monotonic time after which it fails with TIMED_OUT, or {@link
     *     #NO_DEADLINE}.
     * @param handler told of the end, possibly before this returns.
     * @return the operation's number, for {@link #cancel}.
     */
    public long read(
            final FileBlocks file,
            final long offset,
            final MutableDirectBuffer destination,
            final int index,
            final int length,
            final long deadlineNs,
            final OperationHandler handler) {
        destination.boundsCheck(index, length);
        final Operation operation =
                start(Operation.Kind.READ, file, offset, length, deadlineNs, handler);
        operation.destination = destination;
        operation.bufferOffset = index;
        final long id = operation.id;
        reads.start(operation);
        exchange.operations.started(operation);
        return id;
    }

    /**
     * Finds out which bytes of a file are stored, from an offset on and a good way further.
     *
     * @param file the file.
     * @param offset in the file.
     * @param map takes what is found.
     * @param deadlineNs monotonic time after which it fails with TIMED_OUT, or {@link
     *     #NO_DEADLINE}.
     * @param handler told of the end, possibly before this returns.
     * @return the operation's number, for {@link #cancel}.
     */
    public long map(
            final FileBlocks file,
            final long offset,
            final FileMap map,
            final long deadlineNs,
            final OperationHandler handler) {
        final Operation operation = start(Operation.Kind.MAP, file, offset, 0, deadlineNs, handler);
        operation.map = map;
        final long id = operation.id;
        reads.startMap(operation);
        exchange.operations.started(operation);
        return id;
    }

    /**
     * Removes bytes of a file, which read as zeros then.
     *
     * @param file the file.
     * @param offset in the file.
     * @param length how many.
     * @param deadlineNs monotonic time after which it fails with TIMED_OUT, or {@link
     *     #NO_DEADLINE}.
     * @param handler told of the end, possibly before this returns.
     * @return the operation's number, for {@link #cancel}.
     */
    public long trim(
            final FileBlocks file,
            final long offset,
            final long length,
            final long deadlineNs,
            final OperationHandler handler) {
        final int described = (int) Math.min(length, Integer.MAX_VALUE);
        final Operation operation =
                start(Operation.Kind.TRIM, file, offset, described, deadlineNs, handler);
        final long id = operation.id;
        writes.startTrim(operation, offset + length);
        exchange.operations.started(operation);
        return id;
    }

    /**
     * Has one group cut its strip of a file as the file's cuts say, or remove it.
     *
     * @param file the file, with the cuts that count.
     * @param group the group.
     * @param whole whether all of the strip is removed.
     * @param deadlineNs monotonic time after which it fails with TIMED_OUT, or {@link
     *     #NO_DEADLINE}.
     * @param handler told of the end, possibly before this returns.
     * @return the operation's number, for {@link #cancel}.
     */
    public long trimStrip(
            final FileBlocks file,
            final int group,
            final boolean whole,
            final long deadlineNs,
            final OperationHandler handler) {
        final Operation operation = start(Operation.Kind.TRIM, file, 0, 0, deadlineNs, handler);
        final long id = operation.id;
        writes.startStrip(operation, group, whole);
        exchange.operations.started(operation);
        return id;
    }

    /**
     * Makes all that was acknowledged to this client survive a loss of power on every copy.
     *
     * @param groups those that were written to.
     * @param deadlineNs monotonic time after which it fails with TIMED_OUT, or {@link
     *     #NO_DEADLINE}.
     * @param handler told of the end, possibly before this returns.
     * @return the operation's number, for {@link #cancel}.
     */
    public long sync(final BitSet groups, final long deadlineNs, final OperationHandler handler) {
        final Operation operation = start(Operation.Kind.SYNC, null, 0, 0, deadlineNs, handler);
        final long id = operation.id;
        syncs.start(operation, groups);
        exchange.operations.started(operation);
        return id;
    }

    /**
     * Adds the groups that own a byte range of a file.
     *
     * @param file the file.
     * @param offset in the file.
     * @param length how many bytes.
     * @param groups takes them.
     */
    public void addGroups(
            final FileBlocks file, final long offset, final long length, final BitSet groups) {
        final int blockLength = exchange.volume.blockLength();
        final int nodeCount = exchange.volume.nodeCount();
        final long first = offset / blockLength;
        final long count =
                Math.min((offset + length + blockLength - 1) / blockLength - first, nodeCount);
        for (long block = first; block < first + count; block++) {
            groups.set(Placement.group(file.startGroup(), block, nodeCount));
        }
    }

    /**
     * Gives an operation up: it fails with INTERRUPTED before this returns, unless it has ended.
     *
     * @param id its number.
     */
    public void cancel(final long id) {
        final Operation operation = exchange.operations.find(id);
        if (operation != null) {
            fail(operation, ErrorCode.INTERRUPTED, "was interrupted");
        }
    }

    /**
     * Sends what is due, and ends what has passed its deadline.
     *
     * @param nowNs monotonic time.
     * @return how much was done.
     */
    public int doWork(final long nowNs) {
        exchange.newCycle(nowNs);
        if (exchange.closed && !closed) {
            close();
            return 1;
        }
        if (isIdle()) {
            return 0;
        }
        if (nowNs - tickNs < 0 && !exchange.backPressured) {
            return 0;
        }
        exchange.backPressured = false;
        tickNs = nowNs + TICK_NS;
        return writes.doWork() + reads.doWork() + syncs.doWork() + rooms.doWork() + expire(nowNs);
    }

    private boolean isIdle() {
        return exchange.operations.size() == 0
                && syncs.isIdle()
                && reads.isIdle()
                && rooms.isIdle();
    }

    /**
     * How soon {@link #doWork} should be called again.
     *
     * @return nanoseconds; Long.MAX_VALUE if nothing is under way.
     */
    public long idleNs() {
        return isIdle() ? Long.MAX_VALUE : 1_000_000L;
    }

    /**
     * Takes a message, if it is one of a data node's to a client.
     *
     * @param buffer holds the message.
     * @param offset where its header begins.
     * @param length bytes, with the header.
     * @return whether it was.
     */
    public boolean onMessage(final DirectBuffer buffer, final int offset, final int length) {
        final boolean taken = adapter.onMessage(buffer, offset, length);
        if (!taken) {
            exchange.counters.damagedMessages++;
        }
        return taken;
    }

    /** Ends everything under way with CLOSED, and takes nothing more. */
    public void close() {
        closed = true;
        for (final Operation.Kind kind : Operation.Kind.values()) {
            failAll(kind, ErrorCode.CLOSED, "the client was closed");
        }
        rooms.end();
    }

    /**
     * Asks the data nodes how much room there is. Nodes that do not answer within 200 ms count as
     * they last said; an answer is good for a second.
     *
     * @param done told, possibly before this returns.
     */
    public void room(final Consumer<VolumeRoom> done) {
        rooms.ask(done);
    }

    /**
     * Operations under way.
     *
     * @return how many.
     */
    public int pending() {
        return exchange.operations.size();
    }

    /**
     * Which nodes writes and syncs under way wait for.
     *
     * @return a new set of nodes.
     */
    public BitSet waitingFor() {
        final BitSet nodes = new BitSet();
        writes.waitingFor(null, nodes);
        syncs.waitingFor(null, nodes);
        return nodes;
    }

    /**
     * What was seen so far.
     *
     * @return the counters.
     */
    public ClientCounters counters() {
        return exchange.counters;
    }

    private Operation start(
            final Operation.Kind kind,
            final FileBlocks file,
            final long offset,
            final int length,
            final long deadlineNs,
            final OperationHandler handler) {
        if (closed) {
            throw new TrivetException(ErrorCode.CLOSED, "the client is closed");
        }
        assert offset >= 0 && length >= 0 : "range " + offset + ", " + length;
        final Operation operation = exchange.operations.start(kind, handler, exchange.nowNs);
        operation.file = file;
        operation.fileOffset = offset;
        operation.length = length;
        operation.hasDeadline = deadlineNs != NO_DEADLINE;
        operation.deadlineNs = deadlineNs;
        return operation;
    }

    private int expire(final long nowNs) {
        int workCount = 0;
        for (int i = exchange.operations.size() - 1; i >= 0; i--) {
            if (i < exchange.operations.size()) {
                final Operation operation = exchange.operations.get(i);
                if (operation.hasDeadline && operation.deadlineNs - nowNs <= 0) {
                    fail(operation, ErrorCode.TIMED_OUT, "its deadline passed");
                    workCount++;
                }
            }
        }
        return workCount;
    }

    private void failAll(final Operation.Kind kind, final ErrorCode code, final String why) {
        for (int i = exchange.operations.size() - 1; i >= 0; i--) {
            if (i < exchange.operations.size() && exchange.operations.get(i).kind == kind) {
                fail(exchange.operations.get(i), code, why);
            }
        }
    }

    private void fail(final Operation operation, final ErrorCode code, final String why) {
        final BitSet nodes = new BitSet();
        writes.waitingFor(operation, nodes);
        reads.waitingFor(operation, nodes);
        syncs.waitingFor(operation, nodes);
        final long waitedMs = (exchange.nowNs - operation.startNs) / 1_000_000;
        final String message =
                operation.describe()
                        + ": "
                        + why
                        + " after "
                        + waitedMs
                        + " ms of waiting for nodes "
                        + nodes
                        + "; it may still take effect";
        fail(operation, new TrivetException(code, message));
    }

    private void fail(final Operation operation, final TrivetException error) {
        final Operation.Kind kind = operation.kind;
        switch (kind) {
            case READ, MAP -> reads.drop(operation);
            case WRITE, TRIM -> writes.drop(operation);
            case SYNC -> syncs.drop(operation);
        }
        exchange.operations.fail(operation, error);
        if (kind == Operation.Kind.WRITE || kind == Operation.Kind.TRIM) {
            writes.flushAll();
        }
    }

    /** What nodes answer. An answer of an older session, or to what has ended, changes nothing. */
    private final class Answers implements BlockAnswerHandler {
        @Override
        public void onWriteOk(
                final int node, final int group, final long session, final long request) {
            if (isOurs(node, group, session)) {
                writes.onOk(group, request);
            }
        }

        @Override
        public void onWriteRefused(
                final int node,
                final int group,
                final long session,
                final long request,
                final Refusal refusal,
                final int about) {
            if (!isOurs(node, group, session)) {
                return;
            }
            if (request >= Syncs.FIRST_REQUEST) {
                syncs.onRefused(group, request, refusal);
                return;
            }
            final WritePart part = writes.find(group, request);
            if (part != null) {
                final Operation operation = part.operation;
                final TrivetException error = writes.onRefused(part, refusal, about);
                if (error != null) {
                    fail(operation, error);
                }
            }
        }

        @Override
        public void onWriteWaiting(
                final int node,
                final int group,
                final long session,
                final long request,
                final long waitingFor) {
            if (isOurs(node, group, session)) {
                writes.onWaiting(group, request, waitingFor);
            }
        }

        @Override
        public void onReadOk(final ReadAnswer answer) {
            heard(answer.node());
            reads.onOk(answer);
        }

        @Override
        public void onStripMap(
                final int node,
                final int group,
                final long correlation,
                final long dataId,
                final long cut,
                final long endUnit,
                final long[] ranges) {
            heard(node);
            reads.onMap(group, correlation, dataId, cut, endUnit, ranges);
        }

        @Override
        public void onReadRefused(
                final int node,
                final int group,
                final long correlation,
                final Refusal refusal,
                final long unit) {
            heard(node);
            final ReadPart part = reads.find(correlation);
            if (part != null && part.group == group) {
                final Operation operation = part.operation;
                final TrivetException error = reads.onRefused(part, correlation, refusal, unit);
                if (error != null) {
                    fail(operation, error);
                }
            }
        }

        @Override
        public void onSyncOk(
                final int node, final int group, final long session, final long request) {
            if (isOurs(node, group, session)) {
                syncs.onOk(group, request);
            }
        }

        @Override
        public void onRoom(final int node, final long liveBytes, final long roomBytes) {
            heard(node);
            rooms.onRoom(node, liveBytes, roomBytes);
        }

        private void heard(final int node) {
            if (exchange.health.heard(node, exchange.nowNs)) {
                writes.onReturn(node);
            }
        }

        private boolean isOurs(final int node, final int group, final long session) {
            heard(node);
            return session == exchange.session && group >= 0 && group < exchange.volume.nodeCount();
        }
    }
}
