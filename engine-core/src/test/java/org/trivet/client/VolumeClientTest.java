package org.trivet.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.Refusal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

class VolumeClientTest {
    private static final long DATA_ID = 77;
    private static final long MILLI = 1_000_000L;

    private VolumeConfig volume;
    private FakeCluster cluster;
    private Transport transport;
    private VolumeClient client;
    private FileBlocks file;
    private long nowNs = 1;
    private Runnable onRefresh = () -> {};

    private void build(final int blockLength, final int nodeCount, final long seed) {
        build(blockLength, nodeCount, ChecksumType.CRC32C, seed);
    }

    private void build(
            final int blockLength, final int nodeCount, final ChecksumType type, final long seed) {
        volume = new VolumeConfig(9, nodeCount, 3, blockLength, type, VolumeConfig.Durability.DISK);
        cluster = new FakeCluster(volume, seed);
        transport = cluster.transport();
        client =
                new VolumeClient(
                        volume, VolumeClientConfig.of(seed), transport, this::refresh, nowNs);
        client.onSession(5);
        file = new FileBlocks(2, nodeCount);
        file.update(DATA_ID, 0, new long[0]);
    }

    private void refresh(final FileBlocks refreshed, final Completion<Void> done) {
        onRefresh.run();
        done.succeeded(null);
    }

    private static final class Result implements OperationHandler {
        boolean ended;
        long value;
        TrivetException error;

        @Override
        public void completed(final long result) {
            assertFalse(ended);
            ended = true;
            value = result;
        }

        @Override
        public void failed(final TrivetException failure) {
            assertFalse(ended);
            ended = true;
            error = failure;
        }
    }

    private void cycle() {
        nowNs += MILLI;
        client.doWork(nowNs);
        transport.poll(
                (buffer, offset, length) -> assertTrue(client.onMessage(buffer, offset, length)),
                1000);
    }

    private void await(final Result result) {
        for (int i = 0; i < 100_000 && !result.ended; i++) {
            cycle();
        }
        assertTrue(result.ended, "never ended");
    }

    private void run(final long ms) {
        for (long i = 0; i < ms; i++) {
            cycle();
        }
    }

    private Result write(final long offset, final byte[] bytes) {
        return write(offset, bytes, VolumeClient.NO_DEADLINE);
    }

    private Result write(final long offset, final byte[] bytes, final long deadlineNs) {
        final Result result = new Result();
        client.write(file, offset, new UnsafeBuffer(bytes), 0, bytes.length, deadlineNs, result);
        return result;
    }

    private void mustWrite(final long offset, final byte[] bytes) {
        final Result result = write(offset, bytes);
        await(result);
        assertNull(result.error);
        assertEquals(OperationHandler.ALL, result.value);
    }

    private byte[] mustRead(final long offset, final int length) {
        final byte[] bytes = new byte[length + 2];
        Arrays.fill(bytes, (byte) 0x5a);
        final Result result = new Result();
        client.read(
                file, offset, new UnsafeBuffer(bytes), 1, length, VolumeClient.NO_DEADLINE, result);
        await(result);
        assertNull(result.error);
        assertEquals(0x5a, bytes[0], "wrote before the destination");
        assertEquals(0x5a, bytes[length + 1], "wrote past the destination");
        return Arrays.copyOfRange(bytes, 1, length + 1);
    }

    private static byte[] bytes(final long seed, final int length) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static Stream<Arguments> shapes() {
        return Stream.of(8, 512, 4096, 65536)
                .flatMap(
                        block ->
                                Stream.of(4, 5, 7)
                                        .map(
                                                nodes ->
                                                        Arguments.of(
                                                                block,
                                                                nodes,
                                                                block * 31L + nodes)));
    }

    @ParameterizedTest(name = "block={0} nodes={1} seed={2}")
    @MethodSource("shapes")
    void randomWritesReadsAndTrimsAgreeWithAnArray(
            final int blockLength, final int nodeCount, final long seed) {
        build(blockLength, nodeCount, seed);
        againstModel(seed, 0);
    }

    @ParameterizedTest(name = "block={0} nodes={1} seed={2}")
    @MethodSource("shapes")
    void lostAndLateMessagesChangeNothing(
            final int blockLength, final int nodeCount, final long seed) {
        build(blockLength, nodeCount, seed);
        againstModel(seed, 100);
        assertTrue(cluster.repeated > 0);
        assertTrue(client.counters().resends() > 0);
    }

