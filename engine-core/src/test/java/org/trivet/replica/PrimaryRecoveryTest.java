package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;
import org.trivet.replica.ClusterHarness.Message;
import org.trivet.store.MemoryBlockStore;
import org.trivet.wire.sbe.AckDecoder;
import org.trivet.wire.sbe.FetchLogDecoder;
import org.trivet.wire.sbe.HelloDecoder;
import org.trivet.wire.sbe.PrepareDecoder;
import org.trivet.wire.sbe.TestimonyDecoder;

import java.util.List;
import java.util.Random;

/** A primary that has lost its storage, while a backup loses its own. */
class PrimaryRecoveryTest {
    private static final long DATA_ID = 77;
    private static final int ACK = AckDecoder.TEMPLATE_ID;
    private static final int FETCH_LOG = FetchLogDecoder.TEMPLATE_ID;
    private static final int HELLO = HelloDecoder.TEMPLATE_ID;
    private static final int PREPARE = PrepareDecoder.TEMPLATE_ID;
    private static final int TESTIMONY = TestimonyDecoder.TEMPLATE_ID;

    private final ClusterHarness cluster =
            new ClusterHarness(
                    new VolumeConfig(11, 3, 3, 4096, ChecksumType.CRC32C, Durability.PROCESS), 1);
    private final FileBlocks file = cluster.file(DATA_ID);
    private final int primary = Placement.startGroup(DATA_ID, 3);
    private final int one = (primary + 1) % 3;
    private final int other = (primary + 2) % 3;

