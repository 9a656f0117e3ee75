package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableDirectByteBuffer;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.Refusal;

/**
 * Gets back whatever this member of a group lacks, by pulling uncovered ranges from another member,
 * one after the other, no more in a second than the node is told to. A range that a write or a
 * repair waits for comes first, and at once.
 *
 * <p>What is pulled is put into the journal, and into the index when it is synced there and the
 * index has come as far as the source's had.
 *
 * <p>How far it is, is told by how many units this member and its source hold of the group, as of
 * the last chunk; what this member held before all became unknown does not count. After a start in
 * the middle of a rebuild, that is not known any more, and counts.
 */
final class Rebuild {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int LEAD_BYTES = 4 << 20;
    private static final int CUT_LENGTH = 2 * Long.BYTES;
    private static final long REFUSED_PAUSE_NS = 20_000_000L;
    private static final long LONGEST_PAUSE_NS = 320_000_000L;
    private static final long ANSWER_TIMEOUT_NS = 1_000_000_000L;

    /** What has brought something so long ago gets on. */
    private static final long GETS_ON_NS = 100_000_000L;

    private final Group group;
    private final NodeContext node;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final EntryEncoder encoder = new EntryEncoder();
    private final EntryView row = new EntryView();
    private final ExpandableDirectByteBuffer sums = new ExpandableDirectByteBuffer(4096);

    /** Cut numbers, and what is given up. */
    private final ExpandableDirectByteBuffer payload = new ExpandableDirectByteBuffer(4096);

    private KeyRanges.Range wanted;
    private int source;
    private long nonces;
    private long openNonce;
    private KeyRanges.Range openRange;
    private long openAsOf;
    private long askedNs;
    private long notBeforeNs;
    private boolean paused;

    // What is before this was refused by all; it comes again after the last range.
    private long fromDataId;
    private long fromUnit;

    /** How often, in a row, what begins at one key was refused, and how far by all of them. */
    private int refusals;

    private KeyRanges.Range refused;

    /** Grows while all is refused by all. */
    private long refusedPauseNs = REFUSED_PAUSE_NS;

    private PulledRange pulled;

    private long pulledBytes;

    /** What the last source held; 0 before the first chunk. */
    private long sourceUnits;

    /** What is held here of keys that are unknown, from before they were. */
    private long staleUnits;

    private long installedCount;
    private long installedNs;

    Rebuild(final Group group) {
        this.group = group;
        this.node = group.node;
        node.rebuilds.add(this);
    }

    /** Lets no answer count to what has been asked until now. */
    void withdraw() {
        openRange = null;
    }

    /** What has been pulled, and is not installed yet; null if there is nothing. */
    KeyRanges.Range pulledRange() {
        return pulled == null ? null : pulled.range;
    }

    /** How many pulls have been installed since the process started. */
    long installedCount() {
        return installedCount;
    }

    /** Entries of the log above this one may have to be applied again; none if nothing is open. */
    long neededAbove() {
        if (pulled != null) {
            return pulled.watermark;
        }
        return openRange == null ? Long.MAX_VALUE : openAsOf;
    }

    /** Where what has been pulled, and is not installed yet, begins in the journal. */
    long openPosition() {
        return pulled == null ? Long.MAX_VALUE : pulled.position;
    }

    long pulledBytes() {
        return pulledBytes;
    }

    /** Whether a source has said how much there is. */
    boolean isMeasured() {
        return sourceUnits > 0;
    }

    /** Units that are held here, and known to be right. */
    long knownUnits() {
        return node.store.unitCount(group.group) - staleUnits;
    }

    /** Units that there are, as far as is known here. */
    long totalUnits() {
        final long known = knownUnits();
        return group.coverage.isComplete() ? known : Math.max(known, sourceUnits);
    }

    /** A write needs these units to be known. */
    void want(final long dataId, final long firstUnit, final long endUnit) {
        wanted = new KeyRanges.Range(dataId, firstUnit, dataId, endUnit);
    }

    /** Has a member asked next, which has what is unknown as it should be. */
    void prefer(final int copy) {
        source = copy + 1;
    }

    /** Gives up what is under way: the log has been reset. */
    void abandon() {
        openRange = null;
        pulled = null;
        openNonce = 0;
    }

    int doWork() {
        if (pulled != null) {
            return install();
        }
        if (openRange != null) {
            if (node.nowNs - askedNs > ANSWER_TIMEOUT_NS) {
                openRange = null;
                nextSource();
            }
            return 0;
        }
        if (group.coverage.isComplete()
                || !group.hasLog
                || node.volume.replicaCount() == 1
                || paused && notBeforeNs - node.nowNs > 0) {
            return 0;
        }
        return ask();
    }

