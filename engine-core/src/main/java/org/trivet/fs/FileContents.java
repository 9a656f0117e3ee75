package org.trivet.fs;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.client.OperationHandler;
import org.trivet.client.VolumeClient;
import org.trivet.meta.MetadataClient;

import java.util.BitSet;
import java.util.function.Consumer;

/**
 * Reads and changes of file contents: blocks first, then what the metadata node must know of them.
 */
final class FileContents {
    private static final int COPY_LENGTH = 1 << 20;

    private final VolumeConfig volume;
    private final MetadataClient metadata;
    private final VolumeClient blocks;
    private final NanoClock clock;
    private InvalidationListener listener;
    private long nowNs;

    FileContents(
            final VolumeConfig volume,
            final MetadataClient metadata,
            final VolumeClient blocks,
            final NanoClock clock) {
        this.volume = volume;
        this.metadata = metadata;
        this.blocks = blocks;
        this.clock = clock;
    }

    void onInvalidation(final InvalidationListener newListener) {
        listener = newListener;
    }

    void newCycle(final long instantNs) {
        nowNs = instantNs;
    }

    /** Reads; what lies past the known end is decided by the metadata node's size. */
    Cancellable read(
            final OpenInode file,
            final long offset,
            final MutableDirectBuffer destination,
            final int index,
            final int length,
            final Completion<Integer> done) {
        final Call<Integer> call = new Call<>(done);
        checkRange(Math.min(offset, VolumeConfig.MAX_FILE_LENGTH), 0);
        destination.boundsCheck(index, length);
        if (length == 0) {
            call.succeeded(0);
        } else if (file.isStale() || offset > file.size() - length) {
            call.step(
                    file.refresh(
                            call.then(
                                    fresh ->
                                            readKnown(
                                                    file,
                                                    offset,
                                                    destination,
                                                    index,
                                                    length,
                                                    call))));
        } else {
            readKnown(file, offset, destination, index, length, call);
        }
        return call;
    }

    private void readKnown(
            final OpenInode file,
            final long offset,
            final MutableDirectBuffer destination,
            final int index,
            final int length,
            final Call<Integer> call) {
        final int present = Math.clamp(file.size() - offset, 0, length);
        if (present == 0) {
            call.succeeded(0);
            return;
        }
        final long dataId = file.file.dataId();
        final OperationHandler handler =
                new OperationHandler() {
                    @Override
                    public void completed(final long result) {
                        final boolean degraded = (result & DEGRADED) != 0;
                        if ((result & HOLES) == 0 || file.isHeld(clock.nanoTime())) {
                            end(degraded);
                        } else {
                            // If the file is gone these are no holes, but what is left of it.
                            call.step(file.refresh(call.then(fresh -> end(degraded))));
                        }
                    }

                    private void end(final boolean degraded) {
                        if (file.file.dataId() == dataId) {
                            hasRead(file, offset, present, degraded, call);
                        } else {
                            // It was emptied meanwhile: which of its cuts what is left of it has
                            // seen is not known any more.
                            readKnown(file, offset, destination, index, length, call);
                        }
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        call.failed(error);
                    }
                };
        start(
                blocks,
                call,
                () ->
                        blocks.read(
                                file.file,
                                offset,
                                destination,
                                index,
                                present,
                                VolumeClient.NO_DEADLINE,
                                handler));
    }

    private void hasRead(
            final OpenInode file,
            final long offset,
            final int length,
            final boolean degraded,
            final Call<Integer> call) {
        call.succeeded(length);
        if (degraded) {
            file.degraded = true;
            if (listener != null) {
                listener.inodeChanged(file.inode(), offset, length, InvalidationListener.UNAWAITED);
            }
        }
    }

    Cancellable write(
            final Opening opening,
            final long offset,
            final DirectBuffer source,
            final int index,
            final int length,
            final Completion<Integer> done) {
        final Call<Integer> call = new Call<>(done);
        source.boundsCheck(index, length);
        if (length == 0) {
            call.succeeded(0);
            return call;
        }
        final boolean appends = opening.appends();
        if (!appends) {
            checkRange(offset, length);
        }
        final FileWrite write =
                new FileWrite(
                        metadata, blocks, opening, offset, source, index, length, nowNs, call);
        final RangeQueue changes = opening.file.changes;
        final RangeQueue.Turn turn =
                changes.enter(
                        appends ? 0 : offset,
                        appends ? Long.MAX_VALUE : offset + length,
                        write::begin);
        call.onEnd(() -> write.afterEnd(() -> changes.leave(turn)));
        changes.advance();
        return call;
    }

