package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.store.KeyValueStore;

import java.nio.ByteOrder;

/**
 * The rows of a namespace. A key is a letter, then numbers (int64, big-endian) and at most one
 * name.
 *
 * <pre>
 *   C                            counters and journal position, see Counters
 *   I inode                      see InodeRow
 *   E parent name                int64 inode, int64 cookie, int32 type
 *   K parent cookie              int64 inode, int32 type, name
 *   L inode                      target of a symbolic link
 *   X inode name                 value of an extended attribute
 *   O session inode              int32 openings, int32 1 if one of them may write
 *   P inode                      (1 byte) has no name, is open
 *   S session                    int32 endpoint, int32 1 if ending, int64 client id, int64 lowest open request
 *   R session request            the reply
 *   B inode kind start session owner   int64 end, int32 type, int32 pid (a lock)
 *   Q session inode              (1 byte) the session may have locks there
 *   T intent                     see Intents
 *   N node                       int64 current storage id, int64 incarnation, int64 boot hash
 *   D node storageId             (1 byte) 1 if it was the first of this node
 * </pre>
 */
final class Rows {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final ByteOrder BE = ByteOrder.BIG_ENDIAN;
    private static final int MAX_KEY_LENGTH = 511;

    private final KeyValueStore store;
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[MAX_KEY_LENGTH]);
    private final UnsafeBuffer value =
            new UnsafeBuffer(new byte[Math.max(InodeRow.MAX_LENGTH, 512)]);
    private int keyLength;

    /** Inodes that were loaded or saved since this was last cleared. */
    final LongArrayList touched = new LongArrayList();

    /** What {@link #findEntry} found. */
    long entryInode;

    long entryCookie;
    int entryType;

    Rows(final KeyValueStore store) {
        this.store = store;
    }

    KeyValueStore store() {
        return store;
    }

    /** Begins a key. */
    Rows key(final char kind) {
        key.putByte(0, (byte) kind);
        keyLength = 1;
        return this;
    }

    Rows and(final long number) {
        key.putLong(keyLength, number, BE);
        keyLength += Long.BYTES;
        return this;
    }

    Rows and(final DirectBuffer name) {
        key.putBytes(keyLength, name, 0, name.capacity());
        keyLength += name.capacity();
        return this;
    }

    /** The value at the key begun, valid until the rows are next used; or null. */
    DirectBuffer get() {
        return store.get(key, 0, keyLength);
    }

    void put(final DirectBuffer buffer, final int offset, final int length) {
        store.put(key, 0, keyLength, buffer, offset, length);
    }

    boolean remove() {
        return store.remove(key, 0, keyLength);
    }

    /** Puts a value of one byte. */
    void mark(final int number) {
        value.putByte(0, (byte) number);
        put(value, 0, 1);
    }

    /** A place to build a short value in, until the rows are next used. */
    UnsafeBuffer value() {
        return value;
    }

    void putValue(final int length) {
        put(value, 0, length);
    }

    /** Visits rows from the key begun on, as long as the first so many bytes are the same. */
    void scan(final int prefixLength, final KeyValueStore.Visitor visitor) {
        store.forward(
                key,
                0,
                keyLength,
                (k, v) -> {
                    if (k.capacity() < prefixLength) {
                        return false;
                    }
                    for (int i = 0; i < prefixLength; i++) {
                        if (k.getByte(i) != key.getByte(i)) {
                            return false;
                        }
                    }
                    return visitor.onEntry(k, v);
                });
    }

    static long keyNumber(final DirectBuffer rowKey, final int index) {
        return rowKey.getLong(1 + index * Long.BYTES, BE);
    }

    /** Puts the last numbers of the keys of a range into an array, as many as fit. */
    int collect(final int prefixNumbers, final int index, final long[] into) {
        final int[] count = {0};
        scan(
                1 + prefixNumbers * Long.BYTES,
                (k, v) -> {
                    if (count[0] == into.length) {
                        return false;
                    }
                    into[count[0]++] = keyNumber(k, index);
                    return true;
                });
        return count[0];
    }

    boolean load(final long inode, final InodeRow row) {
        touched.addLong(inode);
        final DirectBuffer bytes = key('I').and(inode).get();
        if (bytes == null) {
            return false;
        }
        row.decode(bytes);
        return true;
    }

    void save(final InodeRow row) {
        touched.addLong(row.inode);
        final int length = row.encode(value);
        key('I').and(row.inode).put(value, 0, length);
    }

    boolean findEntry(final long parent, final DirectBuffer name) {
        final DirectBuffer bytes = key('E').and(parent).and(name).get();
        if (bytes == null) {
            return false;
        }
        entryInode = bytes.getLong(0, LE);
        entryCookie = bytes.getLong(8, LE);
        entryType = bytes.getInt(16, LE);
        return true;
    }

    void putEntry(
            final long parent,
            final DirectBuffer name,
            final long cookie,
            final long inode,
            final int type) {
        value.putLong(0, inode, LE);
        value.putLong(8, cookie, LE);
        value.putInt(16, type, LE);
        key('E').and(parent).and(name).put(value, 0, 20);
        value.putInt(8, type, LE);
        value.putBytes(12, name, 0, name.capacity());
        key('K').and(parent).and(cookie).put(value, 0, 12 + name.capacity());
    }

    void removeEntry(final long parent, final DirectBuffer name, final long cookie) {
        key('E').and(parent).and(name).remove();
        key('K').and(parent).and(cookie).remove();
    }
}