    private void againstModel(final long seed, final int lossPerMille) {
        final Random random = new Random(seed);
        final int reach = Math.max(40 * volume.blockLength(), 20_000);
        final byte[] model = new byte[reach + 1];
        cluster.lossPerMille = lossPerMille;
        long cut = 0;
        for (int i = 0; i < 120; i++) {
            final int offset = random.nextInt(reach);
            final int length =
                    1 + random.nextInt(Math.min(reach - offset, 1 << random.nextInt(18)));
            switch (random.nextInt(7)) {
                case 0, 1, 2 -> {
                    final byte[] bytes = bytes(random.nextLong(), length);
                    mustWrite(offset, bytes);
                    System.arraycopy(bytes, 0, model, offset, length);
                }
                case 3 -> {
                    final Result result = new Result();
                    client.trim(file, offset, length, VolumeClient.NO_DEADLINE, result);
                    await(result);
                    assertNull(result.error);
                    Arrays.fill(model, offset, offset + length, (byte) 0);
                }
                case 4 -> {
                    cut++;
                    file.update(DATA_ID, cut, new long[] {cut - 1, reach, cut, offset});
                    if (random.nextBoolean()) {
                        cluster.cut(DATA_ID, cut, offset);
                        file.update(DATA_ID, cut, new long[0]);
                    } else {
                        assertArrayEquals(
                                new byte[Math.min(100, reach - offset)],
                                mustRead(offset, Math.min(100, reach - offset)),
                                "not masked");
                        mustWrite(0, Arrays.copyOf(model, Math.min(offset, 10)));
                        cluster.cut(DATA_ID, cut, offset);
                    }
                    Arrays.fill(model, offset, model.length, (byte) 0);
                }
                default ->
                        assertArrayEquals(
                                Arrays.copyOfRange(model, offset, offset + length),
                                mustRead(offset, length),
                                "step " + i);
            }
        }
        assertArrayEquals(Arrays.copyOf(model, reach), mustRead(0, reach));
    }

    @Test
    void aMebibyteIn8ByteBlocksOver4NodesIsFourMessages() {
        build(8, 4, 1);
        final byte[] bytes = bytes(1, 1 << 20);
        mustWrite(0, bytes);
        assertEquals(4, cluster.applied);
        assertArrayEquals(bytes, mustRead(0, bytes.length));
    }

    @Test
    void longRangesAreCutToTheTransportsLength() {
        for (final ChecksumType type : ChecksumType.values()) {
            build(8, 4, type, 1);
            final byte[] bytes = bytes(2, 2_000_003);
            mustWrite(5, bytes);
            assertArrayEquals(bytes, mustRead(5, bytes.length));
            assertTrue(cluster.largest <= transport.maxMessageLength() - 4096);
        }
    }

    @Test
    void readsFromAnyGoodCopyWhileTwoNodesAreDown() {
        build(512, 5, 3);
        final byte[] bytes = bytes(3, 20_000);
        mustWrite(0, bytes);
        for (int first = 0; first < 5; first++) {
            for (int second = first + 1; second < 5; second++) {
                cluster.silent.clear();
                cluster.disconnected.clear();
                cluster.silent.set(first);
                cluster.disconnected.set(second);
                assertArrayEquals(bytes, mustRead(0, bytes.length));
            }
        }
    }

    @Test
    void aNodeThatIsDownIsLeftOutOfReads() {
        build(512, 4, 4);
        mustWrite(0, bytes(4, 20_000));
        cluster.silent.set(2);
        mustRead(0, 20_000);
        run(1500);
        final long hedges = client.counters().hedges();
        for (int i = 0; i < 50; i++) {
            mustRead(0, 20_000);
        }
        assertEquals(hedges, client.counters().hedges());
    }

    @Test
    void whoReadsWaitsNotForANodeThatAnswersNothingThoughAllHedgesAreUsedUp() {
        build(512, 4, 4);
        mustWrite(0, bytes(4, 20_000));
        cluster.silent.set(2);
        long slowestNs = 0;
        for (final long startNs = nowNs; nowNs - startNs < 2000 * MILLI; ) {
            final long beganNs = nowNs;
            mustRead(0, 20_000);
            slowestNs = Math.max(slowestNs, nowNs - beganNs);
        }
        assertTrue(slowestNs <= 100 * MILLI, slowestNs / MILLI + " ms");
    }

