package org.trivet.store.segment;

import org.trivet.store.FileLayer.OpenFile;

/** One file of a journal. Its number is never used again: a recycled file gets another one. */
final class Segment {
    static final String SUFFIX = ".journal";

    final int number;
    final OpenFile file;

    /** Where records begin, behind the header. */
    int dataOffset;

    /** Behind the last record; of the newest segment it grows. */
    int endOffset;

    /** How far zeros or earlier records have been written; of spares. */
    int filledTo;

    /** Rows of an index that name a record here, and bytes that those take: kept by the store. */
    long liveRows;

    long liveBytes;

    /**
     * Whether the cleaner has been through it: what is alive then cannot be read, and trying again
     * is vain.
     */
    boolean cleaned;

    Segment(final int number, final OpenFile file) {
        this.number = number;
        this.file = file;
    }

    static String name(final int number) {
        return String.format("%08x%s", number, SUFFIX);
    }

    /** The number in a file's name, or -1 if it is no segment's. */
    static int number(final String name) {
        if (name.length() != 8 + SUFFIX.length() || !name.endsWith(SUFFIX)) {
            return -1;
        }
        try {
            return Integer.parseInt(name.substring(0, 8), 16);
        } catch (final NumberFormatException e) {
            return -1;
        }
    }
}