    private static byte[] value(final int number) {
        final byte[] bytes = new byte[4096];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private Group group(final int node) {
        return cluster.nodes[node].group(primary);
    }

    private boolean isActive() {
        return ((GroupPrimary) group(primary)).isActive();
    }

    private void lose(final int node) {
        cluster.kill(node, false);
        cluster.wipe(node);
        cluster.start(node);
    }

    /** Both backups have a second entry, which is not committed, and the primary is gone. */
    private ClusterHarness.Result secondEntryAtTheBackupsOnly() {
        cluster.await(cluster.write(file, 0, value(1)));
        cluster.mustConverge();
        cluster.held.hold(ACK, one, primary);
        final ClusterHarness.Result second = cluster.write(file, 0, value(2));
        cluster.until(() -> group(one).log.end() == 2 && group(other).log.end() == 2);
        cluster.kill(primary, false);
        cluster.held.release(ACK, one, primary);
        cluster.wipe(primary);
        return second;
    }

    @Test
    void aBackupThatTestifiesAnewAfterALossIsNotTheLongestAnyMore() {
        final ClusterHarness.Result second = secondEntryAtTheBackupsOnly();
        cluster.held.hold(FETCH_LOG, primary, one);
        cluster.held.hold(FETCH_LOG, primary, other);
        cluster.held.hold(HELLO, primary, one);
        cluster.start(primary);
        cluster.until(() -> cluster.held.has(HELLO, primary, one));
        final List<Message> hello = cluster.held.release(HELLO, primary, one);
        cluster.deliver(hello);
        cluster.until(() -> cluster.held.has(FETCH_LOG, primary, one));
        lose(one);
        cluster.until(() -> cluster.nodes[one].status().incarnation() != 0);
        cluster.deliver(hello); // once more, as the network may
        cluster.until(() -> cluster.held.has(FETCH_LOG, primary, other));
        cluster.held.release(FETCH_LOG, primary, one);
        cluster.held.release(FETCH_LOG, primary, other);
        cluster.until(this::isActive);
        assertEquals(2, group(primary).log.end());
        cluster.await(second);
        cluster.mustConverge();
        assertArrayEquals(value(2), cluster.readAt(primary, primary, DATA_ID, 0));
    }

    /** Only one member has the log, and loses it while the primary takes it over. */
    private MemoryBlockStore logLostWhileItIsTakenOver(final boolean restarts) {
        cluster.await(cluster.write(file, 0, value(1)));
        cluster.mustConverge();
        cluster.kill(primary, false);
        cluster.wipe(primary);
        cluster.kill(other, false);
        cluster.wipe(other);
        cluster.start(other);
        cluster.held.hold(FETCH_LOG, primary, one);
        cluster.start(primary);
        cluster.until(() -> cluster.held.has(FETCH_LOG, primary, one));
        cluster.kill(one, false);
        final MemoryBlockStore old = cluster.snapshot(one);
        cluster.wipe(one);
        cluster.start(one);
        cluster.held.release(FETCH_LOG, primary, one);
        if (restarts) {
            cluster.kill(primary, false);
            cluster.start(primary);
        }
        cluster.run(10_000);
        return old;
    }

    @ParameterizedTest(name = "restarts={0}")
    @ValueSource(booleans = {false, true})
    void aGroupWhoseLogWasLostWhileItWasTakenOverWaitsUntilTheLossIsAccepted(
            final boolean restarts) {
        final MemoryBlockStore old = logLostWhileItIsTakenOver(restarts);
        assertFalse(isActive(), "it has begun without the log that was lost");
        final GroupLosses losses = GroupLosses.of(cluster.volume, cluster.nodes, primary);
        assertTrue(losses.isLogLost(), losses.toString());
        for (int node = 0; node < 3; node++) {
            cluster.nodes[node].acceptLoss(List.of(LostRange.ofGroup(node)), DATA_ID + 1);
        }
        cluster.until(this::isActive);
        cluster.mustConverge();
        cluster.kill(one, false);
        cluster.rollBack(one, old);
        cluster.start(one);
        cluster.await(cluster.write(file, 0, value(2)));
        cluster.mustConverge();
        assertArrayEquals(value(2), cluster.readAt(one, primary, DATA_ID, 0));
    }

    @ParameterizedTest(name = "restarts={0}")
    @ValueSource(booleans = {false, true})
    void aLogThatIsThereAgainIsTakenOver(final boolean restarts) {
        final MemoryBlockStore old = logLostWhileItIsTakenOver(restarts);
        cluster.kill(one, false);
        cluster.rollBack(one, old);
        cluster.start(one);
        cluster.until(this::isActive);
        cluster.until(() -> group(other).coverage.isComplete());
        assertArrayEquals(value(1), cluster.readAt(other, primary, DATA_ID, 0));
    }

    /**
     * It is asked for the log that it testified to, and has been wiped since: it says so at once.
     */
    @Test
    void aBackupThatTestifiesAnewAfterALossHasNoLogThatIsAtItsEnd() {
        cluster.await(cluster.write(file, 0, value(1)));
        cluster.mustConverge();
        cluster.kill(primary, false);
        cluster.wipe(primary);
        lose(other);
        cluster.held.hold(FETCH_LOG, primary, one);
        cluster.held.hold(HELLO, primary, one);
        cluster.start(primary);
        cluster.until(() -> cluster.held.has(HELLO, primary, one));
        final List<Message> hello = cluster.held.release(HELLO, primary, one);
        cluster.held.hold(HELLO, primary, one);
        cluster.deliver(hello);
        cluster.until(() -> cluster.held.has(FETCH_LOG, primary, one));
        cluster.kill(one, false);
        final MemoryBlockStore old = cluster.snapshot(one);
        cluster.wipe(one);
        cluster.start(one);
        cluster.until(() -> cluster.nodes[one].status().incarnation() != 0);
        cluster.held.hold(TESTIMONY, one, primary);
        cluster.deliver(hello); // once more, as the network may
        cluster.until(() -> cluster.held.has(TESTIMONY, one, primary));
        assertFalse(cluster.held.has(HELLO, primary, one), "the primary has asked anew already");
        cluster.deliver(cluster.held.release(TESTIMONY, one, primary));
        cluster.run(10_000);
        assertFalse(isActive(), "it has begun without the log that was lost");
        cluster.kill(one, false);
        cluster.rollBack(one, old);
        cluster.held.release(FETCH_LOG, primary, one);
        cluster.held.release(HELLO, primary, one);
        cluster.start(one);
        cluster.until(this::isActive);
        cluster.mustConverge();
        assertArrayEquals(value(1), cluster.readAt(primary, primary, DATA_ID, 0));
    }

    /** Another one has a log by then, which it had not when it testified: its storage is back. */
    @Test
    void onceALossIsAcceptedWhoTestifiesAnewHasAllAskedAnew() {
        cluster.await(cluster.write(file, 0, value(1)));
        cluster.mustConverge();
        cluster.kill(primary, false);
        cluster.wipe(primary);
        cluster.kill(other, false);
        final MemoryBlockStore old = cluster.snapshot(other);
        cluster.wipe(other);
        cluster.start(other);
        cluster.held.hold(FETCH_LOG, primary, one);
        cluster.held.hold(HELLO, primary, one);
        cluster.start(primary);
        cluster.until(() -> cluster.held.has(HELLO, primary, one));
        final List<Message> hello = cluster.held.release(HELLO, primary, one);
        cluster.deliver(hello);
        cluster.until(() -> cluster.held.has(FETCH_LOG, primary, one));
        cluster.nodes[primary].acceptLoss(List.of(LostRange.ofGroup(primary)), DATA_ID + 1);
        cluster.kill(other, false);
        cluster.rollBack(other, old);
        cluster.start(other);
        lose(one);
        cluster.until(
                () ->
                        cluster.nodes[one].losses().incarnation() != 0
                                && cluster.nodes[other].losses().incarnation() != 0);
        cluster.deliver(hello); // once more, as the network may
        cluster.until(this::isActive);
        assertEquals(
                1, group(primary).log.end(), "it has begun without the log that another one has");
        cluster.held.release(FETCH_LOG, primary, one);
        cluster.mustConverge();
        assertArrayEquals(value(1), cluster.readAt(primary, primary, DATA_ID, 0));
    }

    @Test
    void aTestimonyFromBeforeALossIsVoid() {
        secondEntryAtTheBackupsOnly();
        cluster.held.hold(TESTIMONY, one, primary);
        cluster.held.hold(HELLO, primary, other);
        cluster.held.hold(PREPARE, primary, one);
        cluster.start(primary);
        cluster.until(() -> cluster.held.has(TESTIMONY, one, primary));
        final List<Message> late = cluster.held.release(TESTIMONY, one, primary);
        lose(one);
        cluster.until(() -> cluster.nodes[one].status().incarnation() != 0);
        cluster.run(3_000); // it has testified that it has no log
        cluster.deliver(late);
        cluster.run(10);
        cluster.deliver(cluster.held.release(HELLO, primary, other));
        cluster.until(this::isActive);
        cluster.run(3_000);
        assertEquals(1, group(one).log.end(), "it has not got the second entry again");
        assertEquals(1, group(primary).watermark);
        cluster.held.release(PREPARE, primary, one);
        cluster.mustConverge();
        assertArrayEquals(value(2), cluster.readAt(primary, primary, DATA_ID, 0));
    }
}
