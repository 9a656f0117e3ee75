package org.trivet.client;

import org.agrona.MutableDirectBuffer;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.Placement;
import org.trivet.wire.sbe.Refusal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;

/**
 * Writes and trims under way: each part is sent to its group's primary until it is answered. A part
 * that meets a newer cut of its file goes on with what lies before the cut; or not at all, if it is
 * not known any more where that was.
 */
final class Writes {
    private static final int MAX_POOLED = 4096;

    private final Exchange exchange;
    private final GroupWindow[] windows;
    private final ArrayList<WritePart> parts = new ArrayList<>();
    private final ArrayList<WritePart> free = new ArrayList<>();
    private final ArrayList<FileBlocks> refreshing = new ArrayList<>();

    Writes(final Exchange exchange) {
        this.exchange = exchange;
        windows = new GroupWindow[exchange.volume.nodeCount()];
        for (int group = 0; group < windows.length; group++) {
            windows[group] = new GroupWindow(exchange.config.maxBytesInFlight());
        }
    }

    /** Makes the parts of a write. */
    void startWrite(final Operation operation) {
        final long end = operation.fileOffset + operation.length;
        final int groups = groupsTouched(operation.fileOffset, end);
        final int blockLength = exchange.volume.blockLength();
        for (int i = 0; i < groups; i++) {
            final long block = operation.fileOffset / blockLength + i;
            final int group = Placement.group(operation.file.startGroup(), block, windows.length);
            addRange(operation, WritePart.Kind.DATA, group, operation.fileOffset, end);
        }
    }

    /**
     * Makes the parts of a trim: whole units are removed, what is left at the edges is written as
     * zeros.
     */
    void startTrim(final Operation operation, final long end) {
        final int groups = groupsTouched(operation.fileOffset, end);
        final int unitLength = exchange.unitLength;
        for (int i = 0; i < groups; i++) {
            final long block = operation.fileOffset / exchange.volume.blockLength() + i;
            final int group = Placement.group(operation.file.startGroup(), block, windows.length);
            final int firstBlock = firstBlock(operation.file, group);
            final long from = stripLengthBefore(operation.fileOffset, firstBlock);
            final long to = stripLengthBefore(end, firstBlock);
            final long wholeFrom = (from + unitLength - 1) / unitLength * unitLength;
            final long wholeTo = to / unitLength * unitLength;
            if (wholeFrom < wholeTo) {
                addPart(operation, WritePart.Kind.TRIM, group, firstBlock, wholeFrom, wholeTo);
                addPart(operation, WritePart.Kind.ZEROS, group, firstBlock, from, wholeFrom);
                addPart(operation, WritePart.Kind.ZEROS, group, firstBlock, wholeTo, to);
            } else {
                for (long at = from;
                        at < to;
                        at = Math.min(to, (at / unitLength + 1) * unitLength)) {
                    final long next = Math.min(to, (at / unitLength + 1) * unitLength);
                    addPart(operation, WritePart.Kind.ZEROS, group, firstBlock, at, next);
                }
            }
        }
    }

    private int groupsTouched(final long from, final long to) {
        final int blockLength = exchange.volume.blockLength();
        final long blocks = (to + blockLength - 1) / blockLength - from / blockLength;
        return (int) Math.min(blocks, windows.length);
    }

    private void addRange(
            final Operation operation,
            final WritePart.Kind kind,
            final int group,
            final long start,
            final long end) {
        final int firstBlock = firstBlock(operation.file, group);
        final long to = stripLengthBefore(end, firstBlock);
        long from = stripLengthBefore(start, firstBlock);
        while (from < to) {
            final long limit =
                    (from / exchange.unitLength + exchange.maxWriteUnits) * exchange.unitLength;
            final long next = Math.min(to, limit);
            addPart(operation, kind, group, firstBlock, from, next);
            from = next;
        }
    }

    private void addPart(
            final Operation operation,
            final WritePart.Kind kind,
            final int group,
            final int firstBlock,
            final long from,
            final long to) {
        if (from < to) {
            begin(operation, kind, group, firstBlock, from, to);
        }
    }

    /**
     * Makes the one part that cuts a group's strip, or removes it; without units it only brings the
     * cuts.
     */
    void startStrip(final Operation operation, final int group, final boolean whole) {
        final int firstBlock = firstBlock(operation.file, group);
        begin(operation, WritePart.Kind.TRIM, group, firstBlock, 0, whole ? Long.MAX_VALUE : 0);
    }

