package org.trivet.store;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A key-value store in memory, for tests and simulation. {@link #rollback} is what a crash does to
 * it. It keeps its entries when it is closed, so that it can be opened again with {@link #reopen}.
 */
public final class MemoryKeyValueStore implements KeyValueStore {
    private final TreeMap<byte[], byte[]> entries = new TreeMap<>(Arrays::compareUnsigned);
    private final List<Change> changes = new ArrayList<>();
    private final UnsafeBuffer keyView = new UnsafeBuffer();
    private final UnsafeBuffer valueView = new UnsafeBuffer();
    private boolean closed;

    private record Change(byte[] key, byte[] before) {}

    /** An empty store. */
    public MemoryKeyValueStore() {}

    /**
     * Opens the store again, as of its last commit.
     *
     * @return this.
     */
    public MemoryKeyValueStore reopen() {
        rollbackChanges();
        closed = false;
        return this;
    }

    /**
     * The same entries as of the last commit, to be put in place of these later.
     *
     * @return a copy.
     */
    public MemoryKeyValueStore copy() {
        final MemoryKeyValueStore copy = new MemoryKeyValueStore();
        copy.entries.putAll(entries);
        copy.changes.addAll(changes);
        copy.rollbackChanges();
        return copy;
    }

    @Override
    public DirectBuffer get(final DirectBuffer key, final int offset, final int length) {
        ensureOpen();
        final byte[] value = entries.get(copy(key, offset, length));
        if (value == null) {
            return null;
        }
        valueView.wrap(value);
        return valueView;
    }

    @Override
    public void put(
            final DirectBuffer key,
            final int keyOffset,
            final int keyLength,
            final DirectBuffer value,
            final int valueOffset,
            final int valueLength) {
        ensureOpen();
        final byte[] keyBytes = copy(key, keyOffset, keyLength);
        changes.add(
                new Change(keyBytes, entries.put(keyBytes, copy(value, valueOffset, valueLength))));
    }

    @Override
    public boolean remove(final DirectBuffer key, final int offset, final int length) {
        ensureOpen();
        final byte[] keyBytes = copy(key, offset, length);
        final byte[] before = entries.remove(keyBytes);
        if (before == null) {
            return false;
        }
        changes.add(new Change(keyBytes, before));
        return true;
    }

    @Override
    public void forward(
            final DirectBuffer key, final int offset, final int length, final Visitor visitor) {
        ensureOpen();
        visit(entries.tailMap(copy(key, offset, length), true), visitor);
    }

    @Override
    public void backward(
            final DirectBuffer key, final int offset, final int length, final Visitor visitor) {
        ensureOpen();
        visit(entries.headMap(copy(key, offset, length), true).descendingMap(), visitor);
    }

    @Override
    public void commit() {
        ensureOpen();
        changes.clear();
    }

    @Override
    public void rollback() {
        ensureOpen();
        rollbackChanges();
    }

    @Override
    public long size() {
        return entries.size();
    }

    @Override
    public void close() {
        closed = true;
    }

    private void rollbackChanges() {
        for (int i = changes.size() - 1; i >= 0; i--) {
            final Change change = changes.get(i);
            if (change.before == null) {
                entries.remove(change.key);
            } else {
                entries.put(change.key, change.before);
            }
        }
        changes.clear();
    }

    private void visit(final Map<byte[], byte[]> map, final Visitor visitor) {
        for (final Map.Entry<byte[], byte[]> entry : map.entrySet()) {
            keyView.wrap(entry.getKey());
            valueView.wrap(entry.getValue());
            if (!visitor.onEntry(keyView, valueView)) {
                return;
            }
        }
    }

    private void ensureOpen() {
        if (closed) {
            throw new IllegalStateException("the key-value store is closed");
        }
    }

    private static byte[] copy(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }
}
