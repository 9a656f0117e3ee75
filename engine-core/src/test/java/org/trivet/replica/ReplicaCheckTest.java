package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.BlockStore;
import org.trivet.store.Claim;
import org.trivet.transport.EndpointId;
import org.trivet.wire.BlockRequestPublisher;
import org.trivet.wire.sbe.ChunkDecoder;
import org.trivet.wire.sbe.DiffersDecoder;
import org.trivet.wire.sbe.DiffersEncoder;
import org.trivet.wire.sbe.DigestQueryEncoder;
import org.trivet.wire.sbe.DigestReplyDecoder;
import org.trivet.wire.sbe.DigestReplyEncoder;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.nio.ByteOrder;
import java.util.Random;
import java.util.function.Consumer;

/** Copies that differ though each is good by itself are found, counted and mended. */
class ReplicaCheckTest {
    private static final int LENGTH = 4096;
    private static final int NODES = 4;
    private static final int BLOCKS = 200;
    private static final int STEPS_PER_SECOND = 10_000;

    /** In which a pass that is wanted begins. */
    private static final int SETTLING_STEPS = 100;

    private static final long DATA_ID = 77;
    private static final long UNIT = 7;
    private static final int STRANGER = EndpointId.FIRST_CLIENT + 9;

    private final ClusterHarness cluster =
            new ClusterHarness(
                    new VolumeConfig(11, NODES, 3, LENGTH, ChecksumType.CRC32C, Durability.PROCESS),
                    1);
    private final FileBlocks file = cluster.file(DATA_ID);
    private final int group = Placement.startGroup(DATA_ID, NODES);
    private final int primary = group;
    private final int one = (group + 1) % NODES;
    private final int other = (group + 2) % NODES;
    private final byte[] bytes = new byte[BLOCKS * LENGTH];

    @BeforeEach
    void fill() {
        new Random(1).nextBytes(bytes);
        for (int at = 0; at < BLOCKS; at += 50) { // several versions
            final byte[] part = new byte[50 * LENGTH];
            System.arraycopy(bytes, at * LENGTH, part, 0, part.length);
            cluster.await(cluster.write(file, (long) at * LENGTH, part));
        }
        cluster.mustConverge();
        cluster.scrubBytesPerSecond = 64 << 20;
        for (int each = 0; each < NODES; each++) {
            cluster.stop(each);
        }
        for (int each = 0; each < NODES; each++) {
            cluster.start(each);
        }
        scrub();
        assertEquals(0, cluster.count(Counter.FOUND_DIFFERING));
        assertTrue(cluster.count(Counter.RANGES_COMPARED) > 0);
    }

    private byte[] read() {
        final byte[] into = new byte[bytes.length];
        cluster.await(cluster.read(file, 0, into));
        return into;
    }

    private void scrub() {
        for (int each = 0; each < NODES; each++) {
            cluster.nodes[each].scrubNow();
        }
        cluster.run(SETTLING_STEPS);
        for (int each = 0; each < NODES; each++) {
            final int node = each;
            cluster.until(() -> !status(node).isUnderWay());
        }
    }

    private NodeStatus.ScrubStatus status(final int node) {
        return cluster.nodes[node].status().scrub();
    }

    private StoredCopy copy(final int node, final long unit) {
        return cluster.nodes[node].inspect(group, DATA_ID, unit, unit + 1);
    }

    private void mustBeMended(final StoredCopy as, final long unit) {
        for (final int node : new int[] {primary, one, other}) {
            final StoredCopy copy = copy(node, unit);
            assertEquals(as.state(), copy.state(), () -> "node " + node);
            assertEquals(as.version(), copy.version(), () -> "node " + node);
            assertEquals(as.hash(), copy.hash(), () -> "node " + node);
        }
        cluster.mustConverge();
        assertArrayEquals(bytes, read());
    }

