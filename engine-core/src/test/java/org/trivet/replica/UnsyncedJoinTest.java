package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;
import org.trivet.replica.ClusterHarness.Message;
import org.trivet.store.MemoryBlockStore;
import org.trivet.wire.sbe.AckDecoder;
import org.trivet.wire.sbe.ChunkDecoder;
import org.trivet.wire.sbe.JoinDecoder;
import org.trivet.wire.sbe.PrepareDecoder;

import java.util.List;
import java.util.function.BooleanSupplier;

/** With durability {@code disk} a log counts as far as it is synced; here nodes sync when told. */
class UnsyncedJoinTest {
    private static final long DATA_ID = 77;
    private static final int ACK = AckDecoder.TEMPLATE_ID;
    private static final int CHUNK = ChunkDecoder.TEMPLATE_ID;
    private static final int JOIN = JoinDecoder.TEMPLATE_ID;
    private static final int PREPARE = PrepareDecoder.TEMPLATE_ID;

    private final ClusterHarness cluster =
            new ClusterHarness(
                    new VolumeConfig(11, 3, 3, 4096, ChecksumType.CRC32C, Durability.DISK),
                    1,
                    1,
                    0);
    private final FileBlocks file = cluster.file(DATA_ID);
    private final int primary = Placement.startGroup(DATA_ID, 3);
    private final int one = (primary + 1) % 3;
    private final int other = (primary + 2) % 3;

    private Group group(final int node) {
        return cluster.nodes[node].group(primary);
    }

    /** Goes on until something holds; meanwhile these nodes sync all that they have. */
    private void until(final BooleanSupplier condition, final int... syncing) {
        cluster.until(
                () -> {
                    for (final int node : syncing) {
                        final MemoryBlockStore store = cluster.stores[node];
                        store.advance(store.endPosition(), store.endPosition());
                    }
                    return condition.getAsBoolean();
                });
    }

    private void write(final BooleanSupplier goesOn) {
        final ClusterHarness.Result result = cluster.write(file, 0, new byte[4096]);
        until(goesOn, primary, one, other);
        until(() -> result.ended, primary, one, other);
    }

    /** What it has acknowledged since is not sent to it again: the log may have let go of that. */
    @Test
    void aLateRequestToJoinHidesNothingThatWasAcknowledgedSince() {
        write(() -> true);
        until(() -> group(one).applied == 1, primary, one, other);
        cluster.held.hold(JOIN, one, primary);
        cluster.kill(one, false);
        cluster.wipe(one);
        cluster.start(one);
        until(() -> cluster.held.has(JOIN, one, primary), primary, one, other);
        final List<Message> join = cluster.held.release(JOIN, one, primary);
        cluster.deliver(join);
        until(() -> group(one).coverage.isComplete(), primary, one, other);
        pullAtThePrimary();
        cluster.held.hold(ACK, one, primary);
        until(() -> cluster.held.has(ACK, one, primary), primary, one, other);
        final List<Message> acknowledgements = cluster.held.release(ACK, one, primary);
        write(() -> true);
        assertEquals(List.of(1L, 2L), List.of(group(primary).log.low(), group(primary).watermark));
        cluster.held.hold(ACK, one, primary);
        cluster.deliver(join); // once more, as the network may
        cluster.deliver(acknowledgements);
        cluster.deliver(cluster.held.release(CHUNK, one, primary));
        cluster.deliver(cluster.held.release(CHUNK, other, primary));
        until(() -> group(primary).log.low() == 2, primary, one, other);
        cluster.standStill(primary, 2_000); // it sends again what it has no answer to
        until(() -> group(one).applied == 2, primary, one, other);
        cluster.held.release(ACK, one, primary);
        write(() -> true);
        assertEquals(3, group(one).log.end());
    }

    /** The log of the primary lets go of nothing before what has been bad there is here. */
    private void pullAtThePrimary() {
        cluster.held.hold(CHUNK, one, primary);
        cluster.held.hold(CHUNK, other, primary);
        assertTrue(cluster.stores[primary].flipBit(primary, DATA_ID, 0));
        group(primary).onRepair(DATA_ID, 0, 1);
        until(
                () ->
                        cluster.held.has(CHUNK, one, primary)
                                || cluster.held.has(CHUNK, other, primary),
                primary,
                one,
                other);
    }

    /** It answered for the first entries with its earlier log, and nobody knows that any more. */
    @Test
    void aMemberThatJoinsIsSuspectUntilItHasSyncedUpToTheBound() {
        write(() -> true);
        write(() -> group(one).log.end() == 2 && group(other).log.end() == 2);
        cluster.held.hold(PREPARE, primary, one);
        cluster.held.hold(PREPARE, primary, other);
        cluster.kill(primary, false);
        cluster.kill(one, false);
        cluster.wipe(one);
        cluster.held.release(PREPARE, primary, one);
        cluster.held.release(PREPARE, primary, other);
        cluster.start(one);
        cluster.start(primary);
        until(() -> group(one).hasLog, primary, one, other);
        assertTrue(group(one).suspect);
        until(() -> group(one).log.end() == 2, primary, other);
        cluster.run(10_000);
        assertTrue(group(one).suspect, "it has synced nothing of it");
        until(() -> !group(one).suspect, primary, one, other);
        assertFalse(group(one).lacksEnd());
    }
}
