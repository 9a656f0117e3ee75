package org.trivet.bench.storage;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.WakeableIdleStrategy;
import org.trivet.block.Checksum;
import org.trivet.block.ChecksumType;
import org.trivet.node.disk.DataDirectory;
import org.trivet.node.disk.NodeStorage;
import org.trivet.replica.NodeConfig;
import org.trivet.store.BlockStore;
import org.trivet.store.Claim;
import org.trivet.store.EntryView;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.store.segment.SegmentBlockStore;
import org.trivet.store.segment.SharedSpace;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * The storage of a data node, and on the caller's thread what a backup does with it: verifies the
 * entries of a batch and appends them; brings them into the index while the next batch is on its
 * way to the device, for it is with that one that a backup learns that they are committed; and
 * commits the index as often as a node does. A read looks into the index, and verifies what it
 * finds.
 */
public final class MeasuredStore implements Load {
    /** Blocks that are written or read at once, if they are of 4 KiB. */
    public static final int BATCH = 64;

    private static final int BLOCK_LENGTH = 4096;
    private static final int GROUP = 0;
    private static final long FIRST_DATA_ID = 1;

    /** About as much as a group's state takes. */
    private static final int STATE_LENGTH = 256;

    /** Entries that are in the journal. Reused. */
    private static final class Batch {
        final long[] positions;
        int count;
        int firstRun;
        long firstSequence;
        long end;

        Batch(final int capacity) {
            positions = new long[capacity];
        }
    }

    private final BlockShape shape;
    private final int runCount;
    private final NodeStorage storage;
    private final SegmentBlockStore store;
    private final long checkpointIntervalNs;
    private final Checksum checksum = ChecksumType.CRC32C.newChecksum();
    private final EntryMessages messages;
    private final EntryView entry = new EntryView();
    private final Claim claim = new Claim();
    private final UnsafeBuffer state = new UnsafeBuffer(new byte[STATE_LENGTH]);
    private final ExtentList extents = new ExtentList();
    private final Extent damaged = new Extent();
    private final UnsafeBuffer block;
    private final int dataAt;
    private final WakeableIdleStrategy idleStrategy = new WakeableIdleStrategy();
    private final SplittableRandom random = new SplittableRandom(1);
    private Batch appended;

    /** On its way to the device, while the next is being appended; or empty. */
    private Batch underWay;

    /** In the journal, and not in the index yet. */
    private Batch unapplied;

    private long dataId;
    private int nextRun;
    private long sequence;

    /** The time that writing has taken since the last checkpoint. */
    private long sinceCheckpointNs;

    /**
     * Opens a new storage for blocks of 4 KiB, and writes each once.
     *
     * @param directory of the node; there is nothing yet.
     * @param dataLength bytes of all blocks.
     */
    public MeasuredStore(final Path directory, final int dataLength) {
        this(
                directory,
                BlockShape.timed(BLOCK_LENGTH),
                dataLength / BlockShape.timed(BLOCK_LENGTH).batchLength());
    }

    MeasuredStore(final Path directory, final BlockShape shape, final int batchCount) {
        this.shape = shape;
        runCount = batchCount * shape.runsPerBatch();
        appended = new Batch(shape.runsPerBatch());
        underWay = new Batch(shape.runsPerBatch());
        unapplied = new Batch(shape.runsPerBatch());
        final int checksumLength = ChecksumType.CRC32C.length();
        messages = new EntryMessages(shape, runCount, checksum, checksumLength);
        dataAt = BlockStore.FRONT_LENGTH + shape.unitsPerRun() * checksumLength;
        block = new UnsafeBuffer(ByteBuffer.allocateDirect(dataAt + shape.runLength()));
        final VolumeConfig volume =
                new VolumeConfig(
                        1, 1, 1, shape.blockLength(), ChecksumType.CRC32C, Durability.DISK);
        checkpointIntervalNs = NodeConfig.of(volume, 0, 1).checkpointIntervalNs();
        storage =
                new NodeStorage(
                        directory,
                        "node-0",
                        volume,
                        0,
                        SharedSpace.Share.ofAll(),
                        SystemNanoClock.INSTANCE);
        store = storage.store();
        boolean isOpen = false;
        try {
            store.onProgress(idleStrategy::signal);
            store.recover(new NothingStored());
            begin(FIRST_DATA_ID);
            isOpen = true;
        } finally {
            if (!isOpen) {
                close();
            }
        }
    }

    /** Writes each block of another strip, to which all that follows belongs. */
    void begin(final long newDataId) {
        settle();
        dataId = newDataId;
        for (int run = 0; run < runCount; run++) {
            messages.encode(run, GROUP, dataId);
        }
        nextRun = 0;
        do {
            writeBatch();
        } while (nextRun != 0);
        settle();
    }

    /** Writes the next batch, and waits until it survives loss of power. */
    @Override
    public void writeBatch() {
        write(false);
    }

    @Override
    public void writeAhead() {
        write(true);
    }