    /** A unit of another version, or with other bytes, that matches its checksum. */
    private void replace(final int node, final long unit, final long version, final int fill) {
        final BlockStore store = cluster.stores[node];
        final UnsafeBuffer data = new UnsafeBuffer(new byte[LENGTH]);
        data.setMemory(0, LENGTH, (byte) fill);
        final UnsafeBuffer sums = new UnsafeBuffer(new byte[4]);
        ChecksumType.CRC32C
                .newChecksum()
                .compute(DATA_ID, group, unit, LENGTH, data, 0, LENGTH, sums, 0);
        final EntryEncoder row = new EntryEncoder();
        final UnsafeBuffer record = new UnsafeBuffer(new byte[2 * LENGTH]);
        row.wrapAndApplyHeader(record, 0, new MessageHeaderEncoder())
                .epoch(0)
                .sequence(version)
                .session(0)
                .request(0)
                .lowestOpen(0)
                .dataId(DATA_ID)
                .cut(0)
                .firstUnit(unit)
                .endUnit(unit + 1)
                .group(group)
                .kind(EntryKind.ROW)
                .putChecksums(sums, 0, 4)
                .putPayload(data, 0, LENGTH);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + row.encodedLength();
        final Claim claim = new Claim();
        assertTrue(store.claim(length, claim));
        claim.buffer().putBytes(claim.offset(), record, 0, length);
        final long position = store.commit(claim);
        store.requestSync(position + 1);
        cluster.until(() -> store.syncedPosition() > position);
        store.removeRows(group, DATA_ID, unit, DATA_ID, unit + 1, Long.MAX_VALUE);
        store.applyWrite(group, version, DATA_ID, unit, unit + 1, LENGTH, position);
    }

    private void lose(final int node, final long unit) {
        cluster.stores[node].removeRows(group, DATA_ID, unit, DATA_ID, unit + 1, Long.MAX_VALUE);
    }

    @ParameterizedTest(name = "at copy {0}")
    @CsvSource({"0", "1", "2"})
    void anOldVersionGivesWayToTheNewest(final int at) {
        final int node = (group + at) % NODES;
        final StoredCopy good = copy(primary, 40);
        assertTrue(good.version() > 1);
        replace(node, 40, 1, 99);
        assertEquals(StoredCopy.State.GOOD, copy(node, 40).state());
        scrub();
        mustBeMended(good, 40);
        assertEquals(1, cluster.count(Counter.FOUND_DIFFERING));
        assertEquals(new NodeStatus.ScrubFound(0, 1, 1, 0), status(primary).found());
    }

    @ParameterizedTest(name = "at copy {0}")
    @CsvSource({"0", "1", "2"})
    void otherContentsOfTheSameVersionGiveWayToWhatMostHave(final int at) {
        final int node = (group + at) % NODES;
        final StoredCopy good = copy(primary, UNIT);
        replace(node, UNIT, good.version(), 99);
        scrub();
        mustBeMended(good, UNIT);
        assertEquals(1, cluster.count(Counter.FOUND_DIFFERING));
    }

    @ParameterizedTest(name = "at copy {0}")
    @CsvSource({"0", "1", "2"})
    void aRowThatIsLostWithoutATraceComesBack(final int at) {
        final int node = (group + at) % NODES;
        final StoredCopy good = copy(primary, UNIT);
        lose(node, UNIT);
        assertEquals(StoredCopy.State.HOLE, copy(node, UNIT).state());
        scrub();
        mustBeMended(good, UNIT);
        assertEquals(1, cluster.count(Counter.FOUND_DIFFERING));
    }

    @ParameterizedTest(name = "at copy {0}")
    @CsvSource({"0", "1", "2"})
    void whatOneMemberAloneHasGoes(final int at) {
        final StoredCopy hole = copy(primary, 1000);
        assertEquals(StoredCopy.State.HOLE, hole.state());
        replace((group + at) % NODES, 1000, 1, 99);
        scrub();
        mustBeMended(hole, 1000);
        assertEquals(1, cluster.count(Counter.FOUND_DIFFERING));
    }

    @Test
    void theNewestVersionWinsThoughTwoMembersHaveAnOldOne() {
        final StoredCopy good = copy(one, 40);
        replace(primary, 40, 1, 99);
        replace(other, 40, 1, 99);
        scrub();
        mustBeMended(good, 40);
        assertEquals(2, cluster.count(Counter.FOUND_DIFFERING));
    }

    @Test
    void differencesOfAllMembersInOneRangeAreMendedEachFromWhoHasItRight() {
        final StoredCopy[] good = new StoredCopy[50];
        for (int unit = 0; unit < 50; unit++) {
            good[unit] = copy(primary, unit);
        }
        for (int unit = 0; unit < 50; unit += 2) {
            final int node = (group + unit / 2 % 3) % NODES;
            if (unit % 4 == 0) {
                lose(node, unit);
            } else {
                replace(node, unit, good[unit].version(), unit);
            }
        }
        scrub();
        for (int unit = 0; unit < 50; unit++) {
            mustBeMended(good[unit], unit);
        }
        assertEquals(25, cluster.count(Counter.FOUND_DIFFERING));
        assertEquals(new NodeStatus.ScrubFound(0, 25, 25, 0), status(primary).found());
        scrub();
        assertEquals(25, cluster.count(Counter.FOUND_DIFFERING));
        assertEquals(new NodeStatus.ScrubFound(0, 25, 25, 0), status(primary).foundBefore());
    }

