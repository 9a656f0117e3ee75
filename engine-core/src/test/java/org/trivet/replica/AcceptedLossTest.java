package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.trivet.ErrorCode;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;
import org.trivet.client.FileMap;
import org.trivet.wire.sbe.AckDecoder;
import org.trivet.wire.sbe.ChunkDecoder;
import org.trivet.wire.sbe.LackQueryDecoder;
import org.trivet.wire.sbe.LackReplyDecoder;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What no member has any more, and its being given up. */
class AcceptedLossTest {
    private static final int LENGTH = 512;
    private static final int NODES = 4;
    private static final int UNITS = 50;
    private static final long DATA_ID = 77;
    private static final long UNUSED = 100;
    private static final int LACK_QUERY = LackQueryDecoder.TEMPLATE_ID;
    private static final int LACK_REPLY = LackReplyDecoder.TEMPLATE_ID;
    private static final int CHUNK = ChunkDecoder.TEMPLATE_ID;
    private static final int ACK = AckDecoder.TEMPLATE_ID;

    private final ClusterHarness cluster =
            new ClusterHarness(
                    new VolumeConfig(11, NODES, 3, LENGTH, ChecksumType.CRC32C, Durability.PROCESS),
                    1);
    private final FileBlocks file = cluster.file(DATA_ID);
    private final int group = Placement.startGroup(DATA_ID, NODES);
    private final int one = member(1);
    private final int other = member(2);
    private final byte[] bytes = new byte[UNITS * NODES * LENGTH];

    AcceptedLossTest() {
        new Random(1).nextBytes(bytes);
        cluster.await(cluster.write(file, 0, bytes));
        cluster.mustConverge();
    }

    private int member(final int copy) {
        return (group + copy) % NODES;
    }

    private void damage(final int node, final long unit) {
        assertTrue(cluster.stores[node].flipBit(group, DATA_ID, unit));
        at(node).onRepair(DATA_ID, unit, unit + 1);
    }

    private Group at(final int node) {
        return cluster.nodes[node].group(group);
    }

    private void loseEverywhere(final long unit) {
        for (int copy = 0; copy < 3; copy++) {
            damage(member(copy), unit);
        }
        cluster.run(2_000);
        for (int copy = 0; copy < 3; copy++) {
            assertFalse(at(member(copy)).coverage.covers(DATA_ID, unit, unit + 1));
        }
    }

    private void accept(final LostRange range) {
        cluster.nodes[group].acceptLoss(List.of(range), UNUSED);
    }

    private boolean isConcluded() {
        return !cluster.nodes[group].primary().losses.isUnderWay();
    }

    private void acceptAndConclude(final LostRange range) {
        accept(range);
        cluster.until(this::isConcluded);
    }

    private static long offsetOf(final long unit) {
        return unit * NODES * LENGTH;
    }

    private ClusterHarness.Result read(final long unit, final byte[] into) {
        return cluster.read(file, offsetOf(unit), into);
    }

    private void assertLost(final long unit) {
        final ClusterHarness.Result result = read(unit, new byte[LENGTH]);
        cluster.until(() -> result.ended);
        assertEquals(ErrorCode.LOST, result.error.code());
        assertTrue(
                result.error.getMessage().contains("block " + unit * NODES),
                result.error.getMessage());
    }

    private void assertReads(final long unit, final byte[] expected) {
        final byte[] read = new byte[LENGTH];
        cluster.await(read(unit, read));
        assertArrayEquals(expected, read);
    }

    private byte[] original(final long unit) {
        final int from = (int) offsetOf(unit);
        return Arrays.copyOfRange(bytes, from, from + LENGTH);
    }