    private void write(final boolean isAhead) {
        final long beginNs = System.nanoTime();
        final boolean isCheckpointDue =
                sinceCheckpointNs >= checkpointIntervalNs || store.needsCheckpoint();
        if (isCheckpointDue) {
            store.saveState(GROUP, state, 0, STATE_LENGTH);
        }
        appendBatch();
        store.requestSync(appended.end);
        store.doWork(System.nanoTime());
        apply(unapplied);
        final Batch free = unapplied;
        unapplied = isAhead ? underWay : appended;
        awaitSynced(unapplied.end);
        if (isAhead) {
            underWay = appended;
        }
        appended = free;
        if (isCheckpointDue) {
            store.checkpoint((unapplied.count > 0 ? unapplied : underWay).positions[0]);
            sinceCheckpointNs = 0;
        }
        sinceCheckpointNs += System.nanoTime() - beginNs;
    }

    private void appendBatch() {
        appended.count = 0;
        appended.firstRun = nextRun;
        appended.firstSequence = sequence + 1;
        while (appended.count < appended.positions.length) {
            appended.positions[appended.count++] = append(nextRun, ++sequence);
            nextRun = (nextRun + 1) % runCount;
        }
        appended.end = store.endPosition();
    }

    private long append(final int run, final long version) {
        if (!messages.wrap(run, version, entry)
                || checksum.verify(
                                entry.dataId(),
                                entry.group(),
                                entry.firstUnit(),
                                shape.unitLength(),
                                entry.buffer(),
                                entry.dataOffset(),
                                entry.dataLength(),
                                entry.buffer(),
                                entry.checksumsOffset())
                        >= 0) {
            throw new IllegalStateException("the message of run " + run + " is not what it was");
        }
        if (!store.claim(entry.length(), claim)) {
            throw new TrivetException(
                    ErrorCode.NO_SPACE,
                    "no space left for blocks in " + storage.directory().journal());
        }
        claim.buffer().putBytes(claim.offset(), entry.buffer(), entry.offset(), entry.length());
        return store.commit(claim);
    }

    private void awaitSynced(final long end) {
        while (store.syncedPosition() < end) {
            final RuntimeException failure = store.failure();
            if (failure != null) {
                throw failure;
            }
            idleStrategy.idle(store.doWork(System.nanoTime()));
        }
    }

    /** Brings all that has been appended into the index, when it is synced. */
    @Override
    public void settle() {
        apply(unapplied);
        awaitSynced(underWay.end);
        apply(underWay);
    }

    private void apply(final Batch batch) {
        for (int i = 0; i < batch.count; i++) {
            final long firstUnit = (long) (batch.firstRun + i) * shape.unitsPerRun();
            store.applyWrite(
                    GROUP,
                    batch.firstSequence + i,
                    dataId,
                    firstUnit,
                    firstUnit + shape.unitsPerRun(),
                    shape.runLength(),
                    batch.positions[i]);
        }
        batch.count = 0;
    }

    /** Reads as many blocks as a batch has, at random, and verifies them. */
    @Override
    public void readBatch() {
        for (int i = 0; i < shape.runsPerBatch(); i++) {
            read(random.nextInt(runCount));
        }
    }

    private void read(final int run) {
        final long firstUnit = (long) run * shape.unitsPerRun();
        final long endUnit = firstUnit + shape.unitsPerRun();
        if (!store.check(GROUP, dataId, firstUnit, dataId, endUnit, damaged)) {
            throw new IllegalStateException("the index is damaged");
        }
        store.find(GROUP, dataId, firstUnit, endUnit, extents);
        int checksumsEnd = 0;
        int dataEnd = dataAt;
        for (int i = 0; i < extents.size(); i++) {
            final Extent extent = extents.get(i);
            if (!store.read(extent, block, checksumsEnd, dataEnd)) {
                throw new IllegalStateException("run " + run + " cannot be read");
            }
            checksumsEnd += extent.unitCount() * ChecksumType.CRC32C.length();
            dataEnd += extent.dataLength;
        }
        if (dataEnd != block.capacity()
                || checksum.verify(
                                dataId,
                                GROUP,
                                firstUnit,
                                shape.unitLength(),
                                block,
                                dataAt,
                                shape.runLength(),
                                block,
                                0)
                        >= 0) {
            throw new IllegalStateException("run " + run + " is not what was written");
        }
    }

    /** Commits the index, which then has all that was written. */
    void checkpoint() {
        settle();
        store.saveState(GROUP, state, 0, STATE_LENGTH);
        final long end = store.endPosition();
        store.requestSync(end);
        awaitSynced(end);
        store.checkpoint(end);
    }

    /** Where the next record will stand. */
    long endPosition() {
        return store.endPosition();
    }

    /** Where its files are. */
    DataDirectory directory() {
        return storage.directory();
    }

    /** Ends it without a last checkpoint: all of it is deleted. */
    @Override
    public void close() {
        storage.abandon();
    }

    /** A new storage has nothing to tell. */
    private static final class NothingStored implements BlockStore.RecoveryHandler {
        @Override
        public void onCheckpointState(
                final int group, final DirectBuffer body, final int offset, final int length) {
            throw unexpected("the state of group " + group);
        }

        @Override
        public void onState(
                final int group, final DirectBuffer body, final int offset, final int length) {
            throw unexpected("the state of group " + group);
        }

        @Override
        public void onEntry(final EntryView found, final long position) {
            throw unexpected("an entry");
        }

        @Override
        public void onDamagedEntry(final EntryView found, final long position) {
            throw unexpected("a damaged entry");
        }

        @Override
        public void onDamage(final long position, final boolean torn) {
            throw unexpected("damage at " + position);
        }

        private static IllegalStateException unexpected(final String what) {
            return new IllegalStateException("a new storage has " + what);
        }
    }
}
