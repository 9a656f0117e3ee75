package org.trivet.wire;

import org.agrona.DirectBuffer;
import org.trivet.wire.sbe.Refusal;

/** Told of a data node's answers to a client. Buffers are borrowed until a method returns. */
public interface BlockAnswerHandler {
    /**
     * A write or trim is committed.
     *
     * @param node that answered.
     * @param group of the strip.
     * @param session of the request.
     * @param request its number.
     */
    void onWriteOk(int node, int group, long session, long request);

    /**
     * A write, trim or sync was not done.
     *
     * @param node that answered.
     * @param group of the strip.
     * @param session of the request.
     * @param request its number.
     * @param refusal why.
     * @param about the node that it is about, or -1.
     */
    void onWriteRefused(
            int node, int group, long session, long request, Refusal refusal, int about);

    /**
     * A write is not committed yet.
     *
     * @param node that answered.
     * @param group of the strip.
     * @param session of the request.
     * @param request its number.
     * @param waitingFor bit set of copies.
     */
    void onWriteWaiting(int node, int group, long session, long request, long waitingFor);

    /**
     * Units of a run.
     *
     * @param answer valid during the call.
     */
    void onReadOk(ReadAnswer answer);

    /**
     * Which units of a strip are stored.
     *
     * @param node that answered.
     * @param group of the strip.
     * @param correlation of the request.
     * @param dataId of the file.
     * @param cut cut number of the strip there.
     * @param endUnit up to where.
     * @param ranges pairs (first unit, end unit), in order and not adjacent.
     */
    void onStripMap(
            int node,
            int group,
            long correlation,
            long dataId,
            long cut,
            long endUnit,
            long[] ranges);

    /**
     * A read was not answered.
     *
     * @param node that refused.
     * @param group of the strip.
     * @param correlation of the read.
     * @param refusal why.
     * @param unit if it is GIVEN_UP, the first unit that is lost.
     */
    void onReadRefused(int node, int group, long correlation, Refusal refusal, long unit);

    /**
     * All that was acknowledged is synced.
     *
     * @param node that answered.
     * @param group the group.
     * @param session of the request.
     * @param request its number.
     */
    void onSyncOk(int node, int group, long session, long request);

    /**
     * How much room a node has.
     *
     * @param node which.
     * @param liveBytes of what it stores, 0 or more.
     * @param roomBytes that it can store besides, 0 or more.
     */
    void onRoom(int node, long liveBytes, long roomBytes);

    /** The parts of a ReadOk. */
    final class ReadAnswer {
        /** Bytes of an extent's description. */
        static final int EXTENT_LENGTH = 20;

        DirectBuffer buffer;
        int node;
        int group;
        boolean degraded;
        long correlation;
        long cut;
        long dataId;
        int extentsOffset;
        int extentCount;
        int checksumsOffset;
        int checksumsLength;
        int dataOffset;
        int dataLength;

        ReadAnswer() {}

        /**
         * Holds the message.
         *
         * @return the buffer; offsets of this class count from its beginning.
         */
        public DirectBuffer buffer() {
            return buffer;
        }

        /**
         * Who answered.
         *
         * @return the node.
         */
        public int node() {
            return node;
        }

        /**
         * The strip's group.
         *
         * @return the group.
         */
        public int group() {
            return group;
        }

        /**
         * Whether a write in flight may show.
         *
         * @return true if so.
         */
        public boolean degraded() {
            return degraded;
        }

        /**
         * Of the read that this answers.
         *
         * @return the number.
         */
        public long correlation() {
            return correlation;
        }

        /**
         * The strip's cut number at the replica.
         *
         * @return the number.
         */
        public long cut() {
            return cut;
        }

        /**
         * The strip's data id.
         *
         * @return the id.
         */
        public long dataId() {
            return dataId;
        }

        /**
         * How many extents there are.
         *
         * @return the number.
         */
        public int extentCount() {
            return extentCount;
        }

        /**
         * An extent's first unit, from the first that was asked.
         *
         * @param index of the extent.
         * @return the unit.
         */
        public int firstUnit(final int index) {
            return field(index, 0);
        }

        /**
         * An extent's units.
         *
         * @param index of the extent.
         * @return how many.
         */
        public int unitCount(final int index) {
            return field(index, 4);
        }

        /**
         * An extent's bytes.
         *
         * @param index of the extent.
         * @return how many.
         */
        public int dataLength(final int index) {
            return field(index, 8);
        }

        /**
         * Where the checksums begin.
         *
         * @return offset in the buffer.
         */
        public int checksumsOffset() {
            return checksumsOffset;
        }

        /**
         * Bytes of all checksums.
         *
         * @return the length.
         */
        public int checksumsLength() {
            return checksumsLength;
        }

        /**
         * Where the data begin.
         *
         * @return offset in the buffer.
         */
        public int dataOffset() {
            return dataOffset;
        }

        /**
         * Bytes of data.
         *
         * @return the length.
         */
        public int dataLength() {
            return dataLength;
        }

        private int field(final int index, final int offset) {
            if (index < 0 || index >= extentCount) {
                throw new IndexOutOfBoundsException(index);
            }
            return buffer.getInt(
                    extentsOffset + index * EXTENT_LENGTH + offset,
                    java.nio.ByteOrder.LITTLE_ENDIAN);
        }
    }
}
