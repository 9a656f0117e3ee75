package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.trivet.VolumeConfig.Durability;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.store.EntryView;

/** A group of which this node is a backup. */
final class GroupBackup extends Group {
    /** No message of the primary's present process has been heard. */
    static final long NOT_HEARD = Long.MIN_VALUE;

    private static final long NEVER = Long.MAX_VALUE;

    private final int primary;
    private final EntryBatch.Visitor taking = this::take;
    private long lastHeardNs;
    private boolean heard;

    /** When the latest message heard in this epoch was sent, by the primary's clock. */
    private long heardSentNs = NOT_HEARD;

    private long sentEpoch;

    // The primary has asked for entries: none that it sent before, in this epoch, is taken since.
    private long askedEpoch;
    private long askedSentNs;

    /** The last entry that the message at hand speaks of. */
    private long vouchedFor;

    /**
     * Another member had a log up to here when this process started, and the primary has not said
     * yet that this one is complete: it may have had what it lacks.
     */
    private long endElsewhere;

    /**
     * Once the log here has reached this, and readers without the primary can count on it, it lacks
     * nothing that it ever had. The primary has said so, to this start of the process.
     */
    private long completeAt = NEVER;

    private long lastJoinNs;
    private boolean joining;
    private boolean ackDue;
    private boolean mismatch;
    private long ackedWritten;
    private long ackedSynced;
    private long syncWanted;
    private boolean testimonyDue;
    private long testimonyPosition;

    GroupBackup(final NodeContext node, final int group) {
        super(node, group);
        this.primary = nodeOf(0);
    }

    /** Whether the end of the log may be missing: not if all is there up to the bound. */
    private int becomeComplete() {
        if (shownEnd() < completeAt) {
            return 0;
        }
        endElsewhere = 0;
        if (!suspect) {
            return 0;
        }
        suspect = false;
        touchState();
        return 1;
    }

    private long freeBytesShare() {
        return node.store.freeBytes() / node.volume.replicaCount();
    }

    private long roomBytesShare() {
        return node.store.roomBytes() / node.volume.replicaCount();
    }

    private void hear() {
        lastHeardNs = node.nowNs;
        heard = true;
    }

    void onHello(final long newEpoch) {
        hear();
        if (newEpoch < epoch) {
            node.counters.increment(Counter.FENCED);
            return;
        }
        if (newEpoch > epoch || !testimonyDue) {
            epoch = newEpoch;
            testimonyPosition = saveState();
            testimonyDue = true;
            if (node.volume.durability() == Durability.DISK) {
                node.store.requestSync(node.store.endPosition());
            }
        }
    }

    private int testify() {
        if (!testimonyDue) {
            return 0;
        }
        final long durable =
                node.volume.durability() == Durability.DISK
                        ? node.store.syncedPosition()
                        : node.store.writtenPosition();
        if (testimonyPosition >= durable || written < log.end()) {
            return 0;
        }
        if (!node.publisher.testimony(primary, this, freeBytesShare(), roomBytesShare())) {
            return 0;
        }
        testimonyDue = false;
        return 1;
    }

    /**
     * The primary asks for entries that it lacks, or whose bytes are bad there. The answer says
     * what there is here, and nothing that was sent before the question changes that any more.
     */
    void onFetchLog(
            final long primaryEpoch,
            final long from,
            final long upTo,
            final long sentNs,
            final EntryBatch batch) {
        if (primaryEpoch != epoch) {
            return;
        }
        if (askedEpoch != epoch || sentNs - askedSentNs > 0) {
            askedEpoch = epoch;
            askedSentNs = sentNs;
        }
        batch.clear();
        if (hasLog && from > log.low()) {
            addEntries(batch, from, Math.min(upTo, log.end()));
        }
        node.publisher.logEntries(primary, this, from, sentNs, batch.buffer(), batch.length());
    }

    /**
     * Whether the primary has asked for entries since it sent a message: it may have counted on
     * what it was told.
     */
    private boolean isOverruled(final long messageEpoch, final long sentNs) {
        return askedEpoch == messageEpoch && sentNs - askedSentNs <= 0;
    }

    /** The primary asks what is missing here. */
    void onLackQuery(final long primaryEpoch, final long query) {
        if (primaryEpoch != epoch) {
            node.counters.increment(Counter.FENCED);
            return;
        }
        node.publisher.lackReply(primary, this, query, node.incarnation, lacking());
    }