    @Test
    void aNodeThatIsBackIsReadFromAgain() {
        build(512, 4, 5);
        mustWrite(0, bytes(5, 20_000));
        cluster.silent.set(2);
        mustRead(0, 20_000);
        run(2000);
        cluster.silent.clear(2);
        for (int i = 0; i < 1000; i++) {
            mustRead(0, 20_000);
        }
        assertTrue(cluster.reads[2] > 300, () -> "only " + cluster.reads[2]);
    }

    @Test
    void corruptUnitIsSkippedAndARepairIsSent() {
        for (final int blockLength : new int[] {8, 4096, 65536}) {
            build(blockLength, 4, 6);
            final byte[] bytes = bytes(6, 300_000);
            mustWrite(0, bytes);
            cluster.corrupt(1, 1);
            cluster.corrupt(2, 1);
            for (int i = 0; i < 20; i++) {
                assertArrayEquals(bytes, mustRead(0, bytes.length));
            }
            assertTrue(client.counters().badUnits() > 0);
            assertTrue(cluster.repairs.stream().anyMatch(r -> r.node() == 1 && r.group() == 1));
            assertTrue(cluster.repairs.stream().anyMatch(r -> r.node() == 2 && r.group() == 1));
            assertTrue(cluster.repairs.stream().allMatch(r -> r.group() == 1 && r.node() != 3));
        }
    }

    @Test
    void aBlockIsPutTogetherWhereEachCopyHasAnotherBadUnit() {
        build(65536, 4, 7);
        final byte[] bytes = bytes(7, 4 * 65536);
        mustWrite(0, bytes);
        for (int group = 0; group < 4; group++) {
            for (int copy = 0; copy < 3; copy++) {
                cluster.corruptUnit((group + copy) % 4, DATA_ID, group, 3 + 2 * copy);
            }
        }
        assertArrayEquals(bytes, mustRead(0, bytes.length));
    }

    @Test
    void aReadIsDegradedIfAnyAnswerIsThatItIsMadeOf() {
        build(65536, 4, 7);
        mustWrite(0, bytes(7, 65536));
        final int group = Placement.startGroup(DATA_ID, 4);
        for (int copy = 0; copy < 3; copy++) {
            cluster.corruptUnit((group + copy) % 4, DATA_ID, group, 3 + 2 * copy);
        }
        cluster.degraded.set(group);
        cluster.degraded.set((group + 1) % 4);
        for (int i = 0; i < 20; i++) { // each takes two copies, picked at random
            final Result result = new Result();
            final UnsafeBuffer read = new UnsafeBuffer(new byte[65536]);
            client.read(file, 0, read, 0, 65536, VolumeClient.NO_DEADLINE, result);
            await(result);
            assertEquals(OperationHandler.DEGRADED, result.value);
        }
    }

    @Test
    void withNoGoodCopyAReadWaitsUntilOneIsBack() {
        build(512, 4, 8);
        final byte[] bytes = bytes(8, 512);
        mustWrite(0, bytes);
        cluster.silent.set(0, 4);
        final byte[] read = new byte[512];
        final Result result = new Result();
        client.read(file, 0, new UnsafeBuffer(read), 0, 512, VolumeClient.NO_DEADLINE, result);
        run(10_000);
        assertFalse(result.ended);
        cluster.silent.clear((Placement.startGroup(DATA_ID, 4) + 1) % 4);
        run(2500);
        assertTrue(result.ended);
        assertArrayEquals(bytes, read);
    }

    @Test
    void aWriteIsSentAgainUntilAnsweredAndAppliedOnce() {
        build(512, 4, 9);
        cluster.lossPerMille = 700;
        for (int i = 0; i < 50; i++) {
            mustWrite(i, bytes(i, 1));
        }
        assertEquals(50, cluster.applied);
        assertTrue(cluster.repeated > 0);
    }

