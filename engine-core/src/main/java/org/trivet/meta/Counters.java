package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.Attributes;

import java.nio.ByteOrder;

/**
 * Numbers that are given out once, and what else there is one of. Kept in memory, and written with
 * each checkpoint.
 *
 * <pre>
 *    0  int64  format version
 *    8  int64  volume id
 *   16  int64  journal position up to which commands are in the rows
 *   24  int64  next inode
 *   32  int64  next data id
 *   40  int64  next session
 *   48  int64  next incarnation of a node
 *   56  int64  next intent
 *   64  int64  next cookie
 *   72  int64  inodes
 * </pre>
 */
final class Counters {
    /**
     * By how much numbers jump when the node starts: more than can have been given out since the
     * journal was last synced, so that what a loss of power took back is not given out again.
     */
    static final long JUMP = 1L << 20;

    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final long FORMAT = 3;
    private static final int LENGTH = 80;

    private final Rows rows;
    private final long volumeId;

    long journalPosition;
    long nextInode = Attributes.ROOT_INODE + 1;
    long nextDataId = 1;
    long nextSession = 1;
    long nextIncarnation = 1;
    long nextIntent = 1;
    long nextCookie = 17;
    long inodeCount;

    Counters(final Rows rows, final long volumeId) {
        this.rows = rows;
        this.volumeId = volumeId;
        final DirectBuffer row = rows.key('C').get();
        if (row != null) {
            load(row);
        }
    }

    private void load(final DirectBuffer row) {
        final long format = row.getLong(0, LE);
        final long volume = row.getLong(8, LE);
        if (format != FORMAT) {
            throw new TrivetException(
                    ErrorCode.NOT_SUPPORTED,
                    "the namespace is of format "
                            + format
                            + "; this version knows format "
                            + FORMAT);
        }
        if (volume != volumeId) {
            throw new TrivetException(
                    ErrorCode.CORRUPT,
                    "the namespace is of volume " + volume + ", not of volume " + volumeId);
        }
        journalPosition = row.getLong(16, LE);
        nextInode = row.getLong(24, LE);
        nextDataId = row.getLong(32, LE);
        nextSession = row.getLong(40, LE);
        nextIncarnation = row.getLong(48, LE);
        nextIntent = row.getLong(56, LE);
        nextCookie = row.getLong(64, LE);
        inodeCount = row.getLong(72, LE);
    }

    void save() {
        final var value = rows.value();
        value.putLong(0, FORMAT, LE);
        value.putLong(8, volumeId, LE);
        value.putLong(16, journalPosition, LE);
        value.putLong(24, nextInode, LE);
        value.putLong(32, nextDataId, LE);
        value.putLong(40, nextSession, LE);
        value.putLong(48, nextIncarnation, LE);
        value.putLong(56, nextIntent, LE);
        value.putLong(64, nextCookie, LE);
        value.putLong(72, inodeCount, LE);
        rows.key('C').put(value, 0, LENGTH);
    }

    void jump() {
        nextInode += JUMP;
        nextDataId += JUMP;
        nextSession += JUMP;
        nextIncarnation += JUMP;
        nextIntent += JUMP;
    }
}