    private void begin(
            final Operation operation,
            final WritePart.Kind kind,
            final int group,
            final int firstBlock,
            final long from,
            final long to) {
        final WritePart part = free.isEmpty() ? new WritePart() : free.removeLast();
        part.operation = operation;
        part.kind = kind;
        part.state = WritePart.State.QUEUED;
        part.file = operation.file;
        part.group = group;
        part.firstBlock = firstBlock;
        part.dataId = operation.file.dataId();
        part.cut = operation.file.cut();
        part.from = from;
        part.to = to;
        part.sent = false;
        part.resendAtNs = exchange.nowNs;
        part.timeoutNs = exchange.config.resendNs();
        part.pauseNs = 0;
        part.waitingFor = 0;
        part.index = parts.size();
        parts.add(part);
        operation.openParts++;
        windows[group].waiting.add(part);
        flush(group);
    }

    /** Gives numbers to waiting parts while the window has room, and sends them. */
    private void flush(final int group) {
        final GroupWindow window = windows[group];
        final ArrayDeque<WritePart> waiting = window.waiting;
        while (exchange.session != 0 && !waiting.isEmpty() && window.hasRoom(waiting.peek())) {
            final WritePart part = waiting.poll();
            window.open(part);
            send(part);
        }
    }

    /**
     * Sends again what is due; called about once in a millisecond, or when a node had taken no
     * more.
     */
    int doWork() {
        int workCount = 0;
        for (int i = parts.size() - 1; i >= 0; i--) {
            if (i < parts.size()) {
                final WritePart part = parts.get(i);
                if (part.state == WritePart.State.OPEN
                        && exchange.nowNs - part.resendAtNs >= 0
                        && !exchange.isBlocked(part.group)) {
                    if (part.sent) {
                        exchange.counters.resends++;
                    }
                    send(part);
                    workCount++;
                }
            }
        }
        return workCount;
    }

    private void send(final WritePart part) {
        if (!adoptCut(part)) {
            end(part);
            return;
        }
        if (exchange.isBlocked(part.group)) {
            part.resendAtNs = exchange.nowNs;
            return;
        }
        final long result = part.kind == WritePart.Kind.TRIM ? sendTrim(part) : sendData(part);
        if (exchange.offered(part.group, result)) {
            part.sent = true;
            part.resendAtNs =
                    exchange.nowNs + (isProbe(part) ? exchange.config.resendNs() : part.timeoutNs);
            part.timeoutNs = exchange.nextTimeout(part.timeoutNs);
        } else if (exchange.isBlocked(part.group)) {
            part.resendAtNs = exchange.nowNs;
        } else {
            pause(part);
        }
    }

    /**
     * Whether its answer will tell that a node is up again: the first in the line of one that is
     * not.
     */
    private boolean isProbe(final WritePart part) {
        return part.request == windows[part.group].lowestOpen()
                && exchange.health.isDown(part.group, exchange.nowNs);
    }

    /** A node that seemed to be down has answered: what it may have lost is due again. */
    void onReturn(final int node) {
        for (final WritePart part : parts) {
            if (part.group == node && part.state == WritePart.State.OPEN) {
                part.timeoutNs = exchange.config.resendNs();
                part.resendAtNs = exchange.nowNs;
            }
        }
    }

    private void pause(final WritePart part) {
        part.pauseNs = exchange.nextPause(part.pauseNs);
        part.resendAtNs = exchange.nowNs + part.pauseNs;
    }

    private long sendTrim(final WritePart part) {
        final GroupWindow window = windows[part.group];
        return exchange.publisher.sendTrim(
                part.group,
                exchange.session,
                part.request,
                window.lowestOpen(),
                part.dataId,
                part.cut,
                part.file.cuts(),
                part.from / exchange.unitLength,
                part.to / exchange.unitLength);
    }