    /**
     * Changes attributes: after what is under way if the size is among them, and never undone by a
     * later report.
     */
    Cancellable setAttributes(
            final OpenInode file, final AttributeChange change, final Completion<Attributes> done) {
        final Call<Attributes> call = new Call<>(done);
        final Runnable set =
                () ->
                        call.step(
                                metadata.setAttributes(
                                        file.inode(),
                                        change,
                                        call.then(
                                                attributes -> {
                                                    file.learn(attributes);
                                                    call.succeeded(attributes);
                                                })));
        if (change.sets(AttributeChange.SIZE)) {
            if (change.size() < 0) {
                throw new TrivetException(ErrorCode.INVALID, "size is " + change.size());
            }
            checkRange(0, change.size());
            afterAllChanges(file, call, set);
        } else {
            afterReports(file, call, set);
        }
        return call;
    }

    /**
     * Goes on after all changes of a file that are under way; what comes later waits until the call
     * has ended.
     */
    private void afterAllChanges(final OpenInode file, final Call<?> call, final Runnable next) {
        enter(file, call, 0, Long.MAX_VALUE, () -> afterReports(file, call, next));
    }

    /**
     * Goes on when the metadata node knows of what was written; that it cannot is the writers'
     * concern.
     */
    static void afterReports(final OpenInode file, final Call<?> call, final Runnable next) {
        file.flush(
                new Completion<>() {
                    @Override
                    public void succeeded(final Void value) {
                        if (!call.hasEnded()) {
                            next.run();
                        }
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        succeeded(null);
                    }
                });
    }

    /** Attributes that reflect what this client has written. */
    Cancellable getAttributes(final OpenInode file, final Completion<Attributes> done) {
        final Call<Attributes> call = new Call<>(done);
        afterReports(file, call, () -> call.step(file.refresh(call)));
        return call;
    }

    Cancellable fsync(final OpenInode file, final Completion<Void> done) {
        final Call<Void> call = new Call<>(done);
        file.flushForSync(call.then(nothing -> syncBlocks(file, call)));
        return call;
    }

    private void syncBlocks(final OpenInode file, final Call<Void> call) {
        if (volume.durability() == VolumeConfig.Durability.DISK) {
            call.step(metadata.sync(call));
            return;
        }
        file.syncing.or(file.unsynced);
        file.unsynced.clear();
        if (file.syncing.isEmpty()) {
            call.step(metadata.sync(call));
            return;
        }
        final BitSet groups = (BitSet) file.syncing.clone();
        file.syncs++;
        // The blocks and the metadata are synced at the same time: the later of the two ends it.
        final int[] left = {2};
        final Runnable oneDone =
                () -> {
                    left[0]--;
                    if (left[0] == 0 && !call.hasEnded()) {
                        call.succeeded(null);
                    }
                };
        metadata.sync(
                new Completion<>() {
                    @Override
                    public void succeeded(final Void value) {
                        oneDone.run();
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        if (!call.hasEnded()) {
                            call.failed(error);
                        }
                    }
                });
        final OperationHandler handler =
                new OperationHandler() {
                    @Override
                    public void completed(final long result) {
                        file.syncs--;
                        if (file.syncs == 0) {
                            file.syncing.clear();
                        }
                        oneDone.run();
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        file.syncs--;
                        file.unsynced.or(groups);
                        if (!call.hasEnded()) {
                            call.failed(error);
                        }
                    }
                };
        start(blocks, call, () -> blocks.sync(groups, VolumeClient.NO_DEADLINE, handler));
    }

