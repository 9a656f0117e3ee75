package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class AppendHistoryTest {
    private static final int LENGTH = 20;

    private final AppendHistory history = new AppendHistory(LENGTH);
    private long stamp;
    private long lastValue;

    private UnsafeBuffer begin() {
        return history.begin(0, ++lastValue, ++stamp);
    }

    private UnsafeBuffer appended() {
        final UnsafeBuffer record = begin();
        history.done(lastValue, ++stamp);
        return record;
    }

    private void read(final UnsafeBuffer... records) {
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[LENGTH * records.length]);
        for (int i = 0; i < records.length; i++) {
            bytes.putBytes(i * LENGTH, records[i], 0, LENGTH);
        }
        final long invoked = ++stamp;
        history.read(0, bytes, bytes.capacity(), invoked, ++stamp);
    }

    private void holds() {
        assertNull(history.findViolation());
    }

    private void isViolated() {
        assertNotNull(history.findViolation());
    }

    @Test
    void whatWasAppendedIsThereInOrder() {
        final UnsafeBuffer first = appended();
        read(first);
        read(first, appended());
        holds();
    }

    @Test
    void nothingThatWasAcknowledgedIsMissed() {
        appended();
        read();
        isViolated();
    }

    @Test
    void nothingIsThereTwice() {
        final UnsafeBuffer record = appended();
        read(record, record);
        isViolated();
    }

    @Test
    void aLaterOneIsNotBefore() {
        final UnsafeBuffer first = appended();
        final UnsafeBuffer second = appended();
        read(second, first);
        isViolated();
    }

    @Test
    void whatNobodyWasToldOfIsThereOrNot() {
        final UnsafeBuffer first = begin();
        begin();
        read(first);
        holds();
    }

    @Test
    void whatWasThereStays() {
        read(begin());
        read();
        isViolated();
    }

    @Test
    void aGapIsNoRecord() {
        final UnsafeBuffer record = appended();
        read(new UnsafeBuffer(new byte[LENGTH]), record);
        isViolated();
    }
}
