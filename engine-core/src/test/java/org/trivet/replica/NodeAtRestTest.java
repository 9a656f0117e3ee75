package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.collections.LongHashSet;
import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.store.MemoryBlockStore;

import java.util.Arrays;

/** Nodes that have nothing to do put nothing into their journals. */
class NodeAtRestTest {
    private static final int STEPS_OF_A_SECOND = 10_000;

    /** Within it each has committed its index. */
    private static final int SECONDS = 6;

    private final ClusterHarness cluster =
            new ClusterHarness(
                    new VolumeConfig(11, 3, 3, 4096, ChecksumType.CRC32C, Durability.PROCESS), 1);

    private long[] journals() {
        return Arrays.stream(cluster.stores).mapToLong(MemoryBlockStore::endPosition).toArray();
    }

    /** Each is told which sessions live, once a second. */
    private void tellWhichLive(final long... live) {
        for (int second = 0; second < SECONDS; second++) {
            for (final DataNode node : cluster.nodes) {
                final LongHashSet sessions = new LongHashSet();
                for (final long session : live) {
                    sessions.add(session);
                }
                node.onSessions(0, ClusterHarness.SESSION, sessions);
            }
            cluster.run(STEPS_OF_A_SECOND);
        }
    }

    @Test
    void aListOfSessionsThatChangesNothingIsSavedNowhere() {
        cluster.await(cluster.write(cluster.file(77), 0, new byte[3 * 4096]));
        cluster.mustConverge();
        cluster.run(SECONDS * STEPS_OF_A_SECOND);
        final long[] before = journals();
        tellWhichLive(ClusterHarness.SESSION);
        assertArrayEquals(before, journals());
        tellWhichLive(); // results are forgotten
        final long[] after = journals();
        for (int node = 0; node < after.length; node++) {
            assertTrue(after[node] > before[node], "node " + node);
        }
    }
}
