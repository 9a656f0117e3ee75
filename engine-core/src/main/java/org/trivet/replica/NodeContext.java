package org.trivet.replica;

import org.agrona.ExpandableDirectByteBuffer;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.VolumeConfig;
import org.trivet.block.Checksum;
import org.trivet.store.BlockStore;
import org.trivet.store.Claim;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryKind;

import java.util.ArrayList;
import java.util.List;

/** What the groups of one node share. */
final class NodeContext {
    /** Incarnations that are given out while a process lives: not as many. */
    private static final long MAX_GIVEN_OUT = 1L << 32;

    private static final long REBUILD_BURST_NS = 20_000_000L;
    private static final long SCRUB_BURST_NS = 500_000_000L;

    final NodeConfig config;
    final VolumeConfig volume;
    final BlockStore store;
    final NodePublisher publisher;
    final NodeCounters counters;
    final SessionRegistry sessions = new SessionRegistry();
    final Pace rebuildPace = new Pace();
    final RateLimit rebuildLimit;

    /** Of what is read to verify, or compare, what is stored. */
    final RateLimit scrubLimit;

    /** Those of all its groups. */
    final List<Rebuild> rebuilds = new ArrayList<>();

    final Checksum checksum;
    final int unitLength;
    final int checksumLength;

    /** The time of day, for what people are told. */
    final EpochClock epochClock;

    /** Room for the state of a group. */
    final ExpandableDirectByteBuffer stateBuffer = new ExpandableDirectByteBuffer(64 * 1024);

    /** Room for a record's body. */
    final UnsafeBuffer recordBuffer;

    final Claim claim = new Claim();
    final EntryView entry = new EntryView();

    /** The instant of this duty cycle, monotonic. */
    long nowNs;

    /** This process's number among all starts of nodes; 0 until the metadata node has given one. */
    long incarnation;

    NodeContext(
            final NodeConfig config,
            final BlockStore store,
            final NodePublisher publisher,
            final NodeCounters counters,
            final EpochClock epochClock,
            final int recordLength) {
        this.config = config;
        this.volume = config.volume();
        this.rebuildLimit = new RateLimit(config.rebuildBytesPerSecond(), REBUILD_BURST_NS);
        this.scrubLimit = new RateLimit(Math.max(1, config.scrubBytesPerSecond()), SCRUB_BURST_NS);
        this.store = store;
        this.publisher = publisher;
        this.counters = counters;
        this.epochClock = epochClock;
        this.checksum = volume.checksumType().newChecksum();
        this.unitLength = volume.unitLength();
        this.checksumLength = volume.checksumType().length();
        this.recordBuffer = new UnsafeBuffer(java.nio.ByteBuffer.allocateDirect(recordLength));
    }

    int units(final int dataLength) {
        return (dataLength + unitLength - 1) / unitLength;
    }

    /**
     * Whether there can be such an incarnation, or epoch, by now. They all come from one counter,
     * and so does this node's own: one that is very much higher would shut out all those that do
     * exist, for ever.
     */
    boolean isPlausible(final long number) {
        return number > 0 && number - incarnation <= MAX_GIVEN_OUT;
    }

    /** Whether an entry can be one of a log: its fields are in their ranges, and fit each other. */
    boolean isOfLog(final EntryView view) {
        if (view.sequence() < 1
                || view.epoch() < 0
                || view.firstUnit() < 0
                || view.endUnit() < 0
                || view.session() != 0
                        && ResultTable.isBeyondWindow(view.request(), view.lowestOpen())) {
            return false;
        }
        return switch (view.kind()) {
            case WRITE -> isRun(view);
            case TRIM ->
                    view.firstUnit() <= view.endUnit()
                            && view.firstUnit() < Long.MAX_VALUE
                            && view.dataLength() <= unitLength
                            && hasChecksums(view);
            case GIVE_UP, EMPTY ->
                    isEmpty(view)
                            && new KeyRanges.Range(
                                            view.dataId(),
                                            view.firstUnit(),
                                            view.cut(),
                                            view.endUnit())
                                    .isProper();
            case VOID ->
                    isEmpty(view)
                            && view.firstUnit() >= 1
                            && view.firstUnit() <= view.sequence()
                            && view.endUnit() == view.sequence();
            case NOTHING -> isEmpty(view);
            default -> false;
        };
    }

    /** Whether an entry can be a row that was pulled. */
    boolean isRow(final EntryView view) {
        return view.kind() == EntryKind.ROW && view.firstUnit() >= 0 && isRun(view);
    }

    /** Whether it brings as many units as it says. */
    private boolean isRun(final EntryView view) {
        return view.dataLength() > 0
                && view.endUnit() - view.firstUnit() == units(view.dataLength())
                && hasChecksums(view);
    }

    private boolean hasChecksums(final EntryView view) {
        return view.checksumsLength() == units(view.dataLength()) * checksumLength;
    }

    private static boolean isEmpty(final EntryView view) {
        return view.dataLength() == 0 && view.checksumsLength() == 0;
    }

    /**
     * Whether an entry that came from elsewhere is consistent in itself, and its units match their
     * checksums.
     */
    boolean isSound(final EntryView view) {
        return (view.kind() == EntryKind.ROW ? isRow(view) : isOfLog(view))
                && (view.dataLength() == 0
                        || checksum.verify(
                                        view.dataId(),
                                        view.group(),
                                        view.firstUnit(),
                                        unitLength,
                                        view.buffer(),
                                        view.dataOffset(),
                                        view.dataLength(),
                                        view.buffer(),
                                        view.checksumsOffset())
                                < 0);
    }
}
