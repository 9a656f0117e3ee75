package org.trivet.replica;

/**
 * Whether a primary may answer for blocks with pending entries: only while some backup cannot have
 * called it gone. That is so for a while after it has sent a message that a backup has
 * acknowledged; the time of the acknowledgement says nothing, as it may be late.
 *
 * <p>While it has none, the backups may have answered with whatever is in all their logs. So what
 * is pending when it gets one again is in doubt.
 */
final class Lease {
    private final long lengthNs;
    private boolean granted;
    private long heardNs;

    Lease(final long lengthNs) {
        this.lengthNs = lengthNs;
    }

    boolean isHeld(final long nowNs) {
        return granted && nowNs - heardNs <= lengthNs;
    }

    /**
     * A backup has heard what was sent at an instant.
     *
     * @param sentNs of this primary's clock.
     */
    void heard(final long sentNs) {
        if (!granted || sentNs - heardNs > 0) {
            heardNs = sentNs;
            granted = true;
        }
    }

    void end() {
        granted = false;
    }
}
