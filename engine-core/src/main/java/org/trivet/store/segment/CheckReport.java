package org.trivet.store.segment;

import java.util.ArrayList;
import java.util.List;

/** What {@link StoreCheck} found: counts, what is damaged, and what is worth a word. */
public final class CheckReport {
    /** So many findings are listed; the rest is counted. */
    public static final int MAX_LISTED = 1000;

    private final List<Finding> findings = new ArrayList<>();
    private long damageCount;
    private long noteCount;
    int segments;
    int spares;
    long records;
    long entries;
    long recordBytes;
    long rows;
    long liveExtents;
    long liveUnits;
    boolean isTorn;

    /**
     * One thing that was found.
     *
     * @param segment the segment that it is in; 0 if it is in the index.
     * @param offset where in the file it is; -1 if that cannot be said.
     * @param isDamage false if nothing is lost or wrong by it.
     * @param what what it is.
     */
    public record Finding(int segment, long offset, boolean isDamage, String what) {
        /** Of the index. */
        static final int INDEX = 0;

        /**
         * The file that it is in.
         *
         * @return the name of the segment's file; null for the index.
         */
        public String segmentFile() {
            return segment == INDEX ? null : Segment.name(segment);
        }
    }

    CheckReport() {}

    void damage(final int segment, final long offset, final String what) {
        damageCount++;
        list(new Finding(segment, offset, true, what));
    }

    void damageOfIndex(final String what) {
        damage(Finding.INDEX, -1, what);
    }

    void note(final int segment, final long offset, final String what) {
        noteCount++;
        list(new Finding(segment, offset, false, what));
    }

    private void list(final Finding finding) {
        if (findings.size() < MAX_LISTED) {
            findings.add(finding);
        }
    }

    /**
     * What was found, in the order in which it was.
     *
     * @return at most {@link #MAX_LISTED} things.
     */
    public List<Finding> findings() {
        return List.copyOf(findings);
    }

    /**
     * What is damaged.
     *
     * @return how many things; 0 if the store is good.
     */
    public long damageCount() {
        return damageCount;
    }

    /**
     * What was found and is no damage.
     *
     * @return how many things.
     */
    public long noteCount() {
        return noteCount;
    }

    /**
     * Segments in use, those that are missing among them.
     *
     * @return how many.
     */
    public int segments() {
        return segments;
    }

    /**
     * Files of segments that are not in use.
     *
     * @return how many.
     */
    public int spares() {
        return spares;
    }

    /**
     * Records whose headers are good.
     *
     * @return how many.
     */
    public long records() {
        return records;
    }

    /**
     * Records that hold an entry or a row.
     *
     * @return how many.
     */
    public long entries() {
        return entries;
    }

    /**
     * The bodies of all records.
     *
     * @return bytes.
     */
    public long recordBytes() {
        return recordBytes;
    }

    /**
     * Rows of the index, of all kinds.
     *
     * @return how many; 0 if there is no index that could be read.
     */
    public long rows() {
        return rows;
    }

    /**
     * Rows of the index that lead to data.
     *
     * @return how many.
     */
    public long liveExtents() {
        return liveExtents;
    }

    /**
     * Units that the index leads to.
     *
     * @return how many.
     */
    public long liveUnits() {
        return liveUnits;
    }

    /**
     * Whether the last record is torn: its process died while writing it. No damage.
     *
     * @return true if so.
     */
    public boolean isTorn() {
        return isTorn;
    }
}
