package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongArrayList;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.Refusal;

import java.nio.ByteOrder;
import java.util.ArrayList;

/**
 * Gets back whatever this member of a group lacks, by pulling uncovered ranges from another member,
 * one after the other. A range that a write or a repair waits for comes first.
 *
 * <p>What is pulled is put into the journal, and into the index when it is synced there and the
 * index has come as far as the source's had.
 */
final class Rebuild {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int CHUNK_BYTES = 1 << 20;
    private static final long REFUSED_PAUSE_NS = 20_000_000L;
    private static final long ANSWER_TIMEOUT_NS = 1_000_000_000L;

    private record Row(
            long version,
            long dataId,
            long firstUnit,
            long endUnit,
            int dataLength,
            long position) {}

    private final Group group;
    private final NodeContext node;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final EntryEncoder encoder = new EntryEncoder();
    private final EntryView row = new EntryView();

    private Coverage.Range wanted;
    private int source;
    private long nonces;
    private long openNonce;
    private Coverage.Range openRange;
    private long askedNs;
    private long notBeforeNs;
    private boolean paused;

    // Ranges before this were refused by all; they come again after the last one.
    private long fromDataId;
    private long fromUnit;
    private int refusals;

    private final ArrayList<Row> rows = new ArrayList<>();
    private final LongArrayList cuts = new LongArrayList();
    private Coverage.Range installRange;
    private long installWatermark;
    private long installPosition;

    private long pulledBytes;
    private long sourceBytes;

    Rebuild(final Group group) {
        this.group = group;
        this.node = group.node;
    }

    boolean isPulling() {
        return openRange != null || installRange != null;
    }

    long pulledBytes() {
        return pulledBytes;
    }

    long sourceBytes() {
        return sourceBytes;
    }

    /** A write needs these units to be known. */
    void want(final long dataId, final long firstUnit, final long endUnit) {
        wanted = new Coverage.Range(dataId, firstUnit, dataId, endUnit);
    }

    /** Gives up what is under way: the log has been reset. */
    void abandon() {
        openRange = null;
        installRange = null;
        openNonce = 0;
    }

    int doWork() {
        if (installRange != null) {
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
                || paused && notBeforeNs - node.nowNs > 0) {
            return 0;
        }
        return ask();
    }

    private int ask() {
        Coverage.Range range = null;
        if (wanted != null) {
            if (group.coverage.covers(wanted.fromDataId(), wanted.fromUnit(), wanted.toUnit())) {
                wanted = null;
            } else {
                range = wanted;
            }
        }
        if (range == null) {
            range = group.coverage.firstFrom(fromDataId, fromUnit);
            if (range == null) {
                range = group.coverage.firstFrom(0, 0);
            }
        }
        if (source == 0) {
            nextSource();
        }
        nonces++;
        final long nonce = node.incarnation << 24 | nonces & 0xFF_FFFF;
        final int copy = source - 1;
        if (!node.publisher.pull(
                group.nodeOf(copy), group.group, nonce, group.applied, range, CHUNK_BYTES)) {
            nextSource();
            pause(REFUSED_PAUSE_NS);
            return 0;
        }
        openNonce = nonce;
        openRange = range;
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
            final Coverage.Range range,
            final long totalBytes,
            final Refusal refusal,
            final DirectBuffer buffer,
            final int cutsOffset,
            final int cutsLength,
            final int rowsOffset,
            final int rowsLength) {
        if (openRange == null || nonce != openNonce) {
            node.counters.increment(Counter.OLD_NONCE);
            return;
        }
        final Coverage.Range asked = openRange;
        openRange = null;
        if (refusal != Refusal.NONE && ++refusals >= node.volume.replicaCount() - 1) {
            // Nobody has it now: it must not keep the others waiting.
            refusals = 0;
            fromDataId = asked.toDataId();
            fromUnit = asked.toUnit();
            wanted = null;
        }
        if (refusal != Refusal.NONE || !isAnswer(asked, range) || watermark < group.log.low()) {
            nextSource();
            pause(REFUSED_PAUSE_NS);
            return;
        }
        if (watermark > group.log.end()) {
            pause(REFUSED_PAUSE_NS);
            return;
        }
        group.commitTo(Math.max(group.watermark, watermark));
        rows.clear();
        cuts.clear();
        if (!journal(watermark, range, buffer, rowsOffset, rowsLength)) {
            nextSource();
            pause(REFUSED_PAUSE_NS);
            return;
        }
        for (int i = 0; i < cutsLength; i += 8) {
            cuts.addLong(buffer.getLong(cutsOffset + i, LE));
        }
        pulledBytes += rowsLength;
        sourceBytes = totalBytes;
        node.counters.add(Counter.BYTES_PULLED, rowsLength);
        installRange = range;
        installWatermark = watermark;
        node.store.requestSync(node.store.endPosition());
    }