    private long sendData(final WritePart part) {
        final int unitLength = exchange.unitLength;
        final int length = part.length();
        final long firstUnit = part.from / unitLength;
        final int byteOffset = (int) (part.from % unitLength);
        final int units = (int) ((part.to + unitLength - 1) / unitLength - firstUnit);
        exchange.publisher.beginWrite(
                part.group,
                exchange.volume.durability() == org.trivet.VolumeConfig.Durability.DISK,
                exchange.session,
                part.request,
                windows[part.group].lowestOpen(),
                part.dataId,
                part.cut,
                part.file.cuts(),
                firstUnit,
                byteOffset,
                units * exchange.checksumLength);
        final MutableDirectBuffer message = exchange.publisher.buffer();
        final int dataOffset = exchange.publisher.dataOffset();
        final Operation operation = part.operation;
        if (part.kind == WritePart.Kind.ZEROS) {
            message.setMemory(dataOffset, length, (byte) 0);
        } else if (exchange.copy.isContiguous(part.from, part.to)) {
            final long start = exchange.copy.fileOffset(part.firstBlock, part.from);
            final int index = operation.bufferOffset + (int) (start - operation.fileOffset);
            checksums(part, operation.source, index);
            return exchange.publisher.sendWrite(part.group, operation.source, index, length);
        } else {
            exchange.copy.gather(
                    operation.source,
                    operation.bufferOffset,
                    operation.fileOffset,
                    part.firstBlock,
                    part.from,
                    part.to,
                    message,
                    dataOffset);
        }
        checksums(part, message, dataOffset);
        return exchange.publisher.sendWrite(part.group, length);
    }

    /** One checksum for each unit touched, of the bytes that are sent of it. */
    private void checksums(
            final WritePart part, final org.agrona.DirectBuffer data, final int dataOffset) {
        final int unitLength = exchange.unitLength;
        final MutableDirectBuffer message = exchange.publisher.buffer();
        int target = exchange.publisher.checksumsOffset();
        long unit = part.from / unitLength;
        int done = 0;
        final int within = (int) (part.from % unitLength);
        if (within != 0) {
            done = Math.min(part.length(), unitLength - within);
            exchange.checksum.compute(
                    part.dataId,
                    part.group,
                    unit,
                    unitLength,
                    data,
                    dataOffset,
                    done,
                    message,
                    target);
            target += exchange.checksumLength;
            unit++;
        }
        if (done < part.length()) {
            exchange.checksum.compute(
                    part.dataId,
                    part.group,
                    unit,
                    unitLength,
                    data,
                    dataOffset + done,
                    part.length() - done,
                    message,
                    target);
        }
    }

    /** Takes over a newer cut of the file; false if nothing of the part is left to be written. */
    private boolean adoptCut(final WritePart part) {
        final FileBlocks file = part.file;
        if (file.dataId() != part.dataId) {
            part.operation.keptUpTo = 0;
            return false;
        }
        if (part.cut < file.cut()) {
            final long cutOffset =
                    part.kind == WritePart.Kind.TRIM ? Long.MAX_VALUE : file.uncutSince(part.cut);
            if (cutOffset == 0) {
                // All groups have done such a cut. With the new number the part would be taken even
                // beyond it, over what others have put there since.
                part.operation.keptUpTo = 0;
                return false;
            }
            part.cut = file.cut();
            if (cutOffset != Long.MAX_VALUE) {
                final long kept = stripLengthBefore(cutOffset, part.firstBlock);
                if (kept < part.to) {
                    part.operation.keptUpTo = Math.min(part.operation.keptUpTo, cutOffset);
                    if (kept <= part.from) {
                        return false;
                    }
                    windows[part.group].shortened((int) (part.to - kept));
                    part.to = kept;
                }
            }
        }
        return true;
    }

    void onOk(final int group, final long request) {
        final WritePart part = windows[group].find(request);
        if (part != null) {
            end(part);
        }
    }

    void onWaiting(final int group, final long request, final long waitingFor) {
        final WritePart part = windows[group].find(request);
        if (part != null) {
            part.waitingFor = waitingFor;
            part.resendAtNs = exchange.nowNs + part.timeoutNs;
        }
    }

    /** Takes a refusal; the error that ends the operation, or null if it goes on. */
    TrivetException onRefused(final WritePart part, final Refusal refusal, final int about) {
        exchange.counters.refusals++;
        switch (refusal) {
            case NO_SPACE -> {
                return error(
                        part,
                        ErrorCode.NO_SPACE,
                        "node " + (about < 0 ? part.group : about) + " has no space left");
            }
            case SESSION_EXPIRED -> {
                return error(part, ErrorCode.IO, "the session of this client is over");
            }
            case INVALID -> {
                return error(
                        part,
                        ErrorCode.INVALID,
                        "node " + part.group + " found the request out of range");
            }
            case GIVEN_UP -> {
                return error(
                        part,
                        ErrorCode.LOST,
                        "the rest of a unit that it writes a part of is lost, and was given up");
            }
            case OLD_CUT -> {
                if (part.onlyCuts()) {
                    end(part); // the group has heard of a newer cut, and with it of this one
                } else if (part.cut < part.file.cut() || part.dataId != part.file.dataId()) {
                    part.resendAtNs = exchange.nowNs;
                } else if (part.state == WritePart.State.OPEN) {
                    part.state = WritePart.State.NEEDS_CUTS;
                    refresh(part.file);
                }
            }
            default -> pause(part);
        }
        return null;
    }

