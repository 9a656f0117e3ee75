package org.trivet.node.disk;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.store.StoreStatistics;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * A node's storage in a given space is overwritten again and again, most of it being alive: four
 * fifths, or, of the few segments that a build takes, three. It never runs full, cleaning costs no
 * more in the end than in the beginning and never holds the node up for long at once, and what is
 * dead is given back once nobody writes.
 *
 * <p>With -Dtrivet.spec.full=true twenty times over, in a gigabyte, which takes some minutes; in a
 * build ten times, in less: a tenth of fewer is a segment or two that are cleaned, which says
 * nothing of those that come after. Costs are counted in bytes moved and in time of the node's own
 * thread: the clock says more of what else the machine does. What writes waited for room is
 * printed.
 */
@Timeout(value = 3600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OverwritingEnduranceTest {
    private static final boolean FULL = Boolean.getBoolean("trivet.spec.full");
    private static final long CAPACITY = FULL ? 1L << 30 : 128L << 20;
    private static final int ROUNDS = FULL ? 20 : 10;
    private static final int TENTHS = 10;
    private static final double LEAST_OF_FIRST_RATE = 0.7;
    private static final double MOST_OF_LIVE = 1.15;
    private static final long MOST_AT_ONCE_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(120);

    @TempDir private Path directory;

    private record Tenth(double mibPerSecond, double movedPerWritten) {
        /** What it costs the device, against what is written. */
        double cost() {
            return 1 + movedPerWritten;
        }
    }

    @Test
    void mostBeingAliveItIsOverwrittenAgainAndAgain() throws Exception {
        final long liveBytes = CAPACITY / 5 * (FULL ? 4 : 3);
        final int pieces = (int) (liveBytes / OverwrittenStorage.PIECE / 64 * 63);
        try (OverwrittenStorage storage =
                new OverwrittenStorage(directory.resolve("node"), CAPACITY, pieces, 1)) {
            storage.fill();
            storage.overwrite(CAPACITY - liveBytes); // nothing has to be cleaned until then
            final Tenth[] tenths = new Tenth[TENTHS];
            for (int i = 0; i < TENTHS; i++) {
                tenths[i] = overwriteTenth(storage, liveBytes * ROUNDS / TENTHS);
            }
            final String figures =
                    "%s to %s; %,d writes waited for room, %,d us each, at most %,d us; a commit took %,d us at most, a step of cleaning %,d us"
                            .formatted(
                                    tenths[0],
                                    tenths[TENTHS - 1],
                                    storage.refusals,
                                    storage.refusedNs / 1000 / Math.max(1, storage.refusals),
                                    storage.longestRefusalNs / 1000,
                                    storage.longestCommitNs / 1000,
                                    storage.longestStepNs / 1000);
            System.out.println(figures);
            assertTrue(
                    tenths[0].cost() / tenths[TENTHS - 1].cost() >= LEAST_OF_FIRST_RATE, figures);
            assertTrue(storage.longestStepNs < MOST_AT_ONCE_NS, figures);
            assertTrue(storage.statistics().segmentBytes() <= CAPACITY);
            if (FULL) {
                awaitWhatIsDeadIsGivenBack(storage);
            }
            storage.verify();
        }
    }

    private static Tenth overwriteTenth(final OverwrittenStorage storage, final long bytes) {
        final StoreStatistics before = storage.statistics();
        final long beganNs = System.nanoTime();
        storage.overwrite(bytes);
        final long tookNs = System.nanoTime() - beganNs;
        final StoreStatistics after = storage.statistics();
        return new Tenth(
                bytes / 1048576.0 * 1e9 / tookNs,
                (double) (after.movedBytes() - before.movedBytes())
                        / (after.writtenBytes() - before.writtenBytes()));
    }

    private static void awaitWhatIsDeadIsGivenBack(final OverwrittenStorage storage)
            throws InterruptedException {
        final long beganNs = System.nanoTime();
        StoreStatistics now = storage.statistics();
        while (now.segmentBytes() > MOST_OF_LIVE * now.liveBytes()) {
            final StoreStatistics seen = now;
            assertTrue(System.nanoTime() - beganNs < PATIENCE_NS, () -> "still: " + seen);
            if (storage.cycle() == 0) {
                Thread.sleep(1); // as a node with nothing to do, which is woken in time
            }
            now = storage.statistics();
        }
        System.out.printf(
                "%,d bytes for %,d that are alive, %.1f s after the last write%n",
                now.segmentBytes(), now.liveBytes(), (System.nanoTime() - beganNs) / 1e9);
    }
}
