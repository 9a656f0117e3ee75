package org.trivet.node.disk;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.Checksum;
import org.trivet.block.ChecksumType;
import org.trivet.replica.NodeConfig;
import org.trivet.store.BlockStore;
import org.trivet.store.Claim;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.store.StoreStatistics;
import org.trivet.store.segment.SegmentBlockStore;
import org.trivet.store.segment.SharedSpace;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * A node's storage in a given space, whose pieces are overwritten at random, with a duty cycle as
 * that of a data node: appended, put into the index once synced, and the index committed from time
 * to time. Remembers what each piece must hold, and what writes had to wait for.
 */
final class OverwrittenStorage implements AutoCloseable {
    static final int PIECE = 4096;
    static final int MOST_PIECES = 16;

    private static final int GROUP = 0;
    private static final long DATA_ID = 7;
    private static final int WINDOW = 4 << 20;
    private static final int POOL = 1 << 20;
    private static final ChecksumType TYPE = ChecksumType.CRC32C;
    private static final VolumeConfig VOLUME =
            new VolumeConfig(9, 1, 1, PIECE * MOST_PIECES, TYPE, Durability.PROCESS);
    private static final NodeConfig NODE = NodeConfig.of(VOLUME, 0, 1);

    /**
     * As long as a node waits, where cleaning would make room, before it says that there is none.
     */
    private static final long PATIENCE_NS = 20_000_000_000L;

    private final Path path;
    private final long capacityBytes;
    private NodeStorage storage;
    private SegmentBlockStore store;
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final SplittableRandom random;
    private final Checksum checksum = TYPE.newChecksum();
    private final Claim claim = new Claim();
    private final EntryEncoder encoder = new EntryEncoder();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final UnsafeBuffer state = new UnsafeBuffer(new byte[1000]);
    private final UnsafeBuffer data = new UnsafeBuffer(new byte[MOST_PIECES * PIECE]);
    private final UnsafeBuffer sums = new UnsafeBuffer(new byte[MOST_PIECES * TYPE.length()]);
    private final UnsafeBuffer found = new UnsafeBuffer(new byte[MOST_PIECES * PIECE]);
    private final byte[] pool = new byte[POOL + PIECE];
    private final ArrayDeque<Write> unapplied = new ArrayDeque<>();
    private final long[] versions;
    private long version;
    private long pendingBytes;
    private long checkedNs;
    private long committedNs;
    private long barrier;

    /** Bytes of the entries that had to be read from the journal when it was opened last. */
    long toldBytes;

    /** The longest that a write was refused for want of room, and cleaning made it. */
    long longestRefusalNs;

    /** How often one was, and for how long in all. */
    int refusals;

    long refusedNs;

    /** The longest that a commit of the index took, which a refused write may have to wait for. */
    long longestCommitNs;

    /** The longest work of the store's thread for the journal and for cleaning, at once. */
    long longestStepNs;

    private record Write(long version, int first, int pieces, long position) {}

    OverwrittenStorage(
            final Path path, final long capacityBytes, final int pieces, final long seed) {
        this.path = path;
        this.capacityBytes = capacityBytes;
        open();
        versions = new long[pieces];
        random = new SplittableRandom(seed);
        new Random(seed).nextBytes(pool);
        checkedNs = System.nanoTime();
        committedNs = checkedNs;
    }

    private void open() {
        storage =
                new NodeStorage(
                        path,
                        "node-0",
                        VOLUME,
                        capacityBytes,
                        SharedSpace.Share.ofAll(),
                        SystemNanoClock.INSTANCE);
        store = storage.store();
        final Replay replay = new Replay(store);
        store.recover(replay);
        toldBytes = replay.toldBytes;
    }

    /** Ends as the death of the process would, and opens again; all that was written is there. */
    void dieAndOpen() {
        storage.abandon();
        barrier = 0;
        unapplied.clear();
        pendingBytes = 0;
        open();
    }

    /** Likewise, but the index is gone. */
    void dieAndOpenWithoutIndex() {
        storage.abandon();
        DirectoryTree.delete(path.resolve("index"));
        barrier = 0;
        unapplied.clear();
        pendingBytes = 0;
        open();
    }

    /** Waits until all that was written survives the death of the process. */
    void awaitWritten() {
        while (store.writtenPosition() < store.endPosition()) {
            cycle();
        }
    }

    /** Puts what it is told into the index, as a node does that finds it committed. */
    private static final class Replay implements BlockStore.RecoveryHandler {
        private final BlockStore store;
        private long toldBytes;

        private Replay(final BlockStore store) {
            this.store = store;
        }

        @Override
        public void onCheckpointState(
                final int group, final DirectBuffer body, final int offset, final int length) {
            require(group == GROUP, "a state of group " + group);
        }

        @Override
        public void onState(
                final int group, final DirectBuffer body, final int offset, final int length) {
            require(group == GROUP, "a state of group " + group);
        }

        @Override
        public void onEntry(final EntryView entry, final long position) {
            toldBytes += entry.length();
            store.applyWrite(
                    entry.group(),
                    entry.sequence(),
                    entry.dataId(),
                    entry.firstUnit(),
                    entry.endUnit(),
                    entry.dataLength(),
                    position);
        }

        @Override
        public void onDamagedEntry(final EntryView entry, final long position) {
            require(false, "damaged: " + position);
        }

        @Override
        public void onDamage(final long position, final boolean torn) {
            require(torn, "damage at " + position);
        }
    }

    StoreStatistics statistics() {
        return store.statistics();
    }

    /** Writes each piece once. */
    void fill() {
        for (int first = 0; first < versions.length; first += MOST_PIECES) {
            write(first, Math.min(MOST_PIECES, versions.length - first));
        }
    }

