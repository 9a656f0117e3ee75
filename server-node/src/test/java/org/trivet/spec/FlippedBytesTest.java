package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.node.Verification;
import org.trivet.replica.NodeStatus.ScrubStatus;
import org.trivet.spec.Volume.Shape;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Bytes and whole pages of one node after the other go bad, in its segments and in its index, while
 * it runs and while it is down: whatever is read is right, scrubbing finds all that is bad of what
 * is alive, and the node is good again each time. Each node is a process, which may die of a
 * damaged index, and is started again then.
 *
 * <p>With -Dtrivet.spec.full=true 10,000 bytes and 1,000 pages.
 */
@Timeout(value = 3600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FlippedBytesTest {
    private static final boolean FULL = Boolean.getBoolean("trivet.spec.full");
    private static final Shape SHAPE = new Shape(4, 16 << 10);
    private static final int BATCHES = FULL ? 100 : 2;
    private static final int FLIPS = 100;
    private static final int PAGES = 10;
    private static final int FILES = 8;
    private static final int BLOCKS = 14;
    private static final int MANY_FILES = 300;

    @TempDir private Path parent;

    private final List<byte[]> contents = new ArrayList<>();
    private Volume volume;
    private int wiped;
    private int died;

    @Test
    void whateverGoesBadOfANodeIsFoundAndMendedAndNothingWrongIsRead() throws Exception {
        final Random random = new Random(FULL ? 2 : 1);
        final FlippedBytes damage = new FlippedBytes(random.nextLong());
        try (Volume opened = new Volume(SHAPE, parent.resolve("volume"), "aeron:ipc")) {
            volume = opened;
            for (int i = 0; i < FILES; i++) {
                contents.add(volume.bytes(i, BLOCKS));
                volume.files.write("/f" + i, contents.get(i));
            }
            volume.mustAllBeGood();
            for (int batch = 0; batch < BATCHES; batch++) {
                final int node = batch % SHAPE.nodes();
                if (random.nextBoolean()) {
                    spoilRunning(damage, node);
                } else {
                    spoilStopped(damage, node, random.nextBoolean());
                }
                if (random.nextBoolean()) {
                    readAll();
                }
                scrub(node);
                mustBeWhole("batch " + batch);
                readAll();
                overwrite(random);
                if (batch % 10 == 9) {
                    tell(damage);
                }
            }
        }
        tell(damage);
        assertEquals(BATCHES * FLIPS, damage.flips);
        assertEquals(BATCHES * PAGES, damage.pages);
    }

    /** What LMDB itself notices ends the process; the next one makes the index again. */
    @Test
    @Timeout(value = Volume.LIMIT_S, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aNodeWhoseIndexGoesBadInUseIsStartedAgain() throws Exception {
        try (Volume opened = new Volume(SHAPE, parent.resolve("volume"), "aeron:ipc")) {
            volume = opened;
            contents.add(volume.bytes(1, BLOCKS));
            volume.files.write("/f0", contents.getFirst());
            volume.mustAllBeGood();
            final int node = volume.node("/f0", 0, 0);
            final long before = startOf(node);
            volume.await(
                    "node " + node + " is started again",
                    () -> {
                        if (startOf(node) == before) { // what it has in memory it writes again
                            FlippedBytes.loseTypesOfPages(volume.nodePath(node));
                        }
                        volume.files.write("/more", contents.getFirst());
                        return startOf(node) > before;
                    });
            volume.mustAllBeGood();
            assertArrayEquals(contents.getFirst(), volume.files.read("/f0"));
            assertEquals(List.of(), volume.cluster.verify().differences());
        }
    }

    /**
     * LMDB does not notice it, and would put rows where they do not belong for as long as it runs.
     */
    @Test
    @Timeout(value = Volume.LIMIT_S, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aNodeWhoseIndexIsInDisorderIsStartedAgain() throws Exception {
        try (Volume opened = new Volume(SHAPE, parent.resolve("volume"), "aeron:ipc")) {
            volume = opened;
            for (int i = 0; i < MANY_FILES; i++) {
                contents.add(volume.bytes(i, 1));
                volume.files.write("/f" + i, contents.get(i));
            }
            volume.mustAllBeGood();
            volume.cluster.stopNode(1); // with a last commit
            volume.cluster.startNode(1);
            volume.mustAllBeGood();
            final long before = startOf(1);
            assertTrue(FlippedBytes.haveOnePageForAll(volume.nodePath(1)) > 2);
            volume.cluster.verify(); // it may tell of what is not found any more until then
            volume.await("node 1 is started again", () -> startOf(1) > before);
            mustBeWhole("started again");
            for (int i = 0; i < MANY_FILES; i++) {
                assertArrayEquals(contents.get(i), volume.files.read("/f" + i));
            }
        }
    }

    private void tell(final FlippedBytes damage) {
        System.out.printf(
                "%,d bytes and %,d pages damaged; nodes died %d times, and were wiped %d times%n",
                damage.flips, damage.pages, died, wiped);
    }

    private void spoilRunning(final FlippedBytes damage, final int node) throws Exception {
        final long before = startOf(node);
        damage.flip(volume.nodePath(node), FLIPS);
        damage.spoilPages(volume.nodePath(node), PAGES);
        readAll();
        volume.await("node " + node + " is up", () -> volume.isUp(node));
        if (startOf(node) != before) {
            died++;
        }
    }

    private void spoilStopped(final FlippedBytes damage, final int node, final boolean isKilled)
            throws Exception {
        if (isKilled) {
            volume.cluster.killNode(node);
        } else {
            volume.cluster.stopNode(node);
        }
        damage.flip(volume.nodePath(node), FLIPS);
        damage.spoilPages(volume.nodePath(node), PAGES);
        try {
            volume.cluster.startNode(node);
        } catch (final TrivetException e) {
            assertEquals(ErrorCode.CORRUPT, e.code(), e.getMessage());
            wiped++; // as it says itself; the others have all that it had
            volume.cluster.wipeNode(node);
            volume.cluster.startNode(node);
        }
    }

    private long startOf(final int node) throws InterruptedException {
        final NodeReport report = volume.report(node);
        return report.isUp() ? report.status().incarnation() : 0;
    }

    private void readAll() {
        for (int i = 0; i < FILES; i++) {
            assertArrayEquals(contents.get(i), volume.files.read("/f" + i));
        }
    }

    /** Has a node read through all that it stores, from now on. */
    private void scrub(final int node) throws Exception {
        final long[] asked = {-1, 0}; // in which incarnation; what the last pass was then
        volume.await(
                "node " + node + " is scrubbed",
                () -> {
                    final NodeReport report = volume.report(node);
                    if (!Volume.isGood(report)) {
                        return false;
                    }
                    final ScrubStatus status = report.status().scrub();
                    if (asked[0] != report.status().incarnation()) {
                        if (!status.isUnderWay()) {
                            asked[0] = report.status().incarnation();
                            asked[1] = status.lastPassMs();
                            volume.cluster.scrub();
                        }
                        return false;
                    }
                    return !status.isUnderWay() && status.lastPassMs() > asked[1];
                });
    }

    /** Nothing is left to be found once what was found has been mended. */
    private void mustBeWhole(final String what) throws Exception {
        volume.mustAllBeGood();
        for (int node = 0; node < SHAPE.nodes(); node++) {
            final int number = node;
            volume.await(
                    "node " + node + " lacks nothing",
                    () -> {
                        final NodeReport report = volume.report(number); // a page may end it yet
                        return report.isUp() && report.status().scrub().unknownRanges() == 0;
                    });
        }
        final Verification verification = volume.cluster.verify();
        assertTrue(verification.units() > 0);
        assertEquals(List.of(), verification.differences(), what);
    }

    private void overwrite(final Random random) {
        final int i = random.nextInt(FILES);
        contents.set(i, volume.bytes(random.nextLong(), BLOCKS));
        volume.files.write("/f" + i, contents.get(i));
    }
}