    @Test
    void whatIsBeingWrittenDoesNotDiffer() {
        for (int round = 0; round < 20; round++) {
            for (int each = 0; each < NODES; each++) {
                cluster.nodes[each].scrubNow();
            }
            for (int i = 0; i < 50; i++) {
                final int at = (i * 7 + round) % BLOCKS;
                final byte[] block = new byte[LENGTH];
                new Random(round * 100L + i).nextBytes(block);
                System.arraycopy(block, 0, bytes, at * LENGTH, LENGTH);
                cluster.write(file, (long) at * LENGTH, block);
                cluster.run(i % 3 + 1);
            }
            cluster.run(200);
        }
        cluster.mustConverge();
        assertEquals(0, cluster.count(Counter.FOUND_DIFFERING));
        assertArrayEquals(bytes, read());
    }

    /**
     * While it is on its way the member has got what is right, and then everybody else loses it.
     */
    @Test
    void whoIsToldLateThatItDiffersKeepsWhatItHasGot() {
        final StoredCopy good = copy(primary, UNIT);
        cluster.held.hold(DiffersDecoder.TEMPLATE_ID, primary, one);
        lose(one, UNIT);
        cluster.nodes[primary].scrubNow();
        cluster.until(() -> cluster.held.has(DiffersDecoder.TEMPLATE_ID, primary, one));
        new BlockRequestPublisher(cluster.volume.volumeId(), cluster.open(STRANGER))
                .sendRepair(one, group, DATA_ID, UNIT, 1);
        cluster.until(() -> copy(one, UNIT).state() == StoredCopy.State.GOOD);
        cluster.held.hold(ChunkDecoder.TEMPLATE_ID, primary, one);
        cluster.held.hold(ChunkDecoder.TEMPLATE_ID, other, one);
        cluster.deliver(cluster.held.release(DiffersDecoder.TEMPLATE_ID, primary, one));
        cluster.run(STEPS_PER_SECOND / 10);
        assertEquals(StoredCopy.State.GOOD, copy(one, UNIT).state());
        mustBeMended(good, UNIT);
    }

    @Test
    void whatCannotBeComparedIsPassedOverAndSaid() {
        cluster.stop(other);
        cluster.nodes[primary].scrubNow();
        cluster.run(4 * STEPS_PER_SECOND);
        assertFalse(status(primary).isUnderWay());
        assertTrue(status(primary).found().notCompared() > 0);
        lose(one, UNIT);
        cluster.start(other);
        cluster.run(STEPS_PER_SECOND);
        scrub();
        assertEquals(new NodeStatus.ScrubFound(0, 1, 1, 0), status(primary).found());
        cluster.mustConverge();
    }

    @Test
    void aDifferenceIsFoundAgainAfterARestartInTheMiddleOfIt() {
        final StoredCopy good = copy(primary, UNIT);
        cluster.held.hold(DiffersDecoder.TEMPLATE_ID, primary, one);
        lose(one, UNIT);
        cluster.nodes[primary].scrubNow();
        cluster.until(() -> cluster.held.has(DiffersDecoder.TEMPLATE_ID, primary, one));
        cluster.stop(primary);
        cluster.held.release(DiffersDecoder.TEMPLATE_ID, primary, one);
        cluster.start(primary);
        cluster.until(
                () ->
                        status(primary).found().differing() == 1
                                && copy(one, UNIT).state() == StoredCopy.State.GOOD);
        cluster.run(STEPS_PER_SECOND);
        mustBeMended(good, UNIT);
        assertEquals(new NodeStatus.ScrubFound(0, 1, 1, 0), status(primary).found());
    }

    // ---- what nobody can mean

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();

    /** Sends what was encoded; how many messages the receiver has refused of it. */
    private long refused(final int to, final int length) {
        final Counter counter = Counter.MESSAGES_REFUSED;
        final long before = cluster.nodes[to].counters().get(counter);
        final ClusterHarness.Endpoint stranger = cluster.open(STRANGER);
        stranger.offer(to, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + length);
        cluster.run(3);
        stranger.close();
        return cluster.nodes[to].counters().get(counter) - before;
    }

    private long differs(
            final int from, final long first, final long end, final int right, final long dataId) {
        final DiffersEncoder differs =
                new DiffersEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .volumeId(11)
                        .source(from)
                        .group(group)
                        .rightCopy(right)
                        .dataId(dataId)
                        .firstUnit(first)
                        .endUnit(end)
                        .digest(4);
        return refused(one, differs.encodedLength());
    }