    /** Overwrites so many bytes of pieces at random: mostly many at once, and single ones. */
    void overwrite(final long bytes) {
        for (long left = bytes; left > 0; ) {
            final boolean isSmall = random.nextInt(8) == 0;
            final int pieces = isSmall ? 1 : MOST_PIECES;
            final int first = random.nextInt(versions.length / pieces) * pieces;
            write(first, pieces);
            left -= (long) pieces * PIECE;
        }
    }

    private void write(final int first, final int pieces) {
        final int length = pieces * PIECE;
        awaitWindow();
        version++;
        for (int i = 0; i < pieces; i++) {
            versions[first + i] = version;
            fillPiece(data, i * PIECE, first + i, version);
        }
        checksum.compute(DATA_ID, GROUP, first, PIECE, data, 0, length, sums, 0);
        final int sumsLength = pieces * TYPE.length();
        awaitRoom(EntryView.encodedLength(sumsLength, length));
        encoder.wrapAndApplyHeader(claim.buffer(), claim.offset(), header)
                .epoch(1)
                .sequence(version)
                .session(5)
                .request(version)
                .lowestOpen(0)
                .dataId(DATA_ID)
                .cut(0)
                .firstUnit(first)
                .endUnit(first + pieces)
                .group(GROUP)
                .kind(EntryKind.WRITE)
                .putChecksums(sums, 0, sumsLength)
                .putPayload(data, 0, length);
        unapplied.add(new Write(version, first, pieces, store.commit(claim)));
        pendingBytes += length;
        cycle();
    }

    private void awaitWindow() {
        while (pendingBytes > WINDOW) {
            store.requestSync(store.endPosition());
            cycle();
        }
    }

    private void awaitRoom(final int length) {
        if (store.claim(length, claim)) {
            return;
        }
        final long beganNs = System.nanoTime();
        while (!store.claim(length, claim)) {
            if (System.nanoTime() - beganNs > PATIENCE_NS) {
                throw new AssertionError("a write is refused: " + store.statistics());
            }
            cycle();
        }
        final long tookNs = System.nanoTime() - beganNs;
        longestRefusalNs = Math.max(longestRefusalNs, tookNs);
        refusedNs += tookNs;
        refusals++;
    }

    /** What a data node does again and again; returns how much there was to be done. */
    int cycle() {
        final long nowNs = System.nanoTime();
        final long beganNs = threads.getCurrentThreadCpuTime();
        int workCount = store.doWork(nowNs);
        longestStepNs = Math.max(longestStepNs, threads.getCurrentThreadCpuTime() - beganNs);
        if (store.failure() != null) {
            throw store.failure();
        }
        while (!unapplied.isEmpty() && unapplied.peek().position < store.syncedPosition()) {
            final Write write = unapplied.remove();
            final int length = write.pieces * PIECE;
            store.applyWrite(
                    GROUP,
                    write.version,
                    DATA_ID,
                    write.first,
                    write.first + write.pieces,
                    length,
                    write.position);
            pendingBytes -= length;
            workCount++;
        }
        return workCount + checkpointIfDue(nowNs);
    }

    private int checkpointIfDue(final long nowNs) {
        if (barrier != 0) {
            if (store.syncedPosition() < barrier) {
                return 0;
            }
            barrier = 0;
            store.checkpoint(unapplied.isEmpty() ? store.endPosition() : unapplied.peek().position);
            longestCommitNs = Math.max(longestCommitNs, System.nanoTime() - nowNs);
            return 1;
        }
        if (nowNs - checkedNs < NODE.urgencyIntervalNs()) {
            return 0;
        }
        checkedNs = nowNs;
        if (nowNs - committedNs < NODE.checkpointIntervalNs() && !store.needsCheckpoint()) {
            return 0;
        }
        committedNs = nowNs;
        store.saveState(GROUP, state, 0, state.capacity());
        barrier = store.endPosition();
        store.requestSync(barrier);
        return 1;
    }

    long unitCount() {
        return store.unitCount(GROUP);
    }

    /** Reads all pieces, and throws if one is not what was written to it last. */
    void verify() {
        while (!unapplied.isEmpty()) {
            store.requestSync(store.endPosition());
            cycle();
        }
        final ExtentList extents = new ExtentList();
        for (int first = 0; first < versions.length; first += MOST_PIECES) {
            final int end = Math.min(versions.length, first + MOST_PIECES);
            store.find(GROUP, DATA_ID, first, end, extents);
            int at = first;
            for (int i = 0; i < extents.size(); i++) {
                final Extent extent = extents.get(i);
                require(extent.firstUnit == at, "piece " + at + " is missing");
                require(store.readData(extent, found, 0), "piece " + at + " cannot be read");
                for (int within = 0; at < extent.endUnit; at++, within += PIECE) {
                    require(extent.version == versions[at], "piece " + at + " is old");
                    fillPiece(data, 0, at, versions[at]);
                    require(
                            new UnsafeBuffer(data, 0, PIECE)
                                            .compareTo(new UnsafeBuffer(found, within, PIECE))
                                    == 0,
                            "piece " + at + " has other bytes");
                }
            }
            require(at == end, "piece " + at + " is missing");
        }
    }

    private static void require(final boolean holds, final String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** What a piece holds in a version: no other piece, and no other version, has the same. */
    private void fillPiece(
            final UnsafeBuffer to, final int at, final int piece, final long ofVersion) {
        final int from = (int) ((piece * 31L + ofVersion * 1_000_003) & POOL - 1);
        to.putBytes(at, pool, from, PIECE);
        to.putLong(at, ofVersion, ByteOrder.LITTLE_ENDIAN);
        to.putInt(at + Long.BYTES, piece, ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        storage.close();
    }
}
