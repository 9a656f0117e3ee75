package org.trivet.sim;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;
import org.trivet.store.BlockStore;
import org.trivet.store.Claim;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.util.Random;

/**
 * With all faults over, one member of a group comes to have a unit otherwise than the others,
 * though its store holds it to be right: the unit is not there, is of an older version, has other
 * bytes, or is there though it is nowhere else. A scrub has to find it and to have it mended.
 */
final class DifferenceTrial {
    private static final int MAX_EXTENTS = 1024;
    private static final int BESIDE_DATA = 1024;
    private static final long NOT_PUT = -1;

    /** What the member makes of the unit. */
    private enum Kind {
        LOST,
        OLDER,
        OTHER_BYTES,
        EXTRA
    }

    private final SimulatedCluster cluster;
    private final VolumeConfig volume;
    private final Random random;
    private final ExtentList extents = new ExtentList();
    private Kind kind;
    private int group;
    private SimulatedNode member;
    private final Extent unit = new Extent();
    private final UnsafeBuffer record;
    private long position = NOT_PUT;

    DifferenceTrial(final SimulatedCluster cluster) {
        this.cluster = cluster;
        volume = cluster.plan().volume();
        random = new Random(cluster.plan().seed() ^ 0x7777);
        record = new UnsafeBuffer(new byte[volume.unitLength() + BESIDE_DATA]);
    }

    /**
     * Chooses a unit, and puts into the member's journal what is to take its place. False if
     * nothing is stored.
     */
    boolean prepare() {
        group = random.nextInt(cluster.nodeCount());
        final BlockStore lead = cluster.node(group).agent().store();
        lead.scan(group, 0, 0, MAX_EXTENTS, extents);
        if (extents.size() == 0) {
            return false;
        }
        final Extent extent = extents.get(random.nextInt(extents.size()));
        final long first = extent.firstUnit + random.nextInt(extent.unitCount());
        unit.set(extent).clip(first, first + 1, volume.unitLength());
        kind = Kind.values()[random.nextInt(Kind.values().length)];
        // Of two copies neither is in the majority: a row stands, and of two the primary's.
        final boolean isOneOfTwo = volume.replicaCount() == 2;
        if (kind == Kind.OLDER && unit.version < 2
                || kind == Kind.EXTRA && (isOneOfTwo || !moveToHole(lead))) {
            kind = Kind.LOST;
        }
        final int copy =
                isOneOfTwo && kind == Kind.OTHER_BYTES ? 1 : random.nextInt(volume.replicaCount());
        member = cluster.node(Placement.node(group, copy, cluster.nodeCount()));
        if (kind != Kind.LOST) {
            position = put(member.agent().store());
        }
        member.wake();
        return true;
    }

    /** Goes to a unit of the strip that no member has; false if there may be none. */
    private boolean moveToHole(final BlockStore lead) {
        lead.find(group, unit.dataId, 0, Long.MAX_VALUE, extents);
        final long end = extents.get(extents.size() - 1).endUnit;
        if (end > Long.MAX_VALUE / 2) {
            return false;
        }
        unit.firstUnit = end + random.nextInt(3);
        unit.endUnit = unit.firstUnit + 1;
        unit.dataLength = volume.unitLength();
        return true;
    }

    private long put(final BlockStore store) {
        final byte[] bytes = new byte[unit.dataLength];
        random.nextBytes(bytes);
        final UnsafeBuffer data = new UnsafeBuffer(bytes);
        final UnsafeBuffer sums = new UnsafeBuffer(new byte[volume.checksumType().length()]);
        volume.checksumType()
                .newChecksum()
                .compute(
                        unit.dataId,
                        group,
                        unit.firstUnit,
                        volume.unitLength(),
                        data,
                        0,
                        bytes.length,
                        sums,
                        0);
        final EntryEncoder row =
                new EntryEncoder()
                        .wrapAndApplyHeader(record, 0, new MessageHeaderEncoder())
                        .epoch(0)
                        .sequence(version())
                        .session(0)
                        .request(0)
                        .lowestOpen(0)
                        .dataId(unit.dataId)
                        .cut(0)
                        .firstUnit(unit.firstUnit)
                        .endUnit(unit.endUnit)
                        .group(group)
                        .kind(EntryKind.ROW)
                        .putChecksums(sums, 0, sums.capacity())
                        .putPayload(data, 0, bytes.length);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + row.encodedLength();
        final Claim claim = new Claim();
        if (!store.claim(length, claim)) {
            throw new SimulationFailure("node " + member.id() + " has no space for a unit");
        }
        claim.buffer().putBytes(claim.offset(), record, 0, length);
        final long put = store.commit(claim);
        store.requestSync(store.endPosition());
        return put;
    }

    private long version() {
        return kind == Kind.OLDER ? unit.version - 1 : unit.version;
    }

    /** Whether it can be made different now. What the index does not name the store may drop. */
    boolean isPrepared() {
        final BlockStore store = member.agent().store();
        if (position != NOT_PUT && store.readRecord(position, record, 0, record.capacity()) < 0) {
            position = put(store);
        }
        return position == NOT_PUT || store.syncedPosition() > position;
    }

    /** Makes it different, and has the primary scrub. */
    void makeDifferent() {
        cluster.copyDiffers();
        final BlockStore store = member.agent().store();
        store.removeRows(
                group, unit.dataId, unit.firstUnit, unit.dataId, unit.endUnit, Long.MAX_VALUE);
        if (kind != Kind.LOST) {
            store.applyWrite(
                    group,
                    version(),
                    unit.dataId,
                    unit.firstUnit,
                    unit.endUnit,
                    unit.dataLength,
                    position);
        }
        cluster.note(
                "unit %d of %d, group %d, differs at node %d: %s"
                        .formatted(unit.firstUnit, unit.dataId, group, member.id(), kind));
        cluster.occurrences().count(Occurrence.COPY_DIFFERED);
        cluster.node(group).agent().scrubNow();
        cluster.node(group).wake();
    }
}
