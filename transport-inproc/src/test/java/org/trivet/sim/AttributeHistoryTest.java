package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;

class AttributeHistoryTest {
    private static final long CLOCK_NS = 1L << 50;

    private final AttributeHistory history = new AttributeHistory(Attributes.REGULAR, 0644, 0, 0);
    private long stamp;

    private static Attributes found(final int mode, final int uid, final long atimeNs) {
        return new Attributes(
                5,
                Attributes.REGULAR | mode,
                1,
                uid,
                0,
                0,
                0,
                atimeNs,
                CLOCK_NS,
                CLOCK_NS,
                1,
                0,
                null,
                null,
                1,
                0,
                false,
                0,
                false);
    }

    private AttributeHistory.Operation begin(final int mask, final int mode, final int uid) {
        return history.begin(new AttributeChange(mask, mode, uid, 0, 0, 9, 9), ++stamp);
    }

    private void told(final Attributes found) {
        final long invoked = ++stamp;
        history.told(found, invoked, ++stamp);
    }

    private void holds() {
        assertNull(history.findViolation());
    }

    private void isViolated() {
        assertNotNull(history.findViolation());
    }

    @Test
    void whatWasSetIsThere() {
        told(found(0644, 0, CLOCK_NS));
        begin(AttributeChange.MODE, 04755, 0).done(found(04755, 0, CLOCK_NS), ++stamp);
        begin(AttributeChange.ATIME, 0, 0).done(found(04755, 0, 9), ++stamp);
        told(found(04755, 0, 9));
        begin(AttributeChange.UID, 0, 7).done(found(0755, 7, 9), ++stamp);
        holds();
        told(found(0755, 7, CLOCK_NS));
        isViolated();
    }

    @Test
    void aNewOwnerDoesNotLendItsRights() {
        begin(AttributeChange.MODE, 04755, 0).done(found(04755, 0, CLOCK_NS), ++stamp);
        begin(AttributeChange.UID, 0, 7).done(found(04755, 7, CLOCK_NS), ++stamp);
        isViolated();
    }

    @Test
    void whatNobodyWasToldOfMayHaveBeenDoneButNotBeUndone() {
        begin(AttributeChange.MODE, 0600, 0);
        told(found(0644, 0, CLOCK_NS));
        told(found(0600, 0, CLOCK_NS));
        holds();
        told(found(0644, 0, CLOCK_NS));
        isViolated();
    }

    @Test
    void whatWasRefusedWasNotDone() {
        begin(AttributeChange.MODE, 0600, 0).refused();
        told(found(0600, 0, CLOCK_NS));
        isViolated();
    }
}
