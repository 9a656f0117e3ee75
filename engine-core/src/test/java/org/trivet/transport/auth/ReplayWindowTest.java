package org.trivet.transport.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

class ReplayWindowTest {
    private static final int WIDTH = ReplayWindow.WIDTH;

    private final ReplayWindow window = new ReplayWindow();

    @Test
    void isNearlyTwoThousandWide() {
        assertEquals(1984, WIDTH);
    }

    @Test
    void takesEachNumberOnceInAnyOrder() {
        for (final long sequence : new long[] {1, 3, 2, 64, 63, 65, 128, 127, WIDTH}) {
            assertTrue(window.isFresh(sequence), "number " + sequence);
            window.take(sequence);
            assertFalse(window.isFresh(sequence), "number " + sequence);
        }
    }

    @Test
    void numbersBeginWithOne() {
        assertFalse(window.isFresh(0));
        assertFalse(window.isFresh(-1));
        assertFalse(window.isFresh(Long.MIN_VALUE));
    }

    @Test
    void theOldestInTheWindowIsFreshAndTheOneBeforeItIsNot() {
        for (long highest = WIDTH + 1; highest < WIDTH + 200; highest++) {
            final ReplayWindow fresh = new ReplayWindow();
            fresh.take(highest);
            assertTrue(fresh.isFresh(highest - WIDTH + 1));
            assertFalse(fresh.isFresh(highest - WIDTH));
            fresh.take(highest - WIDTH + 1);
            assertFalse(fresh.isFresh(highest - WIDTH + 1));
        }
    }

    @Test
    void aLeapForgetsAllThatIsOld() {
        for (int i = 1; i <= 5000; i++) {
            window.take(i);
        }
        window.take(1L << 40);
        assertFalse(window.isFresh(5000));
        for (long i = (1L << 40) - WIDTH + 1; i < 1L << 40; i++) {
            assertTrue(window.isFresh(i));
        }
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void agreesWithASet(final long seed) {
        final Random random = new Random(seed);
        final Set<Long> taken = new HashSet<>();
        long highest = 0;
        for (int i = 0; i < 100_000; i++) {
            final int spread = random.nextInt(100) == 0 ? 3 * WIDTH : 1 + random.nextInt(100);
            final long sequence = highest + spread - random.nextInt(2 * WIDTH);
            final boolean isFresh =
                    sequence > 0 && sequence > highest - WIDTH && !taken.contains(sequence);
            assertEquals(isFresh, window.isFresh(sequence), "number " + sequence);
            if (isFresh && random.nextBoolean()) {
                window.take(sequence);
                taken.add(sequence);
                highest = Math.max(highest, sequence);
            }
        }
    }
}