    void onPrepare(
            final long newEpoch,
            final long forIncarnation,
            final long previousSequence,
            final long previousEpoch,
            final long primaryWatermark,
            final long allSynced,
            final long newSyncWanted,
            final long newBound,
            final long sentNs,
            final DirectBuffer buffer,
            final int entriesOffset,
            final int entriesLength) {
        if (newEpoch < epoch) {
            node.counters.increment(Counter.FENCED);
            return;
        }
        hear();
        if (newEpoch > sentEpoch || heardSentNs == NOT_HEARD || sentNs - heardSentNs > 0) {
            sentEpoch = newEpoch;
            heardSentNs = sentNs;
        }
        if (!hasLog) {
            return;
        }
        if (newEpoch > epoch) {
            epoch = newEpoch;
            touchState();
        }
        ackDue = true;
        if (previousSequence > log.end()) {
            mismatch = true;
            return;
        }
        // A message that speaks of an entry that is void here was sent before that.
        if (previousSequence >= log.low()
                && log.settled(previousSequence) == previousSequence
                && log.epochOf(previousSequence) != previousEpoch) {
            disagrees();
            return;
        }
        vouchedFor = previousSequence;
        if (entriesLength > 0) {
            // What was sent to an earlier start of this node may have been overruled before this
            // one.
            if (forIncarnation != node.incarnation || isOverruled(newEpoch, sentNs)) {
                mismatch = true;
            } else {
                EntryBatch.visit(buffer, entriesOffset, entriesLength, node.entry, taking);
            }
        }
        // Further on, the log here may still hold what is void by now.
        commitUpTo(Math.min(primaryWatermark, log.settled(vouchedFor)));
        if (forIncarnation == node.incarnation) {
            completeAt = Math.min(completeAt, newBound);
        }
        if (Math.min(newSyncWanted, log.end()) > syncWanted) {
            syncWanted = Math.min(newSyncWanted, log.end());
            node.store.requestSync(node.store.endPosition());
        }
        release(allSynced);
    }

    private boolean take(final EntryView entry) {
        final long sequence = entry.sequence();
        if (sequence <= log.end()) {
            if (sequence > log.low() && log.epochOf(sequence) != entry.epoch()) {
                disagrees();
                return false;
            }
            vouchedFor = Math.max(vouchedFor, sequence);
            return true;
        }
        if (!follows(entry)) {
            mismatch = true;
            return false;
        }
        if (isAgainstCommitted(entry)) {
            disagrees();
            return false;
        }
        if (!node.isSound(entry)) {
            node.counters.increment(Counter.DAMAGED_ON_ARRIVAL);
            return false;
        }
        if (!append(entry)) {
            return false;
        }
        vouchedFor = sequence;
        return true;
    }

    void onJoinOk(
            final long newEpoch,
            final long forIncarnation,
            final long base,
            final long baseEpoch,
            final long newBound,
            final DirectBuffer buffer,
            final int resultsOffset,
            final int resultsLength) {
        if (newEpoch < epoch || forIncarnation != node.incarnation) {
            return;
        }
        hear();
        if (hasLog && base <= log.end()) {
            return;
        }
        rebuild.abandon();
        epoch = newEpoch;
        resetTo(base, baseEpoch);
        uncoverAll();
        results.clear();
        results.merge(buffer, resultsOffset, resultsLength);
        hasLog = true;
        bound = newBound;
        suspect = newBound > base;
        completeAt = NEVER;
        endElsewhere = 0;
        saveState();
        ackDue = true;
        mismatch = true;
        joining = false;
        node.counters.increment(Counter.JOINS);
    }

    void onWatermark(final long replyEpoch, final long query, final long primaryWatermark) {
        if (replyEpoch < epoch || !hasLog || primaryWatermark > log.end()) {
            return;
        }
        hear();
        commitUpTo(primaryWatermark);
        reads.onWatermark(query);
    }

    /**
     * This process has stood still, or its clock has jumped: while it did not listen, not to hear
     * anything means nothing.
     */
    void stoodStill(final long durationNs) {
        lastHeardNs += durationNs;
    }

    @Override
    boolean hearsPrimary() {
        return !primaryIsGone();
    }

    boolean primaryIsGone() {
        return heard && node.nowNs - lastHeardNs > node.config.primaryGoneNs();
    }

    @Override
    void onCommitted(final LogEntry entry) {
        // clients are answered by the primary
    }

    @Override
    boolean mayLackEnd() {
        return false; // what it had not written did not count for readers
    }

    @Override
    boolean lacksEnd() {
        return log.end() < endElsewhere && !primaryIsGone();
    }

    /**
     * Whoever has an entry that this backup lacks may not know that it is committed. Either it
     * never came here, and then it is not; or this storage is older than it was. The primary will
     * tell; if it is gone, most likely the former is the case.
     */
    @Override
    void onEndElsewhere(final long end) {
        endElsewhere = Math.max(endElsewhere, end);
    }

    @Override
    long inDoubtEnd() {
        return log.end();
    }

    @Override
    int doWork() {
        if (!heard) {
            hear();
        }
        int workCount = track() + becomeComplete() + apply() + testify();
        workCount += rebuild.doWork() + confirm();
        workCount += reads.ask(primary, primaryIsGone());
        if (!hasLog && (!joining || node.nowNs - lastJoinNs > node.config.resendTimeoutNs())) {
            joining = true;
            lastJoinNs = node.nowNs;
            node.publisher.join(primary, group, node.incarnation);
            workCount++;
        }
        return workCount + acknowledge();
    }

    private int acknowledge() {
        if (!hasLog || !ackDue && written == ackedWritten && synced == ackedSynced) {
            return 0;
        }
        final long claimed = mismatch ? log.end() : written;
        if (mismatch && written < log.end()) {
            return 0; // what is not written yet must not be claimed
        }
        if (node.publisher.ack(
                primary,
                group,
                epoch,
                node.incarnation,
                claimed,
                synced,
                freeBytesShare(),
                roomBytesShare(),
                mismatch,
                sentEpoch == epoch ? heardSentNs : NOT_HEARD)) {
            ackDue = false;
            mismatch = false;
            ackedWritten = written;
            ackedSynced = synced;
            return 1;
        }
        return 0;
    }
}
