package org.trivet.store.segment;

import java.util.Arrays;

/** A reusable list of index rows as primitives. */
final class Rows {
    int size;
    long[] dataId = new long[64];
    long[] first = new long[64];
    long[] end = new long[64];
    long[] version = new long[64];
    long[] position = new long[64];
    int[] unitInRecord = new int[64];
    int[] recordDataLength = new int[64];

    void clear() {
        size = 0;
    }

    /** Makes room for a row, and counts it. */
    int add() {
        if (size == first.length) {
            final int length = 2 * size;
            dataId = Arrays.copyOf(dataId, length);
            first = Arrays.copyOf(first, length);
            end = Arrays.copyOf(end, length);
            version = Arrays.copyOf(version, length);
            position = Arrays.copyOf(position, length);
            unitInRecord = Arrays.copyOf(unitInRecord, length);
            recordDataLength = Arrays.copyOf(recordDataLength, length);
        }
        return size++;
    }

    /** Takes the rows of another list in the place of its own. */
    void copy(final Rows other) {
        clear();
        for (int i = 0; i < other.size; i++) {
            add();
            dataId[i] = other.dataId[i];
            first[i] = other.first[i];
            end[i] = other.end[i];
            version[i] = other.version[i];
            position[i] = other.position[i];
            unitInRecord[i] = other.unitInRecord[i];
            recordDataLength[i] = other.recordDataLength[i];
        }
    }
}