    WritePart find(final int group, final long request) {
        return windows[group].find(request);
    }

    private static TrivetException error(
            final WritePart part, final ErrorCode code, final String why) {
        return new TrivetException(code, part.operation.describe() + ": " + why);
    }

    private void refresh(final FileBlocks file) {
        if (refreshing.contains(file)) {
            return;
        }
        refreshing.add(file);
        exchange.cutSource.refresh(
                file,
                new Completion<>() {
                    @Override
                    public void succeeded(final Void value) {
                        refreshed(file);
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        refreshFailed(file, error);
                    }
                });
    }

    private void refreshed(final FileBlocks file) {
        refreshing.remove(file);
        for (int i = 0; i < parts.size(); i++) {
            final WritePart part = parts.get(i);
            if (part.file == file && part.state == WritePart.State.NEEDS_CUTS) {
                part.state = WritePart.State.OPEN;
                if (part.cut < file.cut() || part.dataId != file.dataId()) {
                    part.resendAtNs = exchange.nowNs;
                } else {
                    pause(part);
                }
            }
        }
    }

    private void refreshFailed(final FileBlocks file, final TrivetException error) {
        refreshing.remove(file);
        int i = parts.size() - 1;
        while (i >= 0) {
            if (i < parts.size()) {
                final WritePart part = parts.get(i);
                if (part.file == file && part.state == WritePart.State.NEEDS_CUTS) {
                    final Operation operation = part.operation;
                    final TrivetException failure =
                            new TrivetException(
                                    error.code(),
                                    operation.describe()
                                            + ": the file was cut, and cannot be found",
                                    error);
                    drop(operation);
                    exchange.operations.fail(operation, failure);
                }
            }
            i--;
        }
    }

    private void end(final WritePart part) {
        final Operation operation = part.operation;
        final int group = part.group;
        remove(part);
        flush(group);
        exchange.operations.partDone(operation);
    }

    /** Forgets the parts of an operation. */
    void drop(final Operation operation) {
        for (int i = parts.size() - 1; i >= 0 && operation.openParts > 0; i--) {
            final WritePart part = parts.get(i);
            if (part.operation == operation) {
                operation.openParts--;
                remove(part);
            }
        }
    }

    /** Gives way to waiting parts after some were dropped. */
    void flushAll() {
        for (int group = 0; group < windows.length; group++) {
            flush(group);
        }
    }

    void newSession() {
        for (final GroupWindow window : windows) {
            window.restart();
        }
        flushAll();
    }

    private void remove(final WritePart part) {
        final GroupWindow window = windows[part.group];
        if (part.state == WritePart.State.QUEUED) {
            window.waiting.remove(part);
        } else {
            window.close(part);
        }
        final WritePart last = parts.removeLast();
        if (last != part) {
            parts.set(part.index, last);
            last.index = part.index;
        }
        part.operation = null;
        part.file = null;
        if (free.size() < MAX_POOLED) {
            free.add(part);
        }
    }

    int open() {
        return parts.size();
    }

    /** Adds the nodes that are waited for: by one operation, or by all if it is null. */
    void waitingFor(final Operation operation, final BitSet nodes) {
        for (int i = 0; i < parts.size(); i++) {
            final WritePart part = parts.get(i);
            if (operation == null || part.operation == operation) {
                if (part.waitingFor == 0) {
                    nodes.set(part.group);
                } else {
                    for (int copy = 0; copy < exchange.volume.replicaCount(); copy++) {
                        if ((part.waitingFor & 1L << copy) != 0) {
                            nodes.set(Placement.node(part.group, copy, windows.length));
                        }
                    }
                }
            }
        }
    }

    private int firstBlock(final FileBlocks file, final int group) {
        return Placement.firstBlock(file.startGroup(), group, windows.length);
    }

    private long stripLengthBefore(final long fileOffset, final int firstBlock) {
        return Placement.stripLengthBefore(
                fileOffset, firstBlock, windows.length, exchange.volume.blockLength());
    }
}
