package org.trivet.store.segment;

import org.agrona.collections.LongArrayList;

/** Numbers of units in words: 3, 5 to 9, 12. */
public final class UnitList {
    private static final int MAX_RANGES = 8;

    private UnitList() {}

    /**
     * Writes ascending numbers.
     *
     * @param units the numbers.
     * @return the first of them, in ranges; "..." if there are more.
     */
    public static String format(final LongArrayList units) {
        final StringBuilder text = new StringBuilder();
        int ranges = 0;
        for (int i = 0; i < units.size(); ) {
            int last = i;
            while (last + 1 < units.size() && units.getLong(last + 1) == units.getLong(last) + 1) {
                last++;
            }
            text.append(text.isEmpty() ? "" : ", ");
            if (ranges++ == MAX_RANGES) {
                return text.append("...").toString();
            }
            text.append(units.getLong(i));
            if (last > i) {
                text.append(" to ").append(units.getLong(last));
            }
            i = last + 1;
        }
        return text.toString();
    }
}