    private static byte[] value(final int seed) {
        final byte[] bytes = new byte[LENGTH];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void aReadOfWhatIsLostWaitsUntilItIsGivenUpAndThenSaysSo() {
        loseEverywhere(7);
        final ClusterHarness.Result waiting = read(7, new byte[LENGTH]);
        cluster.run(30_000);
        assertFalse(waiting.ended);
        acceptAndConclude(LostRange.ofStrip(group, DATA_ID));
        assertEquals(
                List.of(new LostRange(group, DATA_ID, 7, DATA_ID, 8)),
                cluster.nodes[group].acceptedLosses());
        cluster.until(() -> waiting.ended);
        assertEquals(ErrorCode.LOST, waiting.error.code());
        assertReads(6, original(6));
        assertReads(8, original(8));
        cluster.mustConverge();
        for (int copy = 0; copy < 3; copy++) {
            assertEquals(
                    StoredCopy.State.GIVEN_UP,
                    cluster.nodes[member(copy)].inspect(group, DATA_ID, 7, 8).state());
        }
    }

    @Test
    void whatIsGivenUpStaysSoThroughRestartsAndRebuilds() {
        loseEverywhere(7);
        acceptAndConclude(LostRange.ofStrip(group, DATA_ID));
        cluster.mustConverge();
        for (int node = 0; node < NODES; node++) {
            cluster.kill(node, true);
        }
        for (int node = 0; node < NODES; node++) {
            cluster.start(node);
        }
        cluster.mustConverge();
        assertLost(7);
        for (int copy = 0; copy < 3; copy++) {
            cluster.kill(member(copy), false);
            cluster.wipe(member(copy));
            cluster.start(member(copy));
            cluster.mustConverge();
            assertLost(7);
        }
        assertReads(8, original(8));
    }

    @Test
    void itEndsWhenTheUnitIsWrittenOrTrimmed() {
        loseEverywhere(7);
        loseEverywhere(9);
        acceptAndConclude(LostRange.ofStrip(group, DATA_ID));
        final ClusterHarness.Result part = cluster.write(file, offsetOf(7) + 8, new byte[8]);
        cluster.until(() -> part.ended);
        assertEquals(ErrorCode.LOST, part.error.code());
        cluster.await(cluster.write(file, offsetOf(7), value(2)));
        cluster.await(cluster.trim(file, offsetOf(9), LENGTH));
        assertReads(7, value(2));
        assertReads(9, new byte[LENGTH]);
        cluster.mustConverge();
        assertEquals(0, cluster.nodes[one].status().groups().get(1).givenUpRanges());
    }

    @Test
    void whatIsWrittenAnewIsKnownThoughItWasLost() {
        loseEverywhere(7);
        cluster.await(cluster.write(file, offsetOf(7), value(2)));
        assertReads(7, value(2));
        acceptAndConclude(LostRange.ofGroup(group));
        assertEquals(List.of(), cluster.nodes[group].acceptedLosses());
        assertReads(7, value(2));
        cluster.mustConverge();
    }

    @Test
    void aMemberThatIsDownIsWaitedForAndMayHaveIt() {
        cluster.kill(other, false);
        damage(group, 7);
        damage(one, 7);
        cluster.run(2_000);
        accept(LostRange.ofGroup(group));
        cluster.run(30_000);
        assertFalse(isConcluded());
        assertEquals(List.of(other), cluster.nodes[group].status().waitingFor());
        cluster.start(other);
        cluster.until(this::isConcluded);
        assertEquals(List.of(), cluster.nodes[group].acceptedLosses());
        assertReads(7, original(7));
        cluster.mustConverge();
    }

    /** One lacks it when it is asked, gets it from the other, which loses it, and is asked then. */
    @Test
    void aCopyThatMovesWhileTheMembersAreAskedIsNotLost() {
        damage(group, 7);
        cluster.held.hold(CHUNK, one, group);
        cluster.held.hold(CHUNK, other, group);
        cluster.held.hold(CHUNK, other, one);
        cluster.held.hold(CHUNK, one, other);
        damage(one, 7);
        cluster.held.hold(LACK_QUERY, group, other);
        accept(LostRange.ofGroup(group));
        cluster.run(20);
        assertFalse(at(one).coverage.covers(DATA_ID, 7, 8));
        cluster.held.release(CHUNK, other, one);
        cluster.until(() -> at(one).coverage.covers(DATA_ID, 7, 8));
        damage(other, 7);
        cluster.deliver(cluster.held.release(LACK_QUERY, group, other));
        cluster.run(20_000);
        cluster.held.release(CHUNK, one, group);
        cluster.held.release(CHUNK, other, group);
        cluster.held.release(CHUNK, one, other);
        cluster.until(this::isConcluded);
        assertEquals(List.of(), cluster.nodes[group].acceptedLosses());
        assertReads(7, original(7));
        cluster.mustConverge();
    }

    @Test
    void whatAPendingWriteBringsIsNotGivenUp() {
        loseEverywhere(7);
        cluster.held.hold(ACK, one, group);
        final ClusterHarness.Result write = cluster.write(file, offsetOf(7), value(2));
        cluster.until(() -> at(other).log.end() > at(other).applied);
        acceptAndConclude(LostRange.ofGroup(group));
        assertEquals(List.of(), cluster.nodes[group].acceptedLosses());
        cluster.deliver(cluster.held.release(ACK, one, group));
        cluster.await(write);
        assertReads(7, value(2));
        cluster.mustConverge();
    }

    /** The answers to the first question come before the unit is lost, and again after. */
    @Test
    void anAnswerCountsOnce() {
        damage(group, 7);
        cluster.held.hold(CHUNK, one, group);
        cluster.held.hold(CHUNK, other, group);
        cluster.held.hold(LACK_REPLY, one, group);
        accept(LostRange.ofGroup(group));
        cluster.until(() -> cluster.held.has(LACK_REPLY, one, group));
        damage(one, 7);
        damage(other, 7);
        cluster.run(2_000);
        cluster.deliver(cluster.held.release(LACK_REPLY, one, group));
        cluster.until(this::isConcluded);
        assertEquals(List.of(), cluster.nodes[group].acceptedLosses());
    }

    @Test
    void aGroupOfWhichNobodyHasALogBeginsAnewAndGivesAllUp() {
        for (int copy = 0; copy < 3; copy++) {
            cluster.kill(member(copy), false);
            cluster.wipe(member(copy));
        }
        for (int copy = 0; copy < 3; copy++) {
            cluster.start(member(copy));
        }
        final ClusterHarness.Result waiting = cluster.write(file, offsetOf(3), value(3));
        cluster.run(30_000);
        assertFalse(waiting.ended);
        acceptAndConclude(LostRange.ofGroup(group));
        cluster.until(() -> waiting.ended);
        assertNull(waiting.error);
        assertReads(3, value(3));
        assertLost(7);
        final FileMap map = cluster.map(file, 0);
        assertEquals(0, map.nextData(0));
        assertEquals(FileMap.NONE, map.knownEnd());
        final FileBlocks fresh = cluster.file(UNUSED + 1);
        final byte[] nothing = new byte[NODES * LENGTH];
        final byte[] read = new byte[NODES * LENGTH];
        for (int each = 0; each < NODES; each++) {
            if (each != group) {
                cluster.nodes[each].acceptLoss(List.of(LostRange.ofGroup(each)), UNUSED);
            }
        }
        cluster.await(cluster.read(fresh, 0, read));
        assertArrayEquals(nothing, read);
        cluster.mustConverge();
    }

    @Test
    void nothingIsGivenUpOfAGroupThatIsWhole() {
        acceptAndConclude(LostRange.ofGroup(group));
        assertEquals(List.of(), cluster.nodes[group].acceptedLosses());
        assertReads(7, original(7));
    }
}
