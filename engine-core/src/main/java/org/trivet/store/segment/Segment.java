package org.trivet.store.segment;

import org.trivet.store.FileLayer.OpenFile;

import java.nio.ByteBuffer;

/** One file of a journal. Its number is never used again: a recycled file gets another one. */
final class Segment {
    static final String SUFFIX = ".journal";

    /**
     * Zeros that are written at once, from a multiple of it on. The page cache makes one folio of
     * them, which stays as long as the file does: what is read later is gathered from few. From
     * folios of 16 KiB, reading 64 KiB takes twice as long, from such of 64 KiB a quarter longer.
     */
    static final int FILL_STEP = 256 << 10;

    /** As many zeros. Take a duplicate. */
    static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(FILL_STEP).asReadOnlyBuffer();

    final int number;
    final OpenFile file;

    /** Where records begin, behind the header. */
    int dataOffset;

    /** Behind the last record; of the newest segment it grows. */
    int endOffset;

    /**
     * How far it counts as written, with zeros or earlier records: a multiple of {@link
     * #FILL_STEP}, or the end. Only files that have been made since the journal was opened begin
     * with less than all.
     */
    int filledTo = Integer.MAX_VALUE;

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
