package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.segment.IndexSpace;
import org.trivet.store.segment.Journal;
import org.trivet.store.segment.JournalHandler;

import java.util.function.LongUnaryOperator;

/**
 * The metadata node's journal in recycled segments. A position here is where the next record would
 * begin, so that what begins before it is written, or synced, is what the record needs.
 */
public final class SegmentCommandJournal implements CommandJournal {
    private static final int COMMAND_TYPE = 1;

    private final Journal journal;
    private final IndexSpace usual;
    private final IndexSpace last;
    private final LongUnaryOperator retention;
    private final NanoClock clock;

    /**
     * A journal of commands.
     *
     * @param journal holds them, and nothing else; closed with this.
     * @param usual what is kept for commits of the namespace's store, so that others who fill the
     *     disk take nothing of it.
     * @param last what is kept besides for what makes room.
     * @param retention told up to where the namespace's store is committed, each time; says from
     *     where the journal is to be kept.
     * @param clock the journal's clock.
     */
    public SegmentCommandJournal(
            final Journal journal,
            final IndexSpace usual,
            final IndexSpace last,
            final LongUnaryOperator retention,
            final NanoClock clock) {
        this.journal = journal;
        this.usual = usual;
        this.last = last;
        this.retention = retention;
        this.clock = clock;
    }

    @Override
    public long append(
            final DirectBuffer buffer, final int offset, final int length, final boolean reserve) {
        // With each commit old segments can be used again: there is no cleaner that needs room.
        final int kept = reserve ? Journal.KEEP_NOTHING : Journal.KEEP_LITTLE;
        final long position = journal.append(COMMAND_TYPE, 0, kept, buffer, offset, length);
        return position < 0 ? FULL : journal.endPosition();
    }

    @Override
    public long writtenPosition() {
        return journal.writtenPosition();
    }

    @Override
    public long syncedPosition() {
        return journal.syncedPosition();
    }

    @Override
    public void requestSync() {
        journal.requestSync(journal.endPosition());
    }

    @Override
    public int doWork() {
        final long nowNs = clock.nanoTime();
        return journal.doWork(nowNs) + last.refill(nowNs) + usual.refill(nowNs);
    }

    @Override
    public void replay(final long after, final Handler handler) {
        if (!journal.reachesBackTo(after)) {
            // Not the newest state of the namespace was found, and what came after it is gone.
            throw new TrivetException(
                    ErrorCode.CORRUPT,
                    "the journal begins after position "
                            + after
                            + ", which the index is as of. Put a backup of the whole directory in"
                            + " its place");
        }
        journal.rewrite(after);
        journal.replay(
                after,
                new JournalHandler() {
                    @Override
                    public void onRecord(
                            final int type,
                            final int tag,
                            final long position,
                            final DirectBuffer buffer,
                            final int offset,
                            final int length) {
                        if (type == COMMAND_TYPE && position >= after) {
                            handler.onRecord(position + 1, buffer, offset, length);
                        }
                    }

                    @Override
                    public void onDamage(final long position, final boolean torn) {
                        if (!torn && position >= after) {
                            throw new TrivetException(
                                    ErrorCode.CORRUPT,
                                    "replay metadata journal: damaged at position " + position);
                        }
                    }
                });
    }

    @Override
    public boolean hasRoomToCommit(final int commands, final boolean reserve) {
        return usual.ensure(commands) || reserve && last.ensure(commands);
    }

    @Override
    public void release(final long position) {
        journal.discardBefore(Math.min(position, retention.applyAsLong(position)));
    }

    @Override
    public void close() {
        journal.close();
    }
}
