package org.trivet.sim;

import java.util.Arrays;

/** A set of small numbers; a value. */
final class SlotSet {
    static final SlotSet EMPTY = new SlotSet(new long[0]);

    /** Without zeros at the end, so that equal sets have equal words. */
    private final long[] words;

    private SlotSet(final long[] words) {
        this.words = words;
    }

    boolean has(final int slot) {
        final int word = slot >> 6;
        return word < words.length && (words[word] & 1L << slot) != 0;
    }

    SlotSet with(final int slot) {
        final int word = slot >> 6;
        final long[] changed = Arrays.copyOf(words, Math.max(words.length, word + 1));
        changed[word] |= 1L << slot;
        return new SlotSet(changed);
    }

    SlotSet without(final int slot) {
        if (!has(slot)) {
            return this;
        }
        final long[] changed = words.clone();
        changed[slot >> 6] &= ~(1L << slot);
        int length = changed.length;
        while (length > 0 && changed[length - 1] == 0) {
            length--;
        }
        return new SlotSet(length == changed.length ? changed : Arrays.copyOf(changed, length));
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof final SlotSet set && Arrays.equals(words, set.words);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(words);
    }
}