    @Test
    void onlyThePrimaryTellsOfDifferencesThatThereCanBe() {
        assertEquals(0, differs(primary, 7, 8, 2, DATA_ID), "it is possible, and does nothing");
        assertEquals(1, differs(other, 7, 8, 2, DATA_ID), "not the primary");
        assertEquals(1, differs(primary, 7, 7, 2, DATA_ID), "no units");
        assertEquals(1, differs(primary, 8, 7, 2, DATA_ID));
        assertEquals(1, differs(primary, -1, 7, 2, DATA_ID));
        assertEquals(1, differs(primary, 0, 1025, 2, DATA_ID), "more than are ever listed");
        assertEquals(1, differs(primary, 1, Long.MIN_VALUE, 2, DATA_ID));
        assertEquals(1, differs(primary, 7, 8, 1, DATA_ID), "its own copy");
        assertEquals(1, differs(primary, 7, 8, 3, DATA_ID), "no such copy");
        assertEquals(1, differs(primary, 7, 8, 2, -1), "no such strip");
        assertEquals(StoredCopy.State.GOOD, copy(one, UNIT).state());
        assertEquals(0, cluster.count(Counter.REPAIRS));
    }

    @Test
    void onlyThePrimaryAsksForARangeThatHasSomethingInIt() {
        final DigestQueryEncoder query =
                new DigestQueryEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .volumeId(11)
                        .source(primary)
                        .group(group)
                        .query(1)
                        .fromDataId(0)
                        .fromUnit(0)
                        .toDataId(-1)
                        .toUnit(Long.MAX_VALUE)
                        .listed((short) 1);
        assertEquals(0, refused(one, query.encodedLength()));
        query.source(other);
        assertEquals(1, refused(one, query.encodedLength()));
        query.source(primary).toDataId(0).toUnit(0);
        assertEquals(1, refused(one, query.encodedLength()), "nothing is in it");
        query.toDataId(-1).toUnit(-1);
        assertEquals(1, refused(one, query.encodedLength()));
        query.toUnit(Long.MAX_VALUE).listed((short) 2);
        assertEquals(1, refused(one, query.encodedLength()), "neither listed nor not");
    }

    /** What a member answers is changed on its way; the number of messages that are refused. */
    private long refusedReply(final Consumer<DigestReplyEncoder> change, final long... list) {
        lose(one, UNIT);
        cluster.held.hold(DigestReplyDecoder.TEMPLATE_ID, one, primary);
        cluster.nodes[primary].scrubNow();
        cluster.until(() -> cluster.held.has(DigestReplyDecoder.TEMPLATE_ID, one, primary));
        final byte[] bytes =
                cluster.held
                        .release(DigestReplyDecoder.TEMPLATE_ID, one, primary)
                        .getFirst()
                        .bytes();
        buffer.putBytes(0, bytes);
        final DigestReplyEncoder reply =
                new DigestReplyEncoder().wrap(buffer, MessageHeaderEncoder.ENCODED_LENGTH);
        change.accept(reply);
        final UnsafeBuffer units = new UnsafeBuffer(new byte[list.length * Long.BYTES]);
        for (int i = 0; i < list.length; i++) {
            units.putLong(i * Long.BYTES, list[i], ByteOrder.LITTLE_ENDIAN);
        }
        reply.putUnits(units, 0, units.capacity());
        final long refused = refused(primary, reply.encodedLength());
        scrub();
        cluster.mustConverge();
        return refused;
    }

    @Test
    void anAnswerThatNobodyCanGiveIsRefused() {
        assertEquals(0, refusedReply(_ -> {}), "it is as it was");
        assertEquals(1, refusedReply(reply -> reply.applied(-1)));
        assertEquals(1, refusedReply(reply -> reply.applied(1L << 40)), "beyond all logs");
        assertEquals(1, refusedReply(reply -> reply.fromUnit(3)), "not what was asked for");
        assertEquals(1, refusedReply(reply -> reply.toDataId(0).toUnit(0)), "nothing is in it");
        assertEquals(1, refusedReply(reply -> reply.source(STRANGER)));
        assertEquals(1, refusedReply(_ -> {}, 77, 1, 1), "no whole unit");
        assertEquals(1, refusedReply(_ -> {}, 77, 1, 0, 0), "no version");
        assertEquals(1, refusedReply(_ -> {}, 77, -1, 1, 0), "no unit");
        assertEquals(1, refusedReply(_ -> {}, 77, 2, 1, 0, 77, 1, 1, 0), "in no order");
        assertEquals(1, refusedReply(_ -> {}, 77, 1, 1, 0), "no list was asked for");
    }
}
