package org.trivet.store;

import org.agrona.DirectBuffer;

/** A store over another one: a test changes what it is about. */
public class ForwardingKeyValueStore implements KeyValueStore {
    private final KeyValueStore under;

    /** Over a store, which is closed with it. */
    protected ForwardingKeyValueStore(final KeyValueStore under) {
        this.under = under;
    }

    @Override
    public DirectBuffer get(final DirectBuffer key, final int offset, final int length) {
        return under.get(key, offset, length);
    }

    @Override
    public void put(
            final DirectBuffer key,
            final int keyOffset,
            final int keyLength,
            final DirectBuffer value,
            final int valueOffset,
            final int valueLength) {
        under.put(key, keyOffset, keyLength, value, valueOffset, valueLength);
    }

    @Override
    public boolean remove(final DirectBuffer key, final int offset, final int length) {
        return under.remove(key, offset, length);
    }

    @Override
    public void forward(
            final DirectBuffer key, final int offset, final int length, final Visitor visitor) {
        under.forward(key, offset, length, visitor);
    }

    @Override
    public void backward(
            final DirectBuffer key, final int offset, final int length, final Visitor visitor) {
        under.backward(key, offset, length, visitor);
    }

    @Override
    public void commit() {
        under.commit();
    }

    @Override
    public void rollback() {
        under.rollback();
    }

    @Override
    public long size() {
        return under.size();
    }

    @Override
    public RuntimeException failure() {
        return under.failure();
    }

    @Override
    public void close() {
        under.close();
    }
}
