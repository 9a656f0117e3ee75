package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.trivet.sim.History.Kind;
import org.trivet.sim.History.Operation;

class RegisterCheckTest {
    private final History history = new History();

    private Operation begin(final Kind kind) {
        return history.begin(kind, 0, 0, 0, 1);
    }

    private Operation write() {
        final Operation write = begin(Kind.WRITE);
        history.completed(write);
        return write;
    }

    private void found(final Operation read, final long value) {
        read.found = new long[] {value};
        history.completed(read);
    }

    private void read(final long value) {
        found(begin(Kind.READ), value);
    }

    private void degradedRead(final long value) {
        final Operation read = begin(Kind.READ);
        read.degraded = true;
        found(read, value);
    }

    private void holds() {
        assertNull(new RegisterCheck(0, history.operations()).findViolation());
    }

    private void isViolated() {
        assertNotNull(new RegisterCheck(0, history.operations()).findViolation());
    }

    @Test
    void readsFindWhatWasWrittenLast() {
        read(History.NOTHING);
        read(write().value);
        read(write().value);
        history.completed(begin(Kind.TRIM));
        read(History.NOTHING);
        holds();
    }

    @Test
    void anAcknowledgedWriteIsNotLost() {
        write();
        read(History.NOTHING);
        isViolated();
    }

    @Test
    void whatWasOverwrittenDoesNotComeBack() {
        final Operation first = write();
        read(write().value);
        read(first.value);
        isViolated();
    }

    @Test
    void whatNobodyWroteIsNotFound() {
        write();
        read(77);
        isViolated();
    }

    @Test
    void aWriteMayTakeEffectAnyTimeBetweenItsBeginningAndItsEnd() {
        final Operation open = begin(Kind.WRITE);
        read(History.NOTHING);
        read(open.value);
        history.completed(open);
        read(open.value);
        holds();
    }

    @Test
    void aWriteThatWasSeenStaysSeen() {
        final Operation open = begin(Kind.WRITE);
        read(open.value);
        read(History.NOTHING);
        history.completed(open);
        isViolated();
    }

    @Test
    void aWriteThatFailedMayTakeEffectLateOrNever() {
        final Operation failed = begin(Kind.WRITE);
        history.failed(failed);
        final Operation lost = begin(Kind.WRITE);
        history.failed(lost);
        final Operation second = write();
        read(second.value);
        read(failed.value);
        holds();
        read(second.value);
        isViolated();
    }

    @Test
    void readsAtOnceWithAWriteMayFindEither() {
        final Operation old = write();
        final Operation write = begin(Kind.WRITE);
        final Operation one = begin(Kind.READ);
        final Operation other = begin(Kind.READ);
        found(one, write.value);
        found(other, old.value);
        history.completed(write);
        holds();
    }

    @Test
    void aDegradedReadMayShowAWriteBeforeItTakesEffect() {
        final Operation old = write();
        final Operation open = begin(Kind.WRITE);
        degradedRead(open.value);
        read(old.value);
        history.completed(open);
        read(open.value);
        holds();
    }

    @Test
    void aDegradedReadShowsNothingThatWasOverwrittenBefore() {
        final Operation old = write();
        write();
        degradedRead(old.value);
        isViolated();
    }

    @Test
    void aDegradedReadDoesNotForgetTheLastWrite() {
        write();
        degradedRead(History.NOTHING);
        isViolated();
    }
}