    Cancellable allocate(
            final OpenInode file,
            final int mode,
            final long offset,
            final long length,
            final Completion<Void> done) {
        final Call<Void> call = new Call<>(done);
        if (length <= 0) {
            throw new TrivetException(
                    ErrorCode.INVALID, "length is " + length + ", and must be above 0");
        }
        checkRange(offset, length);
        final boolean keepsSize = (mode & InodeFileSystem.ALLOCATE_KEEP_SIZE) != 0;
        final int kind = mode & ~InodeFileSystem.ALLOCATE_KEEP_SIZE;
        final boolean punches = kind == InodeFileSystem.ALLOCATE_PUNCH_HOLE;
        final boolean zeroes = punches || kind == InodeFileSystem.ALLOCATE_ZERO_RANGE;
        if (kind != 0 && !zeroes) {
            throw new TrivetException(ErrorCode.NOT_SUPPORTED, "allocation mode " + mode);
        }
        if (punches && !keepsSize) {
            throw new TrivetException(ErrorCode.NOT_SUPPORTED, "punching a hole needs KEEP_SIZE");
        }
        final long end = offset + length;
        final FileAllocation allocation =
                new FileAllocation(blocks, file, zeroes, keepsSize, offset, end, nowNs, call);
        final RangeQueue changes = file.changes;
        final RangeQueue.Turn turn = changes.enter(offset, end, allocation::begin);
        call.onEnd(() -> allocation.afterEnd(() -> changes.leave(turn)));
        changes.advance();
        return call;
    }

    Cancellable copyRange(
            final Opening source,
            final long sourceOffset,
            final Opening destination,
            final long destinationOffset,
            final long length,
            final Completion<Long> done) {
        final Call<Long> call = new Call<>(done);
        checkRange(Math.min(sourceOffset, VolumeConfig.MAX_FILE_LENGTH), 0);
        checkRange(destinationOffset, length);
        if (source.inode == destination.inode
                && Math.abs(sourceOffset - destinationOffset) < length) {
            throw new TrivetException(ErrorCode.INVALID, "the ranges overlap");
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[(int) Math.min(length, COPY_LENGTH)]);
        copyStep(source, sourceOffset, destination, destinationOffset, length, 0, buffer, call);
        return call;
    }

    private void copyStep(
            final Opening source,
            final long sourceOffset,
            final Opening destination,
            final long destinationOffset,
            final long length,
            final long copied,
            final UnsafeBuffer buffer,
            final Call<Long> call) {
        final int step = (int) Math.min(length - copied, COPY_LENGTH);
        if (step == 0) {
            call.succeeded(copied);
            return;
        }
        final Consumer<Integer> write =
                got -> {
                    if (got == 0) {
                        call.succeeded(copied);
                        return;
                    }
                    final Consumer<Integer> goOn =
                            put ->
                                    copyStep(
                                            source,
                                            sourceOffset,
                                            destination,
                                            destinationOffset,
                                            length,
                                            copied + put,
                                            buffer,
                                            call);
                    call.step(
                            write(
                                    destination,
                                    destinationOffset + copied,
                                    buffer,
                                    0,
                                    got,
                                    orSoFar(copied, call, goOn)));
                };
        final Completion<Integer> got = orSoFar(copied, call, write);
        call.step(read(source.file, sourceOffset + copied, buffer, 0, step, got));
    }

    /** A completion that ends a copy where it fails: with what was copied before, if anything. */
    private static Completion<Integer> orSoFar(
            final long copied, final Call<Long> call, final Consumer<Integer> next) {
        final Completion<Integer> then = call.then(next);
        return new Completion<>() {
            @Override
            public void succeeded(final Integer value) {
                then.succeeded(value);
            }

            @Override
            public void failed(final TrivetException error) {
                if (copied > 0) {
                    call.succeeded(copied);
                } else {
                    call.failed(error);
                }
            }
        };
    }

    /** Starts an operation on blocks. */
    interface Start {
        long start();
    }

    /** Makes an operation on blocks the step of a call. */
    static void start(final VolumeClient blocks, final Call<?> call, final Start operation) {
        final long id;
        try {
            id = operation.start();
        } catch (final TrivetException error) {
            call.failed(error);
            return;
        }
        call.step(() -> blocks.cancel(id));
    }

    private static void enter(
            final OpenInode file,
            final Call<?> call,
            final long from,
            final long to,
            final Runnable start) {
        final RangeQueue.Turn turn = file.changes.enter(from, to, start);
        call.onEnd(() -> file.changes.leave(turn));
        file.changes.advance();
    }

    private static void checkRange(final long offset, final long length) {
        if (offset < 0 || length < 0) {
            throw new TrivetException(
                    ErrorCode.INVALID, "offset is " + offset + ", length " + length);
        }
        if (length > VolumeConfig.MAX_FILE_LENGTH - offset) {
            throw new TrivetException(
                    ErrorCode.TOO_LARGE,
                    "the file would end beyond " + VolumeConfig.MAX_FILE_LENGTH + " bytes");
        }
    }
}