    /**
     * Whether another group of this node, which gets on, lacks so much more that it goes first: all
     * are to be done at the same time, for one alone takes longer.
     */
    private boolean isAhead() {
        final long leftHere = unitsLeft() + LEAD_BYTES / node.unitLength;
        for (final Rebuild each : node.rebuilds) {
            if (node.nowNs - each.installedNs < GETS_ON_NS && each.unitsLeft() > leftHere) {
                return true;
            }
        }
        return false;
    }

    private long unitsLeft() {
        return totalUnits() - knownUnits();
    }

    private int ask() {
        KeyRanges.Range range = null;
        if (wanted != null) {
            if (group.coverage.covers(wanted)) {
                wanted = null;
            } else {
                range = wanted;
            }
        }
        if (range == null && (isAhead() || !node.rebuildLimit.isOpen(node.nowNs))) {
            return 0;
        }
        if (range == null) {
            range = group.coverage.firstFrom(fromDataId, fromUnit);
            range =
                    range == null
                            ? group.coverage.firstFrom(0, 0)
                            : range.from(fromDataId, fromUnit);
        }
        if (source == 0) {
            nextSource();
        }
        if (group.coverage.isNothing()) {
            staleUnits = node.store.unitCount(group.group);
        }
        nonces++;
        final long nonce = node.incarnation << 24 | nonces & 0xFF_FFFF;
        final int copy = source - 1;
        // What the log holds is applied again, except to what is bad: its bytes may be the log's.
        final long asOf = Math.max(group.log.low(), group.unknownSince);
        if (!node.publisher.pull(
                group.nodeOf(copy), group.group, nonce, asOf, range, CHUNK_BYTES)) {
            nextSource();
            pause(REFUSED_PAUSE_NS);
            return 0;
        }
        openNonce = nonce;
        openRange = range;
        openAsOf = asOf;
        askedNs = node.nowNs;
        return 1;
    }

    private void pause(final long pauseNs) {
        paused = true;
        notBeforeNs = node.nowNs + pauseNs;
    }

    private void nextSource() {
        final int copies = node.volume.replicaCount();
        do {
            source = source % copies + 1;
        } while (source - 1 == group.copy());
    }

    void onChunk(
            final long nonce,
            final long watermark,
            final KeyRanges.Range range,
            final long totalUnits,
            final Refusal refusal,
            final DirectBuffer buffer,
            final int cutsOffset,
            final int cutsLength,
            final int givenUpOffset,
            final int givenUpLength,
            final int rowsOffset,
            final int rowsLength) {
        if (openRange == null || nonce != openNonce) {
            node.counters.increment(Counter.OLD_NONCE);
            return;
        }
        final KeyRanges.Range asked = openRange;
        openRange = null;
        final boolean fits = isAnswer(asked, range);
        if (refusal != Refusal.NONE) {
            onRefused(fits ? range : asked);
        }
        if (refusal != Refusal.NONE || !fits || watermark < openAsOf) {
            nextSource();
            pause(refusedPauseNs);
            return;
        }
        refusedPauseNs = REFUSED_PAUSE_NS;
        if (watermark > group.log.end()) {
            pause(REFUSED_PAUSE_NS);
            return;
        }
        group.commitUpTo(watermark);
        payload.putBytes(0, buffer, cutsOffset, cutsLength);
        final boolean anyGivenUp = givenUpLength > Integer.BYTES;
        if (anyGivenUp) {
            payload.putBytes(cutsLength, buffer, givenUpOffset, givenUpLength);
        }
        pulled =
                journal(
                        watermark,
                        range,
                        cutsLength,
                        anyGivenUp ? givenUpLength : 0,
                        buffer,
                        rowsOffset,
                        rowsLength);
        if (pulled == null) {
            nextSource();
            pause(REFUSED_PAUSE_NS);
            return;
        }
        pulledBytes += rowsLength;
        node.rebuildLimit.pay(rowsLength, node.nowNs);
        sourceUnits = totalUnits;
        node.counters.add(Counter.BYTES_PULLED, rowsLength);
        node.store.requestSync(node.store.endPosition());
    }

    /** What nobody has now must not keep what is behind it waiting. */
    private void onRefused(final KeyRanges.Range range) {
        final boolean isSame =
                refused != null
                        && refused.fromDataId() == range.fromDataId()
                        && refused.fromUnit() == range.fromUnit();
        refused = isSame ? refused.upToEndOf(range) : range;
        refusals = isSame ? refusals + 1 : 1;
        if (refusals >= node.volume.replicaCount() - 1) {
            refusals = 0;
            fromDataId = refused.toDataId();
            fromUnit = refused.toUnit();
            refused = null;
            wanted = null;
            refusedPauseNs = Math.min(2 * refusedPauseNs, LONGEST_PAUSE_NS);
        }
    }

