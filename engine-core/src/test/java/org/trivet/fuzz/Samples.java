package org.trivet.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Byte strings that were seen: some of each order of length, for the rare ones are long or short.
 */
final class Samples {
    private static final int MAX_OF_A_LENGTH = 16;

    private final Map<Integer, List<byte[]>> byLength = new TreeMap<>();
    private final List<List<byte[]>> all = new ArrayList<>();

    /** Keeps one; of many the latest, and some earlier ones. */
    void add(final byte[] sample) {
        final int order = Integer.SIZE - Integer.numberOfLeadingZeros(sample.length / 32);
        List<byte[]> kept = byLength.get(order);
        if (kept == null) {
            kept = new ArrayList<>();
            byLength.put(order, kept);
            all.add(kept);
        }
        kept.add(sample);
        if (kept.size() > MAX_OF_A_LENGTH) {
            kept.remove(kept.size() / 2);
        }
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    int size() {
        return all.stream().mapToInt(List::size).sum();
    }

    /** One of them; not to be changed. */
    byte[] any(final Random random) {
        final List<byte[]> ofALength = all.get(random.nextInt(all.size()));
        return ofALength.get(random.nextInt(ofALength.size()));
    }
}
