package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;
import org.trivet.client.VolumeClient;
import org.trivet.replica.ClusterHarness.Message;
import org.trivet.store.MemoryBlockStore;
import org.trivet.transport.EndpointId;
import org.trivet.wire.sbe.AckDecoder;
import org.trivet.wire.sbe.ChunkDecoder;
import org.trivet.wire.sbe.LogEndReplyDecoder;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.PrepareDecoder;
import org.trivet.wire.sbe.RegisteredDecoder;
import org.trivet.wire.sbe.TestimonyDecoder;
import org.trivet.wire.sbe.WatermarkReplyDecoder;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Schedules in which single messages come late, each of them the reason for a rule of the protocol:
 * without the rule, a node would answer with what was overwritten before the read began.
 */
class DirectedScheduleTest {
    private static final long DATA_ID = 77;
    private static final int ACK = AckDecoder.TEMPLATE_ID;
    private static final int CHUNK = ChunkDecoder.TEMPLATE_ID;
    private static final int LOG_END_REPLY = LogEndReplyDecoder.TEMPLATE_ID;
    private static final int REGISTERED = RegisteredDecoder.TEMPLATE_ID;
    private static final int TESTIMONY = TestimonyDecoder.TEMPLATE_ID;
    private static final int PREPARE = PrepareDecoder.TEMPLATE_ID;
    private static final int WATERMARK_REPLY = WatermarkReplyDecoder.TEMPLATE_ID;

    /** Steps of the harness in which an index is committed at least once. */
    private static final int STEPS_OF_A_COMMIT = 45_000;

    private final VolumeConfig volume =
            new VolumeConfig(11, 3, 3, 4096, ChecksumType.CRC32C, Durability.PROCESS);
    private final ClusterHarness cluster = new ClusterHarness(volume, 1);
    private final FileBlocks file = cluster.file(DATA_ID);
    private final int primary = Placement.startGroup(DATA_ID, 3);
    private final int one = (primary + 1) % 3;
    private final int other = (primary + 2) % 3;

