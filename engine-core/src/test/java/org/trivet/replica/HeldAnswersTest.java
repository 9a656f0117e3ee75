package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.client.FileBlocks;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.transport.EndpointId;
import org.trivet.transport.TransportDouble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Clients that take their answers slowly, or not at all. */
class HeldAnswersTest {
    private static final int ONE = EndpointId.FIRST_CLIENT;
    private static final int OTHER = EndpointId.FIRST_CLIENT + 1;

    private final NodeCounters counters = new NodeCounters();
    private final Takers takers = new Takers();
    private final HeldAnswers answers = new HeldAnswers(takers, counters);
    private long nowNs = 5;

    /** Takes as many messages for each destination as there is room; no room is said to be full. */
    private static final class Takers extends TransportDouble {
        final Map<Integer, Integer> room = new HashMap<>();
        final Map<Integer, List<Integer>> taken = new HashMap<>();
        int offers;

        @Override
        public long offer(
                final int destination,
                final DirectBuffer first,
                final int firstOffset,
                final int firstLength,
                final DirectBuffer second,
                final int secondOffset,
                final int secondLength) {
            assertEquals(0, secondLength, "answers are in one part");
            offers++;
            final int left = room.getOrDefault(destination, 0);
            if (left <= 0) {
                return left < 0 ? NOT_CONNECTED : BACK_PRESSURED;
            }
            room.put(destination, left - 1);
            taken.computeIfAbsent(destination, each -> new ArrayList<>())
                    .add(first.getInt(firstOffset));
            return 0;
        }

        @Override
        public int endpointId() {
            return 0;
        }

        @Override
        public int maxMessageLength() {
            return 1 << 20;
        }
    }

    private boolean hold(final int client, final int number, final int length) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[8 + length]);
        buffer.putInt(8, number);
        final boolean isHeld = answers.hold(client, buffer, 8, length);
        buffer.putInt(8, -1); // it is used for the next message
        return isHeld;
    }

    @Test
    void thoseOfOneClientLeaveInOrderAndNobodyWaitsForAnother() {
        answers.send(nowNs);
        for (int i = 0; i < 3; i++) {
            assertTrue(hold(ONE, i, 64));
            assertTrue(hold(OTHER, 10 + i, 64));
        }
        takers.room.put(OTHER, 2);
        assertEquals(2, answers.send(++nowNs));
        assertEquals(List.of(10, 11), takers.taken.get(OTHER));
        assertEquals(4, takers.offers, "who is full is asked once");
        takers.room.put(ONE, 5);
        takers.room.put(OTHER, 5);
        assertEquals(4, answers.send(++nowNs));
        assertEquals(List.of(0, 1, 2), takers.taken.get(ONE));
        assertEquals(List.of(10, 11, 12), takers.taken.get(OTHER));
        assertTrue(answers.isEmpty());
        assertEquals(0, answers.send(++nowNs));
        assertEquals(0, counters.get(Counter.BACK_PRESSURED));
    }

    @Test
    void whatIsOldOrForNobodyIsDroppedAndCounted() {
        answers.send(nowNs);
        assertTrue(hold(ONE, 1, 64));
        assertEquals(0, answers.send(nowNs + HeldAnswers.PATIENCE_NS - 1));
        assertTrue(hold(OTHER, 2, 64));
        takers.room.put(OTHER, -1);
        assertEquals(2, answers.send(nowNs + HeldAnswers.PATIENCE_NS));
        assertTrue(answers.isEmpty());
        assertEquals(2, counters.get(Counter.BACK_PRESSURED));
    }

    @Test
    void aClientGetsItsAnswersWhenItTakesThemAgainAndNeedNotAskOnceMore() {
        final VolumeConfig volume =
                new VolumeConfig(11, 3, 3, 4096, ChecksumType.CRC32C, Durability.PROCESS);
        final ClusterHarness cluster = new ClusterHarness(volume, 1);
        cluster.mustConverge();
        final FileBlocks file = new FileBlocks(1, volume.nodeCount());
        cluster.await(cluster.write(file, 0, new byte[100]));
        final long resends = cluster.client.counters().resends();
        cluster.full = ONE;
        final ClusterHarness.Result write = cluster.write(file, 0, new byte[] {1});
        cluster.run(300);
        assertFalse(write.ended);
        cluster.full = ClusterHarness.NOBODY;
        cluster.run(5);
        assertTrue(write.ended);
        assertEquals(resends, cluster.client.counters().resends());
    }

    @Test
    void noMoreAreHeldThanThereIsRoomFor() {
        answers.send(nowNs);
        final int length = 1 << 20;
        for (int i = 0; i < HeldAnswers.MAX_BYTES / length; i++) {
            assertTrue(hold(ONE, i, length));
        }
        assertFalse(hold(ONE, 99, 4));
        takers.room.put(ONE, 1);
        assertEquals(1, answers.send(nowNs));
        int count = HeldAnswers.MAX_BYTES / length - 1;
        while (hold(OTHER, 100, 4)) {
            count++;
        }
        assertEquals(HeldAnswers.MAX_COUNT, count);
    }
}
