package org.trivet.fs;

import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.client.FileBlocks;
import org.trivet.client.FileMap;
import org.trivet.client.OperationHandler;
import org.trivet.client.VolumeClient;

/** What of a file is stored, as the data nodes know it. */
final class Holes {
    /** A stat(2) waits no longer for a figure. */
    private static final long MEASURE_TIMEOUT_NS = 500_000_000L;

    private final VolumeConfig volume;
    private final VolumeClient blocks;

    Holes(final VolumeConfig volume, final VolumeClient blocks) {
        this.volume = volume;
        this.blocks = blocks;
    }

    /** Finds data or a hole at or after an offset; a hole is at the end of each file. */
    Cancellable seek(
            final OpenInode file,
            final long offset,
            final int whence,
            final Completion<Long> done) {
        final Call<Long> call = new Call<>(done);
        if (whence != InodeFileSystem.SEEK_DATA && whence != InodeFileSystem.SEEK_HOLE) {
            throw new TrivetException(ErrorCode.INVALID, "whence is " + whence);
        }
        call.step(
                file.refresh(
                        call.then(
                                fresh -> {
                                    if (offset < 0 || offset >= file.size()) {
                                        call.failed(pastTheEnd(offset));
                                    } else if (file.attributes().sparse()) {
                                        seek(file, offset, offset, whence, call);
                                    } else {
                                        found(file, offset, whence, call);
                                    }
                                })));
        return call;
    }

    /** A file without holes. */
    private static void found(
            final OpenInode file, final long offset, final int whence, final Call<Long> call) {
        call.succeeded(whence == InodeFileSystem.SEEK_DATA ? offset : file.size());
    }

    private void seek(
            final OpenInode file,
            final long offset,
            final long from,
            final int whence,
            final Call<Long> call) {
        final FileMap map = new FileMap(volume);
        final OperationHandler handler =
                new OperationHandler() {
                    @Override
                    public void completed(final long result) {
                        final boolean data = whence == InodeFileSystem.SEEK_DATA;
                        final long next = data ? map.nextData(from) : map.nextHole(from);
                        final long size = file.size();
                        if (next >= map.knownEnd() && map.knownEnd() < size) {
                            seek(file, offset, map.knownEnd(), whence, call);
                        } else if (next < size) {
                            call.succeeded(next);
                        } else if (data) {
                            call.failed(pastTheEnd(offset));
                        } else {
                            call.succeeded(size);
                        }
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        call.failed(error);
                    }
                };
        FileContents.start(
                blocks,
                call,
                () -> blocks.map(file.file, from, map, VolumeClient.NO_DEADLINE, handler));
    }

    private static TrivetException pastTheEnd(final long offset) {
        return new TrivetException(ErrorCode.NO_DATA, "there is nothing after offset " + offset);
    }

    /**
     * Ends a call with attributes that say what is stored of the file. If the data nodes do not
     * answer soon, all of it counts.
     */
    void measure(final Attributes attributes, final long nowNs, final Call<Attributes> call) {
        if (!attributes.isRegular() || !attributes.sparse() || attributes.size() == 0) {
            call.succeeded(attributes);
            return;
        }
        final FileBlocks file = new FileBlocks(attributes.inode(), volume.nodeCount());
        file.update(attributes);
        final FileMap map = new FileMap(volume);
        final OperationHandler handler =
                new OperationHandler() {
                    @Override
                    public void completed(final long result) {
                        call.succeeded(attributes.withAllocated(map.allocated(attributes.size())));
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        if (error.code() == ErrorCode.TIMED_OUT) {
                            call.succeeded(attributes);
                        } else {
                            call.failed(error);
                        }
                    }
                };
        FileContents.start(
                blocks, call, () -> blocks.map(file, 0, map, nowNs + MEASURE_TIMEOUT_NS, handler));
    }
}