    /** Whether what is missing will be here soon, for all that is known. */
    boolean isHopeful() {
        return node.volume.replicaCount() > 1 && refusedPauseNs < LONGEST_PAUSE_NS;
    }

    private static boolean isAnswer(final KeyRanges.Range asked, final KeyRanges.Range range) {
        return range.fromDataId() == asked.fromDataId()
                && range.fromUnit() == asked.fromUnit()
                && !range.isEmpty()
                && KeyRanges.compare(
                                range.toDataId(), range.toUnit(), asked.toDataId(), asked.toUnit())
                        <= 0;
    }

    /**
     * Puts the removal of what is there, and the rows, into the journal. Null if they are not what
     * they should be, or there is no room.
     */
    private PulledRange journal(
            final long watermark,
            final KeyRanges.Range range,
            final int cutsLength,
            final int givenUpLength,
            final DirectBuffer buffer,
            final int rowsOffset,
            final int rowsLength) {
        final int[] count = {0, 0};
        final boolean wellFormed =
                EntryBatch.visit(
                        buffer,
                        rowsOffset,
                        rowsLength,
                        row,
                        entry -> {
                            count[isRow(entry, watermark) ? 0 : 1]++;
                            return count[1] == 0;
                        });
        if (!wellFormed || count[1] > 0 || cutsLength % CUT_LENGTH != 0) {
            node.counters.increment(Counter.DAMAGED_ON_ARRIVAL);
            return null;
        }
        final long position = clear(watermark, range, count[0], cutsLength, givenUpLength);
        if (position < 0) {
            return null;
        }
        group.noteNeeded(position);
        final PulledRange begun = new PulledRange(row, position);
        EntryBatch.visit(
                buffer,
                rowsOffset,
                rowsLength,
                row,
                entry -> {
                    if (!node.store.claim(entry.length(), node.claim)) {
                        return false;
                    }
                    node.claim
                            .buffer()
                            .putBytes(
                                    node.claim.offset(),
                                    entry.buffer(),
                                    entry.offset(),
                                    entry.length());
                    begun.add(entry, node.store.commit(node.claim));
                    return true;
                });
        return begun.isWhole() ? begun : null;
    }

    private boolean isRow(final EntryView entry, final long watermark) {
        return entry.kind() == EntryKind.ROW
                && entry.group() == group.group
                && entry.sequence() <= watermark
                && node.isSound(entry);
    }

    /** Puts the removal into the journal, and leaves it in {@link #row}; -1 if there is no room. */
    private long clear(
            final long watermark,
            final KeyRanges.Range range,
            final int rowCount,
            final int cutsLength,
            final int givenUpLength) {
        final int length = cutsLength + givenUpLength;
        final int sumsLength = node.units(length) * node.checksumLength;
        if (!node.store.claim(EntryView.encodedLength(sumsLength, length), node.claim)) {
            return -1;
        }
        sums.checkLimit(sumsLength);
        node.checksum.compute(
                range.fromDataId(),
                group.group,
                range.fromUnit(),
                node.unitLength,
                payload,
                0,
                length,
                sums,
                0);
        encoder.wrapAndApplyHeader(node.claim.buffer(), node.claim.offset(), header)
                .epoch(0)
                .sequence(watermark)
                .session(range.toDataId())
                .request(range.toUnit())
                .lowestOpen(rowCount)
                .dataId(range.fromDataId())
                .cut(givenUpLength)
                .firstUnit(range.fromUnit())
                .endUnit(range.fromUnit())
                .group(group.group)
                .kind(EntryKind.CLEAR)
                .putChecksums(sums, 0, sumsLength)
                .putPayload(payload, 0, length);
        final boolean whole =
                row.wrap(node.claim.buffer(), node.claim.offset(), node.claim.length());
        assert whole;
        return node.store.commit(node.claim);
    }

    private int install() {
        if (group.applied < pulled.watermark
                || pulled.lastPosition() >= node.store.syncedPosition()) {
            return 0;
        }
        final long before = node.store.unitCount(group.group);
        pulled.install(group);
        final long replaced = before + pulled.units() - node.store.unitCount(group.group);
        staleUnits = Math.max(0, staleUnits - replaced);
        refused = null;
        group.coverage.cover(pulled.range);
        group.hasPulled = true;
        group.installed = pulled.position;
        installedCount++;
        installedNs = node.nowNs;
        node.rebuildPace.advanced(pulled.units(), node.nowNs);
        pulled = null;
        if (group.coverage.isComplete()) {
            staleUnits = 0;
            sourceUnits = 0;
        }
        group.saveState();
        paused = false;
        node.counters.increment(Counter.CHUNKS_INSTALLED);
        return 1;
    }
}
