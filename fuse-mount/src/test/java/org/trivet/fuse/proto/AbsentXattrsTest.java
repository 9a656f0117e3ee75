package org.trivet.fuse.proto;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Test;
import org.trivet.fs.Attributes;

class AbsentXattrsTest {
    private static final long TRUST_NS = 1_000_000_000L;
    private static final byte[] CAPABILITY = "security.capability".getBytes(US_ASCII);
    private static final byte[] OTHER = "user.other".getBytes(US_ASCII);

    private long nowNs = Long.MAX_VALUE - TRUST_NS / 2;
    private final AbsentXattrs absent = new AbsentXattrs(TRUST_NS, () -> nowNs);

    private static Attributes attributes(final long inode, final int xattrCount) {
        return new Attributes(
                inode,
                Attributes.REGULAR,
                1,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                new long[0],
                new long[0],
                1,
                xattrCount,
                false,
                0,
                false);
    }

    @Test
    void attributesAreTrustedForAsLongAsTheKernelTrustsThem() {
        assertFalse(absent.isAbsent(7, OTHER));
        absent.learn(attributes(7, 0));
        nowNs += TRUST_NS - 1;
        assertTrue(absent.isAbsent(7, OTHER));
        assertTrue(absent.isAbsent(7, CAPABILITY));
        assertFalse(absent.isAbsent(8, OTHER));
        nowNs++;
        assertFalse(absent.isAbsent(7, OTHER));
    }

    @Test
    void nothingIsKnownOfInodesThatHaveSomeOrHaveChanged() {
        absent.learn(attributes(7, 1));
        assertFalse(absent.isAbsent(7, OTHER));
        absent.learn(attributes(7, 0));
        absent.changed(7);
        assertFalse(absent.isAbsent(7, OTHER));
        absent.learn(attributes(7, 0));
        absent.learn(attributes(7, 1));
        assertFalse(absent.isAbsent(7, OTHER));
    }

    @Test
    void missingCapabilitySaysNothingOfOthers() {
        absent.learnNoCapability(7);
        assertTrue(absent.isAbsent(7, CAPABILITY));
        assertFalse(absent.isAbsent(7, OTHER));
    }

    @Test
    void lateAnswersAreNotBelievedOnceOneWasGiven() {
        absent.learn(attributes(7, 0));
        absent.giving(7, OTHER);
        assertFalse(absent.isAbsent(7, OTHER));
        absent.learn(attributes(7, 0));
        assertFalse(absent.isAbsent(7, OTHER));
        absent.learnNoCapability(7);
        assertTrue(absent.isAbsent(7, CAPABILITY));
        absent.giving(7, CAPABILITY);
        absent.learnNoCapability(7);
        assertFalse(absent.isAbsent(7, CAPABILITY));
        absent.forget(7);
        absent.learn(attributes(7, 0));
        assertTrue(absent.isAbsent(7, CAPABILITY));
    }

    @Test
    void inodesThatShareASlotAreNotTakenForEachOther() {
        for (long inode = 1; inode <= 200_000; inode++) {
            absent.learn(attributes(inode, 0));
        }
        int known = 0;
        for (long inode = 1; inode <= 200_000; inode++) {
            known += absent.isAbsent(inode, OTHER) ? 1 : 0;
            assertFalse(absent.isAbsent(inode + 200_000, OTHER));
        }
        assertTrue(known > 10_000, "known: " + known);
    }
}
