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
import org.trivet.meta.MetadataClient;

/**
 * What of a file is stored, as the data nodes know it.
 *
 * <p>They know nothing of files that are gone, or have other data by now: what was stored is being
 * removed, and is a hole to them. So an answer counts only if the inode, asked for once more when
 * it is there, still has the data, and the cuts, that the question was about. That others write
 * meanwhile, or make holes, does no harm: what was data, or a hole, all the time is found as such.
 */
final class Holes {
    /** A stat(2) waits no longer for a figure. */
    private static final long MEASURE_TIMEOUT_NS = 500_000_000L;

    private final VolumeConfig volume;
    private final MetadataClient metadata;
    private final VolumeClient blocks;

    Holes(final VolumeConfig volume, final MetadataClient metadata, final VolumeClient blocks) {
        this.volume = volume;
        this.metadata = metadata;
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
        call.step(file.refresh(call.then(fresh -> seek(file, offset, whence, call))));
        return call;
    }

    private void seek(
            final OpenInode file, final long offset, final int whence, final Call<Long> call) {
        final Attributes asked = file.attributes();
        if (offset < 0 || offset >= asked.size()) {
            call.failed(pastTheEnd(offset));
        } else if (asked.sparse()) {
            seek(file, asked, offset, offset, whence, call);
        } else {
            call.succeeded(whence == InodeFileSystem.SEEK_DATA ? offset : asked.size());
        }
    }

    /** Whether what is stored is still what a question was about. */
    private static boolean isSame(final Attributes asked, final Attributes now) {
        return now.dataId() == asked.dataId() && now.cut() == asked.cut();
    }

    private void seek(
            final OpenInode file,
            final Attributes asked,
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
                        final long size = asked.size();
                        if (next >= map.knownEnd() && map.knownEnd() < size) {
                            seek(file, asked, offset, map.knownEnd(), whence, call);
                        } else {
                            final Runnable end = () -> found(offset, next, size, data, call);
                            call.step(
                                    file.refresh(
                                            call.then(
                                                    now -> {
                                                        if (isSame(asked, now)) {
                                                            end.run();
                                                        } else {
                                                            seek(file, offset, whence, call);
                                                        }
                                                    })));
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

    private static void found(
            final long offset,
            final long next,
            final long size,
            final boolean data,
            final Call<Long> call) {
        if (next < size) {
            call.succeeded(next);
        } else if (data) {
            call.failed(pastTheEnd(offset));
        } else {
            call.succeeded(size);
        }
    }

    private static TrivetException pastTheEnd(final long offset) {
        return new TrivetException(ErrorCode.NO_DATA, "there is nothing after offset " + offset);
    }

    /**
     * Ends a call with attributes that say what is stored of the file. If the data nodes do not
     * answer soon, or the file has other data by then, all of it counts.
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
                        final long allocated = map.allocated(attributes.size());
                        call.step(
                                metadata.getAttributes(
                                        attributes.inode(), measured(attributes, allocated, call)));
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

    private Completion<Attributes> measured(
            final Attributes attributes, final long allocated, final Call<Attributes> call) {
        return new Completion<>() {
            @Override
            public void succeeded(final Attributes now) {
                call.succeeded(
                        isSame(attributes, now) ? attributes.withAllocated(allocated) : attributes);
            }

            @Override
            public void failed(final TrivetException error) {
                if (error.code() == ErrorCode.STALE) {
                    call.succeeded(attributes);
                } else {
                    call.failed(error);
                }
            }
        };
    }
}
