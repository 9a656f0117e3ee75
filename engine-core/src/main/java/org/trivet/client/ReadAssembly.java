package org.trivet.client;

import org.agrona.DirectBuffer;
import org.trivet.block.Placement;
import org.trivet.wire.BlockAnswerHandler.ReadAnswer;

import java.util.BitSet;

/** Verifies what a copy answered, and puts the good units where the reader wants them. */
final class ReadAssembly {
    private final Exchange exchange;
    private final int unitLength;
    private final BitSet delivered = new BitSet();
    private final BitSet badUnits = new BitSet();

    ReadAssembly(final Exchange exchange) {
        this.exchange = exchange;
        unitLength = exchange.unitLength;
    }

    /**
     * Takes an answer. Afterwards the part is complete, unless it is partial with units missing.
     *
     * @return false if the answer makes no sense; nothing was taken of it.
     */
    boolean accept(final ReadPart part, final int copy, final ReadAnswer answer) {
        final long first = part.askFirst[copy];
        final int count = part.askCount[copy];
        if (!isWellFormed(answer, count)) {
            return false;
        }
        findBad(part, copy, answer, first);
        final long mask = mask(part, answer.cut());
        final DirectBuffer buffer = answer.buffer();
        long unit = first;
        int dataOffset = answer.dataOffset();
        for (int i = 0; i < answer.extentCount(); i++) {
            final long extentFirst = first + answer.firstUnit(i);
            final long extentEnd = extentFirst + answer.unitCount(i);
            final int dataLength = answer.dataLength(i);
            deliver(part, unit, extentFirst, null, 0, 0, mask);
            deliver(part, extentFirst, extentEnd, buffer, dataOffset, dataLength, mask);
            unit = extentEnd;
            dataOffset += dataLength;
        }
        deliver(part, unit, first + count, null, 0, 0, mask);
        if (part.partial) {
            part.missing.andNot(delivered(part, first, count));
        }
        return true;
    }

    /**
     * Units of this answer that were good, counted from the part's first: all but those found bad.
     */
    private BitSet delivered(final ReadPart part, final long first, final int count) {
        final int from = (int) (first - part.firstUnit);
        delivered.clear();
        delivered.set(from, from + count);
        delivered.andNot(badUnits);
        return delivered;
    }

    /** Verifies all units; those that are bad are noted, and the part becomes partial. */
    private void findBad(
            final ReadPart part, final int copy, final ReadAnswer answer, final long first) {
        badUnits.clear();
        int dataOffset = answer.dataOffset();
        int checksumOffset = answer.checksumsOffset();
        for (int i = 0; i < answer.extentCount(); i++) {
            final long extentFirst = first + answer.firstUnit(i);
            final int dataLength = answer.dataLength(i);
            final int units = answer.unitCount(i);
            int done = 0;
            while (done < units) {
                final int bad =
                        exchange.checksum.verify(
                                part.dataId,
                                part.group,
                                extentFirst + done,
                                unitLength,
                                answer.buffer(),
                                dataOffset + done * unitLength,
                                dataLength - done * unitLength,
                                answer.buffer(),
                                checksumOffset + done * exchange.checksumLength);
                if (bad < 0) {
                    break;
                }
                done += bad;
                exchange.counters.badUnits++;
                part.noteBad(copy, extentFirst + done, extentFirst + done + 1);
                markBad(part, extentFirst + done);
                done++;
            }
            dataOffset += dataLength;
            checksumOffset += units * exchange.checksumLength;
        }
        if (!badUnits.isEmpty() && !part.partial) {
            part.partial = true;
            part.missing.set(0, part.unitCount);
        }
    }

