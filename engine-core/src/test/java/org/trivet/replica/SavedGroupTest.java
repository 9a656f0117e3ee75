package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.Random;

/** What is told of a state that was saved. */
class SavedGroupTest {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int COVERAGE = 56 + 4;
    private static final int GIVEN_UP = COVERAGE + 4 + KeyRanges.RANGE_LENGTH + 40 + 8;
    private static final int LENGTH = GIVEN_UP + 4;

    private static UnsafeBuffer state() {
        final UnsafeBuffer state = new UnsafeBuffer(new byte[LENGTH]);
        state.putLong(0, 5, LE);
        state.putLong(8, 6, LE);
        state.putLong(24, 7, LE);
        state.putInt(48, 1 | 4, LE);
        state.putInt(52, 4, LE);
        state.putInt(COVERAGE, 1, LE);
        return state;
    }

    @Test
    void saysWhatWasSaved() {
        assertEquals(
                new SavedGroup(5, 6, 7, true, false, true, false, false, 0, 1, 0),
                SavedGroup.read(state(), 0, LENGTH));
    }

    @Test
    void statesOfEarlierVersionsEndBeforeWhatIsGivenUp() {
        assertEquals(1, SavedGroup.read(state(), 0, GIVEN_UP - 48).unknownRanges());
    }

    @Test
    void whatIsCutShortIsNone() {
        for (int length = 0; length < GIVEN_UP - 48; length++) {
            assertNull(SavedGroup.read(state(), 0, length), "length " + length);
        }
    }

    @Test
    void lengthsThatReachBeyondItAreRefused() {
        final Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 10_000; i++) {
            final UnsafeBuffer state = state();
            final int[] lengths = {52, COVERAGE, GIVEN_UP};
            final int value = random.nextInt() >> random.nextInt(32);
            state.putInt(lengths[random.nextInt(3)], value, LE);
            refused += SavedGroup.read(state, 0, LENGTH) == null ? 1 : 0;
        }
        assertTrue(refused > 9_000, "refused " + refused);
    }
}
