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
    final NodeConfig config;
    final VolumeConfig volume;
    final BlockStore store;
    final NodePublisher publisher;
    final NodeCounters counters;
    final SessionRegistry sessions = new SessionRegistry();
    final RebuildPace rebuildPace = new RebuildPace();

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
     * Whether an entry that came from elsewhere is consistent in itself, and its units match their
     * checksums.
     */
    boolean isSound(final EntryView view) {
        final boolean isOfStrips =
                view.kind() == EntryKind.GIVE_UP || view.kind() == EntryKind.EMPTY;
        if (view.checksumsLength() != units(view.dataLength()) * checksumLength
                || view.firstUnit() < 0
                || view.endUnit() < (isOfStrips ? 0 : view.firstUnit())) {
            return false;
        }
        return view.dataLength() == 0
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
                        < 0;
    }
}