    /**
     * In the first round a bad unit voids its block, so that a block comes from one copy. Where no
     * copy of a whole block is good, its units are put together from several.
     */
    private void markBad(final ReadPart part, final long unit) {
        final int perBlock = part.round == 0 ? exchange.volume.unitsPerBlock() : 1;
        final long from = Math.max(unit / perBlock * perBlock, part.firstUnit);
        final long to = Math.min((unit / perBlock + 1) * perBlock, part.firstUnit + part.unitCount);
        badUnits.set((int) (from - part.firstUnit), (int) (to - part.firstUnit));
    }

    /**
     * The strip offset from which on an answer is to read as zeros, since the copy has not seen a
     * cut there.
     */
    long mask(final ReadPart part, final long cut) {
        final FileBlocks file = part.operation.file;
        if (file.dataId() != part.dataId || cut >= file.cut()) {
            return Long.MAX_VALUE;
        }
        final long cutOffset = file.lowestCutAfter(cut);
        if (cutOffset == Long.MAX_VALUE) {
            return Long.MAX_VALUE;
        }
        exchange.counters.masked++;
        return Placement.stripLengthBefore(
                cutOffset,
                part.firstBlock,
                exchange.volume.nodeCount(),
                exchange.volume.blockLength());
    }

    /** Puts units [from, to) into place, but for those that are bad, or were had before. */
    private void deliver(
            final ReadPart part,
            final long from,
            final long to,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength,
            final long mask) {
        if (!part.partial) {
            deliverRange(part, from, to, from, data, dataOffset, dataLength, mask);
            return;
        }
        long unit = from;
        while (unit < to) {
            final int wanted = part.missing.nextSetBit((int) (unit - part.firstUnit));
            if (wanted < 0 || part.firstUnit + wanted >= to) {
                return;
            }
            unit = part.firstUnit + wanted;
            long end = Math.min(to, part.firstUnit + part.missing.nextClearBit(wanted));
            final int bad = badUnits.nextSetBit(wanted);
            if (bad >= 0) {
                end = Math.min(end, part.firstUnit + bad);
            }
            if (end == unit) {
                unit = part.firstUnit + badUnits.nextClearBit(wanted);
                continue;
            }
            deliverRange(part, unit, end, from, data, dataOffset, dataLength, mask);
            unit = end;
        }
    }

    /**
     * Puts units [from, to) into place; {@code data} begin with unit {@code dataUnit}, and zeros
     * follow them.
     */
    private void deliverRange(
            final ReadPart part,
            final long from,
            final long to,
            final long dataUnit,
            final DirectBuffer data,
            final int dataOffset,
            final int dataLength,
            final long mask) {
        final Operation operation = part.operation;
        final long start = Math.max(from * unitLength, part.from);
        final long end = Math.min(to * unitLength, part.to);
        final long dataStart = dataUnit * unitLength;
        final long dataEnd = Math.min(Math.min(dataStart + dataLength, mask), end);
        if (start < dataEnd) {
            exchange.copy.scatter(
                    data,
                    dataOffset + (int) (start - dataStart),
                    part.firstBlock,
                    start,
                    dataEnd,
                    operation.destination,
                    operation.bufferOffset,
                    operation.fileOffset);
        }
        final long zeroStart = Math.max(start, dataEnd);
        if (zeroStart < end) {
            operation.holes = true;
            exchange.copy.zero(
                    part.firstBlock,
                    zeroStart,
                    end,
                    operation.destination,
                    operation.bufferOffset,
                    operation.fileOffset);
        }
    }

    private boolean isWellFormed(final ReadAnswer answer, final int unitCount) {
        long end = 0;
        long data = 0;
        long units = 0;
        for (int i = 0; i < answer.extentCount(); i++) {
            final long first = answer.firstUnit(i);
            final long count = answer.unitCount(i);
            final long length = answer.dataLength(i);
            if (first < end
                    || count <= 0
                    || first + count > unitCount
                    || length > count * unitLength
                    || length <= (count - 1) * unitLength) {
                return false;
            }
            end = first + count;
            data += length;
            units += count;
        }
        return data == answer.dataLength()
                && units * exchange.checksumLength == answer.checksumsLength();
    }
}