    private static byte[] value(final int number) {
        final byte[] bytes = new byte[4096];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    private ClusterHarness.Result write(final int number) {
        return cluster.write(file, 0, value(number));
    }

    private void written(final int number) {
        cluster.await(write(number));
        cluster.mustConverge();
        cluster.run(3_000); // so that the logs let go of it
    }

    private NodeReader ask(final int node) {
        return NodeReader.ask(cluster, node, primary, DATA_ID);
    }

    private void lose(final int node) {
        cluster.kill(node, false);
        cluster.wipe(node);
        cluster.start(node);
    }

    private Group group(final int node) {
        return cluster.nodes[node].group(primary);
    }

    @Test
    void aReadIsNotAnsweredByAnEarlierQuestion() {
        written(1);
        cluster.held.hold(ACK, other, primary);
        final ClusterHarness.Result second = write(2);
        cluster.until(() -> group(one).log.end() == 2);
        cluster.held.hold(WATERMARK_REPLY, primary, one);
        final NodeReader early = ask(one);
        cluster.until(() -> cluster.held.has(WATERMARK_REPLY, primary, one));
        cluster.held.hold(PREPARE, primary, one); // it does not learn that the write is committed
        cluster.deliver(cluster.held.release(ACK, other, primary));
        cluster.await(second);
        final NodeReader late = ask(one);
        cluster.run(3);
        assertFalse(early.isAnswered());
        cluster.deliver(cluster.held.release(WATERMARK_REPLY, primary, one));
        assertArrayEquals(value(2), late.await());
    }

    @Test
    void anAcknowledgementFromBeforeTheLossIsVoid() {
        written(1);
        cluster.held.hold(ACK, one, primary);
        final ClusterHarness.Result second = write(2);
        cluster.until(() -> cluster.held.has(ACK, one, primary) && group(one).log.end() == 2);
        cluster.run(20);
        final List<Message> late = cluster.held.release(ACK, one, primary);
        cluster.kill(one, false);
        cluster.wipe(one);
        cluster.start(one);
        cluster.until(() -> group(one).hasLog);
        cluster.held.hold(PREPARE, primary, one); // it has joined, and does not get the entry again
        cluster.held.hold(ACK, one, primary);
        cluster.run(20);
        cluster.deliver(late);
        cluster.run(50);
        assertFalse(second.ended, "a member has lost it, and its copy was counted");
    }

    @Test
    void aChunkOfAnEarlierRebuildIsDropped() {
        written(1);
        cluster.held.hold(CHUNK, primary, one);
        cluster.held.hold(CHUNK, other, one);
        lose(one);
        cluster.until(
                () -> cluster.held.has(CHUNK, primary, one) || cluster.held.has(CHUNK, other, one));
        cluster.run(20);
        final List<Message> late = cluster.held.release(CHUNK, primary, one);
        late.addAll(cluster.held.release(CHUNK, other, one));
        cluster.mustConverge();
        written(2);
        cluster.held.hold(CHUNK, primary, one);
        cluster.held.hold(CHUNK, other, one);
        lose(one);
        cluster.until(
                () -> cluster.held.has(CHUNK, primary, one) || cluster.held.has(CHUNK, other, one));
        cluster.deliver(late);
        cluster.run(50);
        final byte[] found = ask(one).await();
        assertTrue(found == null || Arrays.equals(value(2), found), "it is the old one");
    }

    @Test
    void aTrimIsDoneAgainAfterAChunkThatIsOlder() {
        written(1);
        cluster.held.hold(CHUNK, primary, one);
        cluster.held.hold(CHUNK, other, one);
        lose(one);
        cluster.until(
                () -> cluster.held.has(CHUNK, primary, one) || cluster.held.has(CHUNK, other, one));
        final ClusterHarness.Result trim = cluster.trim(file, 0, 4096);
        cluster.await(trim);
        cluster.until(() -> group(one).applied == 2);
        final List<Message> late = cluster.held.release(CHUNK, primary, one);
        late.addAll(cluster.held.release(CHUNK, other, one));
        cluster.deliver(late);
        cluster.until(() -> group(one).coverage.isComplete());
        final byte[] found = ask(one).await();
        assertTrue(found != null && found.length == 0, "what was trimmed is back");
    }

    /** It has committed an entry with its earlier log, and nobody knows that any more. */
    @Test
    void aMemberThatJoinedServesNothingBelowTheBound() {
        written(1);
        final ClusterHarness.Result second = write(2);
        cluster.until(() -> group(one).log.end() == 2 && group(other).log.end() == 2);
        // The primary tells no backup that it is committed, and forgets it itself.
        cluster.held.hold(PREPARE, primary, one);
        cluster.held.hold(PREPARE, primary, other);
        cluster.await(second);
        cluster.kill(primary, false);
        cluster.kill(one, false);
        cluster.wipe(one);
        cluster.start(one);
        cluster.start(primary);
        cluster.until(() -> group(one).hasLog && group(one).coverage.isComplete());
        final byte[] found = ask(one).await();
        assertTrue(found == null || Arrays.equals(value(2), found), "it is the old one");
    }

    /**
     * Two have had old storage put back, and the third has the newest entry, and does not know that
     * it is committed.
     */
    @Test
    void aBackupThatHearsOfALongerLogServesNothingBeforeThePrimaryHasSpoken() {
        written(1);
        cluster.kill(primary, false);
        cluster.kill(one, false);
        final MemoryBlockStore oldOfPrimary = cluster.snapshot(primary);
        final MemoryBlockStore oldOfOne = cluster.snapshot(one);
        cluster.start(primary);
        cluster.start(one);
        cluster.mustConverge();
        final ClusterHarness.Result second = write(2);
        cluster.until(() -> group(one).log.end() == 2 && group(other).log.end() == 2);
        cluster.held.hold(PREPARE, primary, other); // it does not learn that it is committed
        cluster.await(second);
        cluster.kill(primary, false);
        cluster.kill(one, false);
        cluster.stores[primary] = oldOfPrimary;
        cluster.stores[one] = oldOfOne;
        cluster.start(one);
        cluster.until(() -> group(one).isConfirmed());
        final byte[] found = ask(one).await();
        assertTrue(found == null || Arrays.equals(value(2), found), "it is the old one");
        cluster.start(primary);
        cluster.held.release(PREPARE, primary, other);
        cluster.mustConverge();
        assertArrayEquals(value(2), ask(one).await());
    }

    /** There is nobody to wait for, and still it knows that it lacks what was committed. */
    @Test
    void aBackupWithOldStorageServesNothingThoughThePrimaryIsGone() {
        written(1);
        cluster.kill(one, false);
        final MemoryBlockStore old = cluster.snapshot(one);
        cluster.start(one);
        cluster.mustConverge();
        written(2);
        cluster.kill(primary, false);
        cluster.kill(one, false);
        cluster.rollBack(one, old);
        cluster.start(one);
        cluster.until(() -> group(one).isConfirmed() && !group(one).hearsPrimary());
        assertEquals(1, group(one).log.end(), "its storage is not old");
        assertEquals(2, group(other).watermark, "nobody knows that there was more");
        final byte[] found = ask(one).await();
        assertTrue(found == null, "it is the old one");
        assertArrayEquals(value(2), ask(other).await());
        cluster.mustConverge();
        assertArrayEquals(value(2), ask(one).await());
    }

    /** Has a write reach one backup only, its acknowledgement by the other being late. */
    private ClusterHarness.Result writePending(final int number) {
        cluster.held.hold(PREPARE, primary, other);
        final ClusterHarness.Result result = write(number);
        cluster.until(() -> group(one).log.end() == 2);
        return result;
    }

    private boolean isActive() {
        return cluster.isUp(primary) && ((GroupPrimary) group(primary)).isActive();
    }

    /** The primary has lost its storage, and with it an entry that is under way. */
    private List<Message> lateEntryOfAnOldEpoch() {
        written(1);
        cluster.held.hold(PREPARE, primary, one);
        cluster.held.hold(PREPARE, primary, other);
        write(2);
        cluster.until(() -> group(primary).log.end() == 2);
        cluster.run(3);
        final List<Message> late = cluster.held.release(PREPARE, primary, one);
        cluster.held.release(PREPARE, primary, other);
        cluster.held.hold(PREPARE, primary, one);
        lose(primary);
        cluster.until(this::isActive);
        cluster.until(() -> group(other).log.end() == 2);
        return late;
    }

    @Test
    void anEntryOfAnOldEpochIsRefused() {
        final List<Message> late = lateEntryOfAnOldEpoch();
        cluster.deliver(late);
        assertEquals(1, group(one).log.end());
        cluster.held.release(PREPARE, primary, one);
        cluster.mustConverge();
    }

    @Test
    void aPromiseOutlivesTheProcess() {
        final List<Message> late = lateEntryOfAnOldEpoch();
        final long promised = group(primary).epoch;
        cluster.kill(one, false);
        cluster.start(one);
        assertEquals(promised, group(one).epoch);
        cluster.run(20);
        cluster.deliver(late);
        assertEquals(1, group(one).log.end());
        cluster.held.release(PREPARE, primary, one);
        cluster.mustConverge();
    }

    @Test
    void aPrimaryThatStartsWaitsForTheTestimonyOfAll() {
        written(1);
        writePending(2);
        cluster.held.hold(TESTIMONY, one, primary);
        lose(primary);
        cluster.run(2_000);
        assertFalse(isActive(), "the longest log is not known yet");
        cluster.held.release(PREPARE, primary, other);
        cluster.deliver(cluster.held.release(TESTIMONY, one, primary));
        cluster.until(this::isActive);
        assertEquals(2, group(primary).log.end());
        cluster.mustConverge();
    }

    /** What it lost was acknowledged; and nobody can tell it so. */
    @Test
    void aMemberThatLostPowerServesNothingBeforeItHasCaughtUp() {
        final ClusterHarness slow = new ClusterHarness(volume, 1, 1, 1e-9);
        final FileBlocks blocks = slow.file(DATA_ID);
        slow.until(
                () -> {
                    syncAll(slow); // so that they begin
                    return Arrays.stream(slow.nodes)
                            .allMatch(each -> each.status().incarnation() != 0);
                });
        slow.await(slow.write(blocks, 0, value(1)));
        syncAll(slow);
        slow.until(() -> slow.nodes[one].group(primary).applied == 1);
        slow.await(slow.write(blocks, 0, value(2)));
        slow.held.hold(PREPARE, primary, one);
        slow.held.hold(LOG_END_REPLY, primary, one);
        slow.held.hold(LOG_END_REPLY, other, one);
        slow.kill(one, true);
        slow.start(one);
        slow.until(() -> slow.nodes[one].group(primary).isConfirmed());
        assertEquals(1, slow.nodes[one].group(primary).log.end(), "the write was not synced");
        assertNull(NodeReader.ask(slow, one, primary, DATA_ID).await());
    }

    private static void syncAll(final ClusterHarness cluster) {
        for (final MemoryBlockStore store : cluster.stores) {
            store.advance(store.endPosition(), store.endPosition());
        }
    }

    /** The write was acknowledged, and no member knows that any more. */
    @Test
    void whatIsInDoubtAfterAStartIsNotDenied() {
        written(1);
        final ClusterHarness.Result second = write(2);
        cluster.until(() -> group(one).log.end() == 2 && group(other).log.end() == 2);
        cluster.held.hold(PREPARE, primary, one);
        cluster.held.hold(PREPARE, primary, other);
        cluster.await(second);
        cluster.kill(primary, false);
        cluster.kill(other, false);
        cluster.wipe(other);
        cluster.held.release(PREPARE, primary, one); // from it the primary has its lease
        cluster.start(other);
        cluster.start(primary);
        cluster.until(this::isActive);
        cluster.run(500);
        final NodeReader atBackup = ask(one);
        final NodeReader atPrimary = ask(primary);
        cluster.run(15_000);
        cluster.held.release(PREPARE, primary, other);
        assertArrayEquals(value(2), atBackup.await());
        assertArrayEquals(value(2), atPrimary.await());
    }

    /** Without the primary, the backups answer as of what is in all their logs. */
    @Test
    void whatOthersMayHaveShownMeanwhileIsNotDenied() {
        written(1);
        cluster.held.hold(ACK, one, primary);
        write(2);
        cluster.until(() -> group(one).log.end() == 2 && group(other).log.end() == 2);
        cluster.held.hold(PREPARE, primary, one);
        cluster.held.hold(PREPARE, primary, other);
        cluster.run(25_000);
        assertArrayEquals(value(2), ask(one).await());
        cluster.held.release(PREPARE, primary, other); // the primary gets its lease again
        cluster.run(2_000);
        assertArrayEquals(value(2), ask(primary).await());
    }

    /** Acknowledgements that arrive late say nothing of whether the primary is heard now. */
    @Test
    void lateAcknowledgementsGiveNoLease() {
        written(1);
        cluster.held.hold(ACK, one, primary);
        cluster.held.hold(ACK, other, primary);
        write(2);
        cluster.until(() -> group(one).log.end() == 2 && group(other).log.end() == 2);
        cluster.run(5_000);
        cluster.held.hold(PREPARE, primary, one);
        cluster.held.hold(PREPARE, primary, other);
        final List<Message> late = cluster.held.release(ACK, other, primary);
        cluster.held.hold(ACK, other, primary);
        assertTrue(late.size() > 5);
        for (int i = 0; i < 5; i++) {
            cluster.run(4_500);
            cluster.deliver(late.subList(i, i + 1));
        }
        assertArrayEquals(value(2), ask(one).await());
        cluster.deliver(late.subList(5, 6));
        assertArrayEquals(value(2), ask(primary).await());
    }

    @Test
    void withoutThePrimaryReadsAreAsOfWhatIsInAllLogs() {
        written(1);
        writePending(2);
        cluster.kill(primary, false);
        cluster.run(25_000);
        assertArrayEquals(value(1), ask(one).await());
        assertArrayEquals(value(1), ask(other).await());
    }

    @Test
    void anAnswerWithoutTwoMembersSaysSo() {
        written(1);
        writePending(2);
        cluster.kill(primary, false);
        cluster.kill(other, false);
        cluster.run(25_000);
        final NodeReader reader = ask(one);
        assertArrayEquals(value(2), reader.await());
        assertTrue(reader.isDegraded());
    }

    @Test
    void aBackupTakesNoEntryThatIsDamaged() {
        written(1);
        cluster.held.hold(PREPARE, primary, one);
        final ClusterHarness.Result second = write(2);
        cluster.until(() -> group(other).log.end() == 2);
        final List<Message> late = cluster.held.release(PREPARE, primary, one);
        late.removeIf(message -> message.bytes().length < 4096); // heartbeats
        for (final Message each : late) {
            each.bytes()[each.bytes().length - 1000] ^= 1;
        }
        cluster.held.hold(PREPARE, primary, one); // it is sent again
        cluster.deliver(late);
        assertEquals(1, group(one).log.end());
        cluster.held.release(PREPARE, primary, one);
        cluster.await(second);
        cluster.mustConverge();
    }

    /**
     * What is not synced may be lost then; what was there before must not be: the index, which is
     * to be committed, has to wait.
     */
    @ParameterizedTest(name = "synced={0}")
    @ValueSource(booleans = {false, true})
    void aLossOfPowerLeavesWhatWasOverwrittenOrWhatOverwroteIt(final boolean synced) {
        final VolumeConfig alone =
                new VolumeConfig(11, 1, 1, 4096, ChecksumType.CRC32C, Durability.PROCESS);
        final ClusterHarness one = new ClusterHarness(alone, 1, 1, 1e-9);
        final FileBlocks blocks = one.file(DATA_ID);
        final ClusterHarness.Result first = one.write(blocks, 0, value(1));
        runSynced(one);
        assertTrue(first.ended);
        one.await(one.write(blocks, 0, value(2)));
        final MemoryBlockStore store = one.stores[0];
        final long end = store.endPosition();
        one.run(STEPS_OF_A_COMMIT);
        assertTrue(store.syncedPosition() < end, "what was written is synced");
        assertTrue(store.endPosition() > end, "no commit of the index was due");
        if (synced) {
            final long before = store.statistics().liveBytes();
            store.advance(store.endPosition(), store.endPosition());
            one.run(3);
            assertTrue(store.statistics().liveBytes() < before, "no commit waited for that");
        }
        one.kill(0, true);
        one.start(0);
        final byte[] read = new byte[4096];
        final ClusterHarness.Result result = one.read(blocks, 0, read);
        runSynced(one);
        assertTrue(result.ended, "it is not there any more");
        assertNull(result.error);
        assertArrayEquals(value(synced ? 2 : 1), read);
    }

    /** Runs, with a disk that syncs all that is written, until the index has been committed. */
    private static void runSynced(final ClusterHarness alone) {
        for (int i = 0; i < STEPS_OF_A_COMMIT; i++) {
            alone.stores[0].advance(alone.stores[0].endPosition(), alone.stores[0].endPosition());
            alone.step();
        }
    }

    /** A request of an entry that was pending in it would be answered, and never done. */
    @Test
    void whatALostLogHeldIsNotTakenForDoneAfterARestart() {
        written(1);
        writePending(2);
        assertFalse(group(one).results.isCommitted(ClusterHarness.SESSION, 2));
        cluster.kill(one, false);
        cluster.start(one);
        group(one).loseEverything(); // a log is lost at a start only
        cluster.until(() -> group(one).hasLog);
        cluster.run(20);
        cluster.held.hold(PREPARE, primary, one);
        cluster.kill(one, false);
        cluster.start(one);
        assertTrue(group(one).hasLog, "it has joined");
        assertTrue(group(one).results.isCommitted(ClusterHarness.SESSION, 1));
        assertFalse(group(one).results.isCommitted(ClusterHarness.SESSION, 2));
        cluster.held.release(PREPARE, primary, one);
        cluster.held.release(PREPARE, primary, other);
        cluster.mustConverge();
    }

    /** Another one hears the primary, which may be answering otherwise. */
    @Test
    void nobodyAnswersForAPrimaryThatAnotherOneHears() {
        written(1);
        cluster.held.hold(ACK, one, primary);
        write(2);
        cluster.until(() -> group(one).log.end() == 2 && group(other).log.end() == 2);
        cluster.held.hold(PREPARE, primary, one);
        cluster.run(25_000);
        assertNull(ask(one).await());
        assertArrayEquals(value(1), ask(other).await());
    }

    @Test
    void anIncarnationIsOfTheStartThatItWasGivenTo() {
        cluster.held.hold(REGISTERED, EndpointId.METADATA, one);
        cluster.kill(one, false);
        cluster.start(one);
        cluster.until(() -> cluster.held.has(REGISTERED, EndpointId.METADATA, one));
        cluster.kill(one, false);
        final List<Message> late = cluster.held.release(REGISTERED, EndpointId.METADATA, one);
        cluster.held.hold(REGISTERED, EndpointId.METADATA, one);
        cluster.run(10);
        cluster.start(one);
        cluster.deliver(late);
        assertEquals(0, cluster.nodes[one].status().incarnation());
    }

    /** Its storage was put back from an older copy, and the logs have let go of what it lacks. */
    @Test
    void aMemberThatJoinsCoversNothing() {
        written(1);
        cluster.kill(one, false);
        final MemoryBlockStore older = cluster.snapshot(one);
        cluster.start(one);
        cluster.mustConverge();
        written(2);
        cluster.kill(one, false);
        cluster.rollBack(one, older);
        cluster.held.hold(CHUNK, primary, one);
        cluster.held.hold(CHUNK, other, one);
        cluster.start(one);
        cluster.until(() -> group(one).log.low() == 2 && group(one).isConfirmed());
        final byte[] found = ask(one).await();
        assertTrue(found == null || Arrays.equals(value(2), found), "it is the old one");
    }

    @Test
    void aLateWriteFromBeforeACutIsRefused() {
        written(1);
        final FileBlocks before = cluster.file(DATA_ID);
        file.update(DATA_ID, 3, new long[] {3, 0});
        cluster.cutEverywhere(file);
        cluster.write(before, 0, value(2));
        cluster.run(2_000);
        assertEquals(0, ask(primary).await().length);
    }

    @Test
    void aCutThatAPrimaryHasForgottenIsNotDoneAgain() {
        file.update(DATA_ID, 1, new long[] {1, 0});
        cluster.cutEverywhere(file);
        written(1);
        cluster.held.hold(CHUNK, one, primary);
        cluster.held.hold(CHUNK, other, primary);
        lose(primary);
        cluster.until(this::isActive);
        file.update(DATA_ID, 2, new long[] {1, 0, 2, 1 << 20});
        final ClusterHarness.Result cut = new ClusterHarness.Result();
        cluster.client.trimStrip(file, primary, false, VolumeClient.NO_DEADLINE, cut);
        cluster.run(2_000);
        cluster.deliver(cluster.held.release(CHUNK, one, primary));
        cluster.deliver(cluster.held.release(CHUNK, other, primary));
        cluster.await(cut);
        assertArrayEquals(value(1), ask(one).await());
    }

    @Test
    void anAnswerFromBeforeACutDoesNotClaimToKnowIt() {
        written(1);
        file.update(DATA_ID, 1, new long[] {1, 1000});
        cluster.held.hold(PREPARE, primary, other);
        cluster.client.trimStrip(
                file, primary, false, VolumeClient.NO_DEADLINE, new ClusterHarness.Result());
        cluster.run(2_000);
        int before = 0;
        for (final int node : new int[] {primary, one, other}) {
            final NodeReader reader = ask(node);
            final boolean isBefore = reader.await().length > 1000;
            assertEquals(isBefore ? 0 : 1, reader.cut(), "of node " + node);
            before += isBefore ? 1 : 0;
        }
        assertTrue(before > 0, "nobody answered while the cut was pending");
    }

    /** The value 1, into which ten bytes were written. */
    private static byte[] withThePart() {
        final byte[] expected = value(1);
        Arrays.fill(expected, 100, 110, (byte) 0);
        return expected;
    }

    /** A write of a part waits for the unit also when it is known where the strip was cut. */
    @Test
    void aPartIsNotMergedOntoWhatIsUnknown() {
        written(1);
        cluster.held.hold(CHUNK, one, primary);
        cluster.held.hold(CHUNK, other, primary);
        lose(primary);
        cluster.until(this::isActive);
        final ClusterHarness.Result part = cluster.write(file, 100, new byte[10]);
        final long last = KeyRanges.END_UNIT - 1;
        while (!group(primary).coverage.covers(DATA_ID, last, last + 1)) {
            cluster.until(() -> cluster.held.has(DirectedScheduleTest::tellsOnlyTheCut));
            cluster.deliver(cluster.held.take(DirectedScheduleTest::tellsOnlyTheCut));
        }
        assertFalse(group(primary).coverage.covers(DATA_ID, 0, 1), "its unit is known, too");
        cluster.run(20_000);
        assertFalse(part.ended, "what is around it was not known");
        cluster.deliver(cluster.held.release(CHUNK, one, primary));
        cluster.deliver(cluster.held.release(CHUNK, other, primary));
        cluster.await(part);
        cluster.until(() -> group(one).watermark == 2);
        assertArrayEquals(withThePart(), ask(one).await());
    }

    /** Whether a message is a chunk of what is behind all units: it is asked for before a write. */
    private static boolean tellsOnlyTheCut(final Message message) {
        final UnsafeBuffer bytes = new UnsafeBuffer(message.bytes());
        final MessageHeaderDecoder header = new MessageHeaderDecoder();
        return header.wrap(bytes, 0).templateId() == CHUNK
                && new ChunkDecoder().wrapAndApplyHeader(bytes, 0, header).fromUnit()
                        == KeyRanges.END_UNIT - 1;
    }

    @Test
    void aPartIsNotMergedOntoWhatIsDamaged() {
        written(1);
        assertTrue(cluster.stores[primary].flipBit(primary, DATA_ID, 0));
        cluster.write(file, 100, new byte[10]);
        cluster.until(() -> group(one).watermark == 2);
        assertArrayEquals(withThePart(), ask(one).await());
    }

    /** Runs on disks that write and sync all, but for one that does not sync, or not even write. */
    private static void run(final ClusterHarness slow, final int laggard, final boolean writes) {
        for (int i = 0; i < 3_000; i++) {
            for (int node = 0; node < 3; node++) {
                final MemoryBlockStore store = slow.stores[node];
                final long end = store.endPosition();
                if (node != laggard || writes) {
                    store.advance(end, node == laggard ? 0 : end);
                }
            }
            slow.step();
        }
    }

    /** It had sent it to the backups, which showed it while the primary was gone. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void whatAKilledPrimaryHadNotWrittenIsNotDenied(final Durability durability) {
        final VolumeConfig config =
                new VolumeConfig(11, 3, 3, 4096, ChecksumType.CRC32C, durability);
        final ClusterHarness slow = new ClusterHarness(config, 1, 0, 1e-9);
        runLong(slow);
        final ClusterHarness.Result first = slow.write(slow.file(DATA_ID), 0, value(1));
        runLong(slow);
        assertTrue(first.ended);
        slow.write(slow.file(DATA_ID), 0, value(2));
        run(slow, primary, false);
        slow.kill(primary, false);
        runLong(slow);
        final NodeReader atBackup = NodeReader.ask(slow, one, primary, DATA_ID);
        assertArrayEquals(value(2), atBackup.await());
        assertFalse(atBackup.isDegraded());

        slow.held.hold(TESTIMONY, other, primary);
        slow.start(primary);
        runLong(slow);
        final Group group = slow.nodes[primary].group(primary);
        assertEquals(List.of(1L, 1L), List.of(group.watermark, group.log.end()));
        assertNull(NodeReader.ask(slow, primary, primary, DATA_ID).await(), "there is more");

        slow.kill(primary, false);
        slow.kill(one, false);
        slow.start(primary);
        runLong(slow);
        final NodeReader alone = NodeReader.ask(slow, primary, primary, DATA_ID);
        assertArrayEquals(value(1), alone.await());
        assertTrue(alone.isDegraded(), "nobody has said that there is no more");
    }

    private static void runLong(final ClusterHarness slow) {
        for (int i = 0; i < 8; i++) {
            run(slow, -1, true);
        }
    }

    private void countsOnlyWhatIsOnTheDisk(final Durability durability, final int laggard) {
        final VolumeConfig config =
                new VolumeConfig(11, 3, 3, 4096, ChecksumType.CRC32C, durability);
        final ClusterHarness slow = new ClusterHarness(config, 1, 0, 1e-9);
        final int none = -1;
        run(slow, none, true);
        final ClusterHarness.Result result = slow.write(slow.file(DATA_ID), 0, value(1));
        run(slow, laggard, durability == Durability.DISK);
        assertFalse(result.ended, "acknowledged, and not where it should be");
        run(slow, none, true);
        assertTrue(result.ended);
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void aBackupsCopyCountsWhenItIsOnTheDisk(final Durability durability) {
        countsOnlyWhatIsOnTheDisk(durability, one);
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void thePrimarysCopyCountsWhenItIsOnTheDisk(final Durability durability) {
        countsOnlyWhatIsOnTheDisk(durability, primary);
    }
}
