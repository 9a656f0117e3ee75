package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.trivet.store.segment.Journal;
import org.trivet.store.segment.JournalHandler;

/** The commands of the metadata node in a journal of segments. Owned by one thread. */
public final class SegmentCommandJournal implements CommandJournal {
    private static final int COMMAND = 1;
    private static final long RESERVE_BYTES = 2L << 20;

    private final Journal journal;
    private final NanoClock clock;
    private boolean reported;

    /**
     * Commands in a journal that has been opened; closed with it.
     *
     * @param journal holds commands and nothing else.
     * @param clock   monotonic.
     */
    public SegmentCommandJournal(final Journal journal, final NanoClock clock) {
        this.journal = journal;
        this.clock = clock;
    }

    @Override
    public long append(final DirectBuffer buffer, final int offset, final int length, final boolean reserve) {
        final long position = journal.append(COMMAND, 0, reserve ? 0 : RESERVE_BYTES, buffer, offset, length);
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
        final RuntimeException failure = journal.failure();
        if (failure != null) {
            if (reported) {
                return 0;
            }
            reported = true;
            throw failure;
        }
        return journal.doWork(clock.nanoTime());
    }

    @Override
    public void replay(final long after, final Handler handler) {
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
                        if (position >= after) {
                            handler.onRecord(Journal.endOf(position, length), buffer, offset, length);
                        }
                    }

                    @Override
                    public void onDamage(final long position, final boolean torn) {
                        if (!torn) {
                            throw new org.trivet.TrivetException(
                                    org.trivet.ErrorCode.CORRUPT,
                                    "the metadata node's journal is damaged at position " + position
                                            + ", with records behind it: restore its directory from a copy");
                        }
                    }
                });
    }

    @Override
    public void release(final long position) {
        journal.discardBefore(position);
    }

    @Override
    public void close() {
        journal.close();
    }
}
