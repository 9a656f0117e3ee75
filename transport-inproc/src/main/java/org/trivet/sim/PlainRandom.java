package org.trivet.sim;

import java.util.Random;

/** The same numbers as those of {@link Random}, for one thread: they are drawn by the million. */
final class PlainRandom extends Random {
    private static final long serialVersionUID = 1;

    private static final long MULTIPLIER = 0x5DEECE66DL;
    private static final long MASK = (1L << 48) - 1;

    private long state;

    PlainRandom(final long seed) {
        super(seed);
    }

    @Override
    public void setSeed(final long seed) {
        state = (seed ^ MULTIPLIER) & MASK;
    }

    @Override
    protected int next(final int bits) {
        state = state * MULTIPLIER + 0xB & MASK;
        return (int) (state >>> 48 - bits);
    }
}