    @Test
    void aWriteWaitsForANodeThatIsDownAndSaysSoAndOthersGoOn() {
        build(512, 5, 10);
        final int start = Placement.startGroup(DATA_ID, 5);
        cluster.silent.set((start + 1) % 5);
        final Result waits = write(0, bytes(10, 512));
        mustWrite(2 * 512, bytes(11, 512));
        run(5000);
        assertFalse(waits.ended);
        final BitSet expected = new BitSet();
        expected.set((start + 1) % 5);
        assertEquals(expected, client.waitingFor());
        cluster.silent.clear();
        await(waits);
        assertNull(waits.error);
        assertEquals(0, client.pending());
    }

    @Test
    void aNodeThatIsBackIsSentAtOnceWhatItHasNotAnswered() {
        build(512, 4, 10);
        final int node = Placement.startGroup(DATA_ID, 4);
        for (int round = 0; round < 10; round++) {
            cluster.silent.set(node);
            final List<Result> writes = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                writes.add(write(4 * 512 * i, bytes(i, 512)));
            }
            run(10_000 + 777 * round);
            assertTrue(writes.stream().noneMatch(write -> write.ended));
            cluster.silent.clear();
            run(600);
            assertTrue(writes.stream().allMatch(write -> write.ended));
        }
    }

    @Test
    void refusedWritesAreTriedAgain() {
        build(512, 4, 11);
        cluster.writeRefusals.add(Refusal.RETRY);
        cluster.writeRefusals.add(Refusal.BUSY);
        cluster.writeRefusals.add(Refusal.BUSY);
        cluster.writeRefusals.add(Refusal.DAMAGED);
        mustWrite(0, bytes(1, 100));
        assertTrue(cluster.writeRefusals.isEmpty());
        assertArrayEquals(bytes(1, 100), mustRead(0, 100));
    }

    @Test
    void refusedReadsGoToAnotherCopyAtOnce() {
        build(512, 4, 12);
        mustWrite(0, bytes(1, 100));
        cluster.readRefusals.add(Refusal.UNKNOWN);
        cluster.readRefusals.add(Refusal.RETRY);
        final long before = nowNs;
        assertArrayEquals(bytes(1, 100), mustRead(0, 100));
        assertTrue(nowNs - before <= 3 * MILLI);
    }

    @Test
    void noSpaceFailsTheWriteAndNothingElse() {
        build(512, 4, 13);
        cluster.writeRefusals.add(Refusal.NO_SPACE);
        final Result result = write(0, bytes(1, 5000));
        await(result);
        assertEquals(ErrorCode.NO_SPACE, result.error.code());
        mustWrite(0, bytes(1, 5000));
        assertArrayEquals(bytes(1, 5000), mustRead(0, 5000));
    }

    @Test
    void aDeadlineEndsTheWaitAndNamesTheNode() {
        build(512, 4, 14);
        final int node = (Placement.startGroup(DATA_ID, 4) + 2) % 4;
        cluster.silent.set(node);
        final Result result = write(0, bytes(1, 100), nowNs + 700 * MILLI);
        run(690);
        assertFalse(result.ended);
        run(20);
        assertTrue(result.ended);
        assertEquals(ErrorCode.TIMED_OUT, result.error.code());
        assertTrue(result.error.getMessage().contains("{" + node + "}"), result.error.getMessage());
        cluster.silent.clear();
        mustWrite(0, bytes(2, 100));
        assertArrayEquals(bytes(2, 100), mustRead(0, 100));
    }

    @Test
    void aCancelledOperationEndsAtOnce() {
        build(512, 4, 15);
        cluster.silent.set(0, 4);
        final Result read = new Result();
        final long id =
                client.read(
                        file,
                        0,
                        new UnsafeBuffer(new byte[100]),
                        0,
                        100,
                        VolumeClient.NO_DEADLINE,
                        read);
        run(10);
        client.cancel(id);
        assertEquals(ErrorCode.INTERRUPTED, read.error.code());
        client.cancel(id);
        assertEquals(0, client.pending());
    }

    @Test
    void moreWritesThanTheWindowHoldsWaitInLine() {
        build(8, 4, 16);
        cluster.slow.set(0, 4);
        final Result[] results = new Result[2000];
        for (int i = 0; i < results.length; i++) {
            results[i] = write(8L * 4 * i, bytes(i, 8));
        }
        assertEquals(GroupWindow.CAPACITY, cluster.applied);
        cluster.slow.clear();
        for (final Result result : results) {
            await(result);
            assertNull(result.error);
        }
        assertEquals(results.length, cluster.applied);
    }

    @Test
    void backPressureDelaysAndLosesNothing() {
        build(512, 4, 17);
        cluster.backPressure = 20;
        mustWrite(0, bytes(1, 10_000));
        cluster.backPressure = 20;
        assertArrayEquals(bytes(1, 10_000), mustRead(0, 10_000));
    }

    @Test
    void aCutIsDoneWhereANewerOneIsKnown() {
        build(64, 3, 12);
        cluster.cut(DATA_ID, 2, 500);
        file.update(DATA_ID, 1, new long[] {1, 1000});
        for (int group = 0; group < 3; group++) {
            final Result result = new Result();
            client.trimStrip(file, group, false, VolumeClient.NO_DEADLINE, result);
            await(result);
            assertNull(result.error);
        }
    }

    @Test
    void aWriteThatMeetsANewerCutGoesOnWithWhatLiesBeforeIt() {
        build(512, 4, 18);
        mustWrite(0, bytes(1, 4096));
        cluster.cut(DATA_ID, 1, 1000);
        onRefresh = () -> file.update(DATA_ID, 1, new long[] {1, 1000});
        final Result result = write(512, bytes(2, 2048));
        await(result);
        assertNull(result.error);
        assertEquals(1000, result.value);
        final byte[] expected = new byte[4096];
        System.arraycopy(bytes(1, 4096), 0, expected, 0, 512);
        System.arraycopy(bytes(2, 2048), 0, expected, 512, 488);
        assertArrayEquals(expected, mustRead(0, 4096));
    }

    @Test
    void aWriteThatMeetsACutThatAllGroupsHaveDoneReplacesNothingWrittenSince() {
        build(512, 4, 18);
        mustWrite(0, bytes(1, 1000));
        cluster.silent.set(1);
        final Result late = write(1000, bytes(2, 2048));
        run(10);
        cluster.cut(DATA_ID, 1, 1000);
        file.update(DATA_ID, 1, new long[0]);
        cluster.silent.clear();
        mustWrite(1000, bytes(3, 2048));
        assertFalse(late.ended);
        await(late);
        assertNull(late.error);
        assertEquals(0, late.value);
        assertArrayEquals(bytes(3, 2048), mustRead(1000, 2048));
    }

    @Test
    void aWriteToBytesThatWereReplacedIsGivenUp() {
        build(512, 4, 19);
        cluster.cut(DATA_ID, 1, 0);
        onRefresh = () -> file.update(DATA_ID + 1, 0, new long[0]);
        final Result result = write(0, bytes(2, 2048));
        await(result);
        assertNull(result.error);
        assertEquals(0, result.value);
        assertArrayEquals(new byte[2048], mustRead(0, 2048));
    }

    @Test
    void aSyncWaitsForItsGroupsAndSharesRequests() {
        build(512, 4, 20);
        final BitSet groups = new BitSet();
        client.addGroups(file, 0, 1000, groups);
        assertEquals(2, groups.cardinality());
        final Result[] results = new Result[10];
        cluster.slow.set(0, 4);
        for (int i = 0; i < results.length; i++) {
            results[i] = new Result();
            client.sync(groups, VolumeClient.NO_DEADLINE, results[i]);
        }
        run(10);
        assertFalse(results[0].ended);
        cluster.slow.clear();
        for (final Result result : results) {
            await(result);
            assertNull(result.error);
        }
        assertEquals(4, cluster.syncs);
    }

    @Test
    void writesWaitForASessionAndFailWithIt() {
        build(512, 4, 21);
        client.onSession(0);
        final Result waits = write(0, bytes(1, 100));
        run(100);
        assertFalse(waits.ended);
        client.onSession(6);
        await(waits);
        assertNull(waits.error);
        cluster.silent.set(0, 4);
        final Result fails = write(0, bytes(1, 100));
        client.onSession(7);
        assertTrue(fails.ended);
        assertNotNull(fails.error);
        assertEquals(ErrorCode.IO, fails.error.code());
        cluster.silent.clear();
        mustWrite(0, bytes(3, 100));
    }

    @Test
    void closingEndsEverything() {
        build(512, 4, 22);
        cluster.silent.set(0, 4);
        final Result result = write(0, bytes(1, 100));
        client.close();
        assertEquals(ErrorCode.CLOSED, result.error.code());
    }
}
