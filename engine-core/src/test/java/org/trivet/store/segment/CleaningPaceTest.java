package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CleaningPaceTest {
    private static final int MOST = 256 << 10;
    private static final long GIB = 1L << 30;

    private final CleaningPace pace = new CleaningPace(MOST);
    private long appended;
    private long nowNs;

    private int share(final long more, final long live, final long used, final boolean scarce) {
        appended += more;
        nowNs += 1_000_000;
        return pace.share(nowNs, appended, live, used, scarce);
    }

    @Test
    void goesOnInSmallStepsWhenNobodyAppends() {
        share(4096, GIB, 2 * GIB, false);
        assertEquals(0, share(0, GIB, 2 * GIB, false), "the next append may be about to come");
        nowNs += CleaningPace.QUIET_NS;
        assertEquals(MOST / CleaningPace.QUIET_PART, share(0, GIB, 2 * GIB, false));
    }

    @Test
    void keepsPaceWithWhatIsAppendedByHowMuchIsGarbage() {
        assertEquals(0, share(65536, GIB, GIB, false), "no garbage");
        assertEquals(32768, share(65536, GIB, 2 * GIB, false), "a third of the space");
        assertEquals(65536, share(65536, GIB, 3 * GIB, false), "half of it");
        assertEquals(MOST, share(1 << 20, GIB, 9 * GIB, false), "never more than its share");
    }

    @Test
    void hurriesWhenSpaceIsScarce() {
        assertEquals(8 * 4096, share(4096, GIB, GIB, true));
        assertEquals(MOST, share(1 << 20, GIB, GIB, true));
    }

    @Test
    void garbageStopsGrowingHoweverLongAppendsGoOn() {
        long used = 0;
        for (int i = 0; i < 1_000_000; i++) {
            used += 65536;
            final long looked = share(65536, 0, used, false);
            used -= looked * 3 / 4; // a quarter of what is looked at is alive
        }
        assertTrue(used < 2 * GIB, "garbage is " + used);
    }
}
