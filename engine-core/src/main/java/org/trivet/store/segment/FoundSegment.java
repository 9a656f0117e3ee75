package org.trivet.store.segment;

/**
 * What was found of a segment by looking at its file.
 *
 * @param number its number.
 * @param use what it is for.
 * @param header what its header is.
 * @param headerLength bytes of its header; 0 if that is not good.
 * @param storageId the number of the journal that it is of; 0 if its header is not good.
 * @param segmentLength bytes that it should have; 0 if its header is not good.
 * @param fileLength bytes that it has; -1 if there is no such file.
 * @param endOffset behind the last of its records; 0 if it is not in use.
 */
public record FoundSegment(
        int number,
        Use use,
        Header header,
        int headerLength,
        long storageId,
        int segmentLength,
        long fileLength,
        int endOffset) {
    /** What a segment is for. */
    public enum Use {
        /** It holds records of the journal. */
        IN_USE,
        /** It should hold records of the journal, and there is no such file. */
        MISSING,
        /**
         * It is to be the next one, or has not been recycled yet: what it holds counts for nothing.
         */
        SPARE
    }

    /** What a header is. */
    public enum Header {
        /** A good one. */
        GOOD,
        /** None at all, as in a file that has not been begun. */
        NONE,
        /** Damaged, or no header of a segment. */
        DAMAGED
    }

    /**
     * The name of its file.
     *
     * @return the name, without a directory.
     */
    public String fileName() {
        return Segment.name(number);
    }

    /**
     * The number of a segment.
     *
     * @param fileName the name of its file, or the hexadecimal digits that it begins with.
     * @return the number; -1 if there can be no such segment.
     */
    public static int numberOf(final String fileName) {
        final String digits =
                fileName.endsWith(Segment.SUFFIX)
                        ? fileName.substring(0, fileName.length() - Segment.SUFFIX.length())
                        : fileName;
        return Segment.number(
                "0".repeat(Math.max(0, 8 - digits.length())) + digits + Segment.SUFFIX);
    }
}
