package org.trivet.replica;

import org.trivet.transport.Transport;
import org.trivet.wire.BlockAnswerAdapter;
import org.trivet.wire.BlockAnswerHandler;
import org.trivet.wire.BlockRequestPublisher;
import org.trivet.wire.sbe.Refusal;

/** Reads a unit at one node, of the test's choice, and says what that node answers. */
final class NodeReader implements BlockAnswerHandler {
    private static final int FIRST_ENDPOINT = 7_000;

    private final ClusterHarness cluster;
    private final Transport transport;
    private final BlockAnswerAdapter adapter;
    private boolean answered;
    private boolean degraded;
    private long cut;
    private byte[] found;

    private NodeReader(final ClusterHarness cluster, final int endpoint) {
        this.cluster = cluster;
        transport = cluster.open(endpoint);
        adapter = new BlockAnswerAdapter(cluster.volume.volumeId(), this);
    }

    /** Asks a node for the whole of a unit. */
    static NodeReader ask(
            final ClusterHarness cluster, final int node, final int group, final long dataId) {
        final NodeReader reader =
                new NodeReader(cluster, FIRST_ENDPOINT + cluster.random.nextInt(1 << 20));
        new BlockRequestPublisher(cluster.volume.volumeId(), reader.transport)
                .sendRead(node, group, 1, dataId, 0, 1);
        return reader;
    }

    boolean isAnswered() {
        transport.poll(adapter::onMessage, 10);
        return answered;
    }

    boolean isDegraded() {
        return degraded;
    }

    /** The cut number that the node says it has. */
    long cut() {
        return cut;
    }

    /** What the node answers: bytes, none for a hole; null if it refuses. */
    byte[] await() {
        cluster.until(this::isAnswered);
        return found;
    }

    @Override
    public void onReadOk(final ReadAnswer answer) {
        answered = true;
        degraded = answer.degraded();
        cut = answer.cut();
        found = new byte[answer.dataLength()];
        answer.buffer().getBytes(answer.dataOffset(), found);
    }

    @Override
    public void onReadRefused(
            final int node,
            final int group,
            final long correlation,
            final Refusal refusal,
            final long unit) {
        answered = true;
    }

    @Override
    public void onWriteOk(final int node, final int group, final long session, final long request) {
        throw new AssertionError("nothing was written");
    }

    @Override
    public void onWriteRefused(
            final int node,
            final int group,
            final long session,
            final long request,
            final Refusal refusal,
            final int about) {
        throw new AssertionError("nothing was written");
    }

    @Override
    public void onWriteWaiting(
            final int node,
            final int group,
            final long session,
            final long request,
            final long waitingFor) {
        throw new AssertionError("nothing was written");
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
        throw new AssertionError("no map was asked for");
    }

    @Override
    public void onSyncOk(final int node, final int group, final long session, final long request) {
        throw new AssertionError("no sync was asked for");
    }

    @Override
    public void onRoom(final int node, final long liveBytes, final long roomBytes) {
        throw new AssertionError("no room was asked for");
    }
}
