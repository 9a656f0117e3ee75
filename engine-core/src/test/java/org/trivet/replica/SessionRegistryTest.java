package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.collections.LongHashSet;
import org.junit.jupiter.api.Test;
import org.trivet.wire.sbe.Refusal;

/** Which sessions a node takes, whatever order the lists come in. */
class SessionRegistryTest {
    private final SessionRegistry registry = new SessionRegistry();

    private static LongHashSet sessions(final long... ids) {
        final LongHashSet set = new LongHashSet();
        for (final long id : ids) {
            set.add(id);
        }
        return set;
    }

    @Test
    void knowsNoneBeforeTheFirstList() {
        assertFalse(registry.isKnown());
        assertEquals(Refusal.RETRY, registry.check(5));
    }

    @Test
    void takesThoseListedAndNewerOnes() {
        assertTrue(registry.update(7, sessions(5, 7)));
        assertEquals(Refusal.NONE, registry.check(5));
        assertEquals(Refusal.NONE, registry.check(8));
        assertEquals(Refusal.SESSION_EXPIRED, registry.check(6));
    }

    @Test
    void aListOfBeforeASessionBeganChangesNothing() {
        registry.update(7, sessions(5, 7));
        assertFalse(registry.update(5, sessions(5)));
        assertEquals(Refusal.NONE, registry.check(7));
        assertEquals(7, registry.highest());
    }

    @Test
    void noListRevivesASessionThatIsOver() {
        registry.update(7, sessions(5, 7));
        assertTrue(registry.update(7, sessions(7)));
        assertTrue(registry.update(7, sessions(5, 7)), "one of before 5 ended, come late");
        assertEquals(Refusal.SESSION_EXPIRED, registry.check(5));
        assertTrue(registry.update(9, sessions(5, 7, 9)));
        assertEquals(Refusal.SESSION_EXPIRED, registry.check(5));
        assertEquals(Refusal.NONE, registry.check(9));
        assertEquals(sessions(7, 9), registry.live());
    }

    @Test
    void sessionsFarAboveTheHighestAreNotTakenBeforeTheyAreListed() {
        registry.update(7, sessions(7));
        final long far = 7 + SessionRegistry.MAX_UNHEARD + 1;
        assertEquals(Refusal.NONE, registry.check(far - 1));
        assertEquals(Refusal.RETRY, registry.check(far));
        registry.update(far, sessions(7, far));
        assertEquals(Refusal.NONE, registry.check(far));
    }

    /** All lists that come later would be older than that one, and no client would be served. */
    @Test
    void soManySessionsCannotHaveBeenGivenOut() {
        assertFalse(registry.isPlausible(-1));
        assertFalse(registry.isPlausible(Long.MAX_VALUE));
        registry.update(7, sessions(7));
        assertFalse(registry.isPlausible(1L << 50));
        assertTrue(registry.isPlausible(1L << 30));
    }
}