    private static boolean isAnswer(final Coverage.Range asked, final Coverage.Range range) {
        return range.fromDataId() == asked.fromDataId()
                && range.fromUnit() == asked.fromUnit()
                && !range.isEmpty()
                && Coverage.compare(
                                range.toDataId(), range.toUnit(), asked.toDataId(), asked.toUnit())
                        <= 0;
    }

    /** Puts the removal of what is there, and the rows, into the journal. */
    private boolean journal(
            final long watermark,
            final Coverage.Range range,
            final DirectBuffer buffer,
            final int rowsOffset,
            final int rowsLength) {
        if (!node.store.claim(EntryView.encodedLength(0, 0), node.claim)) {
            return false;
        }
        encoder.wrapAndApplyHeader(node.claim.buffer(), node.claim.offset(), header)
                .epoch(0)
                .sequence(watermark)
                .session(range.toDataId())
                .request(range.toUnit())
                .lowestOpen(0)
                .dataId(range.fromDataId())
                .cut(0)
                .firstUnit(range.fromUnit())
                .endUnit(0)
                .group(group.group)
                .kind(EntryKind.CLEAR);
        encoder.putChecksums(buffer, 0, 0).putPayload(buffer, 0, 0);
        installPosition = node.store.commit(node.claim);
        final int[] bad = {0};
        final boolean wellFormed =
                EntryBatch.visit(
                        buffer,
                        rowsOffset,
                        rowsLength,
                        row,
                        entry -> {
                            if (entry.kind() != EntryKind.ROW
                                    || entry.group() != group.group
                                    || entry.sequence() > watermark
                                    || !node.isSound(entry)
                                    || !node.store.claim(entry.length(), node.claim)) {
                                bad[0]++;
                                return false;
                            }
                            node.claim
                                    .buffer()
                                    .putBytes(
                                            node.claim.offset(),
                                            entry.buffer(),
                                            entry.offset(),
                                            entry.length());
                            installPosition = node.store.commit(node.claim);
                            rows.add(
                                    new Row(
                                            entry.sequence(),
                                            entry.dataId(),
                                            entry.firstUnit(),
                                            entry.endUnit(),
                                            entry.dataLength(),
                                            installPosition));
                            return true;
                        });
        return wellFormed && bad[0] == 0;
    }

    private int install() {
        if (group.applied < installWatermark || installPosition >= node.store.syncedPosition()) {
            return 0;
        }
        final Coverage.Range range = installRange;
        // All rows go, whatever version a bad one may claim: those above the source's watermark are
        // put again below, from the log, which lets go of nothing meanwhile.
        node.store.removeRows(
                group.group,
                range.fromDataId(),
                range.fromUnit(),
                range.toDataId(),
                range.toUnit(),
                Long.MAX_VALUE);
        for (final Row pulled : rows) {
            node.store.applyWrite(
                    group.group,
                    pulled.version,
                    pulled.dataId,
                    pulled.firstUnit,
                    pulled.endUnit,
                    pulled.dataLength,
                    pulled.position);
        }
        for (int i = 0; i < cuts.size(); i += 2) {
            node.store.setCut(group.group, cuts.getLong(i), cuts.getLong(i + 1));
        }
        // What was applied here since the source's watermark wins: versions see to writes, and
        // trims are done again.
        for (long sequence = Math.max(installWatermark, group.log.low()) + 1;
                sequence <= group.applied;
                sequence++) {
            group.applyToIndex(group.log.get(sequence));
        }
        refusals = 0;
        group.coverage.cover(range);
        group.saveState();
        installRange = null;
        paused = false;
        node.counters.increment(Counter.CHUNKS_INSTALLED);
        return 1;
    }
}
