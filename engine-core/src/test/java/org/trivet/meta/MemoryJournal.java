package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

/** A journal in memory that can lose what is not synced, and be full. */
final class MemoryJournal implements CommandJournal {
    private final List<byte[]> records = new ArrayList<>();
    private long released;
    private long synced;
    private boolean syncWanted;
    private long capacity = Long.MAX_VALUE;
    private int roomToCommit = Integer.MAX_VALUE;
    private boolean holdSync;
    private final List<byte[]> history = new ArrayList<>();
    private boolean keepsHistory;

    /** Loses what was not synced. */
    void losePower() {
        while (end() > synced) {
            records.remove(records.size() - 1);
        }
    }

    void capacity(final long records) {
        capacity = records;
    }

    /** There is room to commit so many commands at once; for those that make room, always. */
    void roomToCommit(final int commands) {
        roomToCommit = commands;
    }

    void holdSync(final boolean hold) {
        holdSync = hold;
    }

    /** Keeps all records, released or not. */
    void keepHistory() {
        keepsHistory = true;
    }

    /** All records that were not lost, from the first. */
    List<byte[]> history() {
        final List<byte[]> all = new ArrayList<>(history);
        all.addAll(records);
        return all;
    }

    int size() {
        return records.size();
    }

    private long end() {
        return released + records.size();
    }

    @Override
    public long append(
            final DirectBuffer buffer, final int offset, final int length, final boolean reserve) {
        if (!reserve && records.size() >= capacity) {
            return FULL;
        }
        final byte[] record = new byte[length];
        buffer.getBytes(offset, record);
        records.add(record);
        return end();
    }

    @Override
    public long writtenPosition() {
        return end();
    }

    @Override
    public long syncedPosition() {
        return synced;
    }

    @Override
    public void requestSync() {
        syncWanted = true;
    }

    @Override
    public int doWork() {
        if (syncWanted && !holdSync) {
            syncWanted = false;
            synced = end();
            return 1;
        }
        return 0;
    }

    @Override
    public void replay(final long after, final Handler handler) {
        for (long position = after + 1; position <= end(); position++) {
            final byte[] record = records.get((int) (position - released - 1));
            handler.onRecord(position, new UnsafeBuffer(record), 0, record.length);
        }
        synced = end();
    }

    @Override
    public void release(final long position) {
        final List<byte[]> old = records.subList(0, (int) (position - released));
        if (keepsHistory) {
            history.addAll(old);
        }
        old.clear();
        released = position;
    }

    @Override
    public boolean hasRoomToCommit(final int commands, final boolean reserve) {
        return reserve || commands <= roomToCommit;
    }

    @Override
    public void close() {}
}
