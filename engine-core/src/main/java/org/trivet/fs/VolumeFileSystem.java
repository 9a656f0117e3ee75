package org.trivet.fs;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.client.FileBlocks;
import org.trivet.client.VolumeClient;
import org.trivet.meta.MetadataClient;

import java.util.List;
import java.util.function.Supplier;

/**
 * The file system of a volume: names and attributes from the metadata node, contents from the data
 * nodes.
 *
 * <p>What a client has open it keeps a state of; everything else is asked for anew each time.
 * Changes of overlapping ranges of a file are done one after the other, all else at once.
 */
public final class VolumeFileSystem implements InodeFileSystem {
    private static final long MAX_REPORT_DELAY_NS = 1_000_000_000L;
    private static final long REPORT_CHECK_NS = 50_000_000L;

    private final MetadataClient metadata;
    private final VolumeClient blocks;
    private final OpenTable table;
    private final FileContents contents;
    private final Holes holes;
    private final int unitLength;
    private final CacheAbove cache = new CacheAbove();
    private boolean hadSession;
    private long nowNs;
    private long checkNs;

    /**
     * A file system.
     *
     * @param volume what the volume is made of.
     * @param metadata the client's end of the metadata service.
     * @param blocks the client's end of the data nodes; its source of cuts is {@link #refresh}.
     * @param clock monotonic time.
     */
    public VolumeFileSystem(
            final VolumeConfig volume,
            final MetadataClient metadata,
            final VolumeClient blocks,
            final NanoClock clock) {
        this.metadata = metadata;
        this.blocks = blocks;
        nowNs = clock.nanoTime();
        checkNs = nowNs;
        cache.doWork(nowNs);
        unitLength = volume.unitLength();
        table = new OpenTable(metadata, cache, volume.nodeCount());
        contents = new FileContents(volume, metadata, blocks, clock);
        contents.newCycle(nowNs);
        holes = new Holes(volume, metadata, blocks);
        metadata.onInvalidation(new Changes());
    }

    /**
     * Reports times of files that have not been for a while.
     *
     * @param instantNs monotonic time.
     * @return how much was done.
     */
    public int doWork(final long instantNs) {
        nowNs = instantNs;
        contents.newCycle(instantNs);
        cache.doWork(instantNs);
        if (instantNs - checkNs < 0) {
            return 0;
        }
        checkNs = instantNs + REPORT_CHECK_NS;
        int workCount = 0;
        for (final OpenInode file : table.inodes()) {
            workCount += file.flushOlderThan(instantNs - MAX_REPORT_DELAY_NS);
        }
        return workCount;
    }

    /** A session has begun: what was open in an earlier one is opened again. */
    public void onSession() {
        if (hadSession) {
            table.reopen();
            cache.everythingChanged(
                    metadata.invalidated()); // between the two nobody told of changes
        }
        hadSession = true;
    }

    /**
     * Fetches a file's cuts anew, for the block layer.
     *
     * @param file to update.
     * @param done told when it is.
     */
    public void refresh(final FileBlocks file, final Completion<Void> done) {
        metadata.getAttributes(
                file.inode(),
                new Completion<>() {
                    @Override
                    public void succeeded(final Attributes attributes) {
                        table.learn(attributes);
                        if (table.find(file.inode()) == null) {
                            file.update(attributes);
                        }
                        done.succeeded(null);
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        done.failed(error);
                    }
                });
    }

    @Override
    public Cancellable lookup(
            final long parent, final byte[] name, final Completion<Attributes> done) {
        final Call<Attributes> call = new Call<>(done);
        call.step(
                metadata.lookup(
                        parent,
                        name,
                        call.then(attributes -> upToDate(attributes, call, orNotFound(call)))));
        return call;
    }

    /** What was removed since its name was looked up is not there. */
    private Completion<Attributes> orNotFound(final Call<Attributes> call) {
        final Completion<Attributes> done = measured(call);
        return new Completion<>() {
            @Override
            public void succeeded(final Attributes attributes) {
                done.succeeded(attributes);
            }

            @Override
            public void failed(final TrivetException error) {
                done.failed(
                        error.code() == ErrorCode.STALE
                                ? new TrivetException(
                                        ErrorCode.NOT_FOUND, error.getMessage(), error)
                                : error);
            }
        };
    }

    /** Attributes that reflect what this client has written. */
    private void upToDate(
            final Attributes attributes,
            final Call<Attributes> call,
            final Completion<Attributes> written) {
        final OpenInode file = table.find(attributes.inode());
        if (file != null && file.isDirty()) {
            call.step(contents.getAttributes(file, written));
        } else {
            table.learn(attributes);
            holes.measure(attributes, nowNs, call);
        }
    }

    /** A directory that is open lives on without a name, as what it was. */
    private Completion<Attributes> orRemoved(final long inode, final Completion<Attributes> then) {
        return new Completion<>() {
            @Override
            public void succeeded(final Attributes attributes) {
                then.succeeded(attributes);
            }

            @Override
            public void failed(final TrivetException error) {
                final Attributes open =
                        error.code() == ErrorCode.STALE ? table.openDirectory(inode) : null;
                if (open == null) {
                    then.failed(error);
                } else {
                    then.succeeded(open.withoutNames());
                }
            }
        };
    }

    /** Ends a call with attributes, once it is known what is stored of the file. */
    private Completion<Attributes> measured(final Call<Attributes> call) {
        return call.then(attributes -> holes.measure(attributes, nowNs, call));
    }

    @Override
    public Cancellable getAttributes(final long inode, final Completion<Attributes> done) {
        final Call<Attributes> call = new Call<>(done);
        final OpenInode file = table.find(inode);
        call.step(
                file == null
                        ? metadata.getAttributes(inode, orRemoved(inode, measured(call)))
                        : contents.getAttributes(file, measured(call)));
        return call;
    }

    @Override
    public Cancellable setAttributes(
            final long inode,
            final long handle,
            final AttributeChange change,
            final Completion<Attributes> done) {
        final OpenInode file = table.find(inode);
        if (change.sets(AttributeChange.SIZE) && change.size() > VolumeConfig.MAX_FILE_LENGTH) {
            return fail(done, new TrivetException(ErrorCode.TOO_LARGE, "size is " + change.size()));
        }
        final Call<Attributes> call = new Call<>(done);
        if (change.sets(AttributeChange.SIZE) && change.size() == 0) {
            new Emptying(
                            table,
                            inode,
                            call,
                            answer -> metadata.setAttributes(inode, change, answer),
                            attributes -> {
                                table.learn(attributes);
                                if (!call.hasEnded()) {
                                    holes.measure(attributes, nowNs, call);
                                }
                            })
                    .enter();
            return call;
        }
        call.step(
                file == null
                        ? metadata.setAttributes(inode, change, measured(call))
                        : guarded(
                                call, () -> contents.setAttributes(file, change, measured(call))));
        return call;
    }

    @Override
    public Cancellable readLink(final long inode, final Completion<byte[]> done) {
        return metadata.readLink(inode, done);
    }

    @Override
    public Cancellable symlink(
            final Caller caller,
            final long parent,
            final byte[] name,
            final byte[] target,
            final Completion<Attributes> done) {
        return metadata.symlink(caller, parent, name, target, done);
    }

    @Override
    public Cancellable makeNode(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final int deviceId,
            final Completion<Attributes> done) {
        return metadata.makeNode(caller, parent, name, mode, deviceId, done);
    }

    @Override
    public Cancellable makeDirectory(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final Completion<Attributes> done) {
        return metadata.makeDirectory(caller, parent, name, mode, done);
    }

    @Override
    public Cancellable unlink(final long parent, final byte[] name, final Completion<Void> done) {
        return metadata.unlink(parent, name, done);
    }

    @Override
    public Cancellable removeDirectory(
            final long parent, final byte[] name, final Completion<Void> done) {
        return metadata.removeDirectory(parent, name, done);
    }

    @Override
    public Cancellable rename(
            final long parent,
            final byte[] name,
            final long newParent,
            final byte[] newName,
            final int flags,
            final Completion<Void> done) {
        return metadata.rename(parent, name, newParent, newName, flags, done);
    }

    @Override
    public Cancellable link(
            final long inode,
            final long newParent,
            final byte[] newName,
            final Completion<Attributes> done) {
        final Call<Attributes> call = new Call<>(done);
        call.step(
                metadata.link(
                        inode,
                        newParent,
                        newName,
                        call.then(attributes -> upToDate(attributes, call, measured(call)))));
        return call;
    }

    @Override
    public Cancellable create(
            final Caller caller,
            final long parent,
            final byte[] name,
            final int mode,
            final int openFlags,
            final Completion<Opened> done) {
        final Call<Opened> call = new Call<>(done);
        final long asOf = table.invalidations();
        call.step(
                metadata.create(
                        caller,
                        parent,
                        name,
                        mode,
                        openFlags,
                        call.then(
                                opened -> call.succeeded(table.opened(opened, openFlags, asOf)))));
        return call;
    }

    @Override
    public Cancellable open(final long inode, final int openFlags, final Completion<Opened> done) {
        final Call<Opened> call = new Call<>(done);
        final long asOf = table.invalidations();
        if ((openFlags & Opening.O_TRUNC) != 0) {
            new Emptying(
                            table,
                            inode,
                            call,
                            answer -> metadata.open(inode, openFlags, answer),
                            opened -> {
                                if (call.hasEnded()) {
                                    table.learn(opened);
                                    metadata.release(inode, IGNORE);
                                } else {
                                    call.succeeded(table.opened(opened, openFlags, asOf));
                                }
                            })
                    .enter();
            return call;
        }
        final OpenInode file = table.find(inode);
        final Runnable open =
                () ->
                        call.step(
                                metadata.open(
                                        inode,
                                        openFlags,
                                        call.then(
                                                opened ->
                                                        call.succeeded(
                                                                table.opened(
                                                                        opened, openFlags,
                                                                        asOf)))));
        if (file == null) {
            open.run();
        } else {
            FileContents.afterReports(file, call, open);
        }
        return call;
    }

    /** For what nobody waits for: the metadata client has sent it until it was answered. */
    private static final Completion<Void> IGNORE =
            new Completion<>() {
                @Override
                public void succeeded(final Void value) {}

                @Override
                public void failed(final TrivetException error) {}
            };

    @Override
    public Cancellable read(
            final long handle,
            final long offset,
            final MutableDirectBuffer destination,
            final int destinationOffset,
            final int length,
            final Completion<Integer> done) {
        return guarded(
                done,
                () ->
                        contents.read(
                                table.present(handle).file,
                                offset,
                                destination,
                                destinationOffset,
                                length,
                                done));
    }

    @Override
    public Cancellable write(
            final long handle,
            final long offset,
            final DirectBuffer source,
            final int sourceOffset,
            final int length,
            final Completion<Integer> done) {
        return guarded(
                done,
                () ->
                        contents.write(
                                table.present(handle), offset, source, sourceOffset, length, done));
    }

    @Override
    public Cancellable flush(final long handle, final long lockOwner, final Completion<Void> done) {
        return guarded(
                done,
                () -> {
                    final Opening opening = table.file(handle);
                    final Call<Void> call = new Call<>(done);
                    opening.file.flush(
                            new Completion<>() {
                                @Override
                                public void succeeded(final Void value) {
                                    dropPosixLocks(opening, lockOwner, call);
                                }

                                @Override
                                public void failed(final TrivetException error) {
                                    dropPosixLocks(opening, lockOwner, call);
                                }
                            });
                    return call;
                });
    }

    private void dropPosixLocks(
            final Opening opening, final long lockOwner, final Call<Void> call) {
        if (call.hasEnded()) {
            return;
        }
        if (opening.file.hasPosixLocks) {
            final FileLock all =
                    new FileLock(FileLock.UNLOCK, false, 0, Long.MAX_VALUE, lockOwner, 0);
            call.step(
                    metadata.setLock(
                            opening.inode,
                            all,
                            false,
                            call.then(nothing -> tellErrors(opening, call))));
        } else {
            tellErrors(opening, call);
        }
    }

    private static void tellErrors(final Opening opening, final Call<Void> call) {
        if (opening.errorsTold != opening.file.errorCount) {
            opening.errorsTold = opening.file.errorCount;
            call.failed(opening.file.error);
        } else {
            call.succeeded(null);
        }
    }

    @Override
    public Cancellable fsync(
            final long handle, final boolean dataOnly, final Completion<Void> done) {
        return guarded(
                done,
                () -> {
                    final Opening opening = table.file(handle);
                    final Call<Void> call = new Call<>(done);
                    call.step(
                            contents.fsync(
                                    opening.file, call.then(nothing -> tellErrors(opening, call))));
                    return call;
                });
    }

    @Override
    public Cancellable release(
            final long handle, final long lockOwner, final Completion<Void> done) {
        return guarded(
                done,
                () -> {
                    final Opening opening = table.file(handle);
                    table.close(opening);
                    final Call<Void> call = new Call<>(done);
                    // The release goes on to its end, whether or not somebody waits for it.
                    final Call<Void> release =
                            new Call<>(
                                    new Completion<>() {
                                        @Override
                                        public void succeeded(final Void value) {
                                            call.succeeded(null);
                                        }

                                        @Override
                                        public void failed(final TrivetException error) {
                                            call.succeeded(null);
                                        }
                                    });
                    opening.file.flush(
                            new Completion<>() {
                                @Override
                                public void succeeded(final Void value) {
                                    opening.file.tailCuts.afterAll(
                                            () -> finishRelease(opening, lockOwner, release));
                                }

                                @Override
                                public void failed(final TrivetException error) {
                                    succeeded(null);
                                }
                            });
                    return call;
                });
    }

    private void finishRelease(
            final Opening opening, final long lockOwner, final Call<Void> release) {
        if (lockOwner != 0) {
            final FileLock lock =
                    new FileLock(FileLock.UNLOCK, true, 0, Long.MAX_VALUE, lockOwner, 0);
            metadata.setLock(opening.inode, lock, false, IGNORE);
        }
        table.released(opening);
        opening.file.reopenings.afterAll(() -> metadata.release(opening.inode, release));
    }

    @Override
    public Cancellable openDirectory(final long inode, final Completion<Opened> done) {
        final Call<Opened> call = new Call<>(done);
        call.step(
                metadata.getAttributes(
                        inode,
                        call.then(
                                attributes -> {
                                    if (attributes.isDirectory()) {
                                        call.succeeded(table.openedDirectory(attributes));
                                    } else {
                                        call.failed(
                                                new TrivetException(
                                                        ErrorCode.NOT_DIRECTORY,
                                                        "inode " + inode + " is no directory"));
                                    }
                                })));
        return call;
    }

    @Override
    public Cancellable readDirectory(
            final long handle,
            final long cookie,
            final int maxEntries,
            final boolean withAttributes,
            final Completion<List<DirectoryEntry>> done) {
        return guarded(
                done,
                () ->
                        metadata.readDirectory(
                                table.directory(handle).inode,
                                cookie,
                                maxEntries,
                                withAttributes,
                                new Completion<>() {
                                    @Override
                                    public void succeeded(final List<DirectoryEntry> entries) {
                                        done.succeeded(entries);
                                    }

                                    @Override
                                    public void failed(final TrivetException error) {
                                        if (error.code() == ErrorCode.STALE) {
                                            done.succeeded(List.of()); // it was removed
                                        } else {
                                            done.failed(error);
                                        }
                                    }
                                }));
    }

    @Override
    public Cancellable syncDirectory(final long handle, final Completion<Void> done) {
        return guarded(
                done,
                () -> {
                    table.directory(handle);
                    return metadata.sync(done);
                });
    }

    @Override
    public Cancellable releaseDirectory(final long handle, final Completion<Void> done) {
        return guarded(
                done,
                () -> {
                    table.close(table.directory(handle));
                    done.succeeded(null);
                    return Cancellable.NONE;
                });
    }

    @Override
    public Cancellable status(final Completion<FileSystemStatus> done) {
        final Call<FileSystemStatus> call = new Call<>(done);
        call.step(metadata.status(call.then(inodes -> tellRoom(inodes, call))));
        return call;
    }

    private void tellRoom(final long inodes, final Call<FileSystemStatus> call) {
        blocks.room(
                room -> {
                    if (!call.hasEnded()) {
                        call.succeeded(
                                new FileSystemStatus(
                                        room.usedBytes() + room.freeBytes(),
                                        room.freeBytes(),
                                        inodes,
                                        unitLength));
                    }
                });
    }

    @Override
    public Cancellable setXattr(
            final long inode,
            final byte[] name,
            final byte[] value,
            final int flags,
            final Completion<Void> done) {
        return metadata.setXattr(inode, name, value, flags, done);
    }

    @Override
    public Cancellable getXattr(
            final long inode, final byte[] name, final Completion<byte[]> done) {
        return metadata.getXattr(inode, name, done);
    }

    @Override
    public Cancellable listXattr(final long inode, final Completion<byte[]> done) {
        return metadata.listXattr(inode, done);
    }

    @Override
    public Cancellable removeXattr(
            final long inode, final byte[] name, final Completion<Void> done) {
        return metadata.removeXattr(inode, name, done);
    }

    @Override
    public Cancellable allocate(
            final long handle,
            final int mode,
            final long offset,
            final long length,
            final Completion<Void> done) {
        return guarded(
                done,
                () -> contents.allocate(table.present(handle).file, mode, offset, length, done));
    }

    @Override
    public Cancellable seek(
            final long handle, final long offset, final int whence, final Completion<Long> done) {
        return guarded(done, () -> holes.seek(table.present(handle).file, offset, whence, done));
    }

    @Override
    public Cancellable copyRange(
            final long sourceHandle,
            final long sourceOffset,
            final long destinationHandle,
            final long destinationOffset,
            final long length,
            final Completion<Long> done) {
        return guarded(
                done,
                () ->
                        contents.copyRange(
                                table.present(sourceHandle),
                                sourceOffset,
                                table.present(destinationHandle),
                                destinationOffset,
                                length,
                                done));
    }

    @Override
    public Cancellable getLock(
            final long handle, final FileLock lock, final Completion<FileLock> done) {
        return guarded(done, () -> metadata.getLock(table.file(handle).inode, lock, done));
    }

    @Override
    public Cancellable setLock(
            final long handle,
            final FileLock lock,
            final boolean wait,
            final Completion<Void> done) {
        return guarded(
                done,
                () -> {
                    final Opening opening = table.file(handle);
                    opening.file.hasPosixLocks |= !lock.flock();
                    return metadata.setLock(opening.inode, lock, wait, done);
                });
    }

    @Override
    public void forget(final long inode) {
        table.forget(inode);
    }

    @Override
    public void onInvalidation(final InvalidationListener newListener) {
        cache.listener(newListener);
        contents.onInvalidation(newListener);
    }

    private static Cancellable fail(final Completion<?> done, final TrivetException error) {
        done.failed(error);
        return Cancellable.NONE;
    }

    /** Arguments that are refused before anything has begun fail the call like anything later. */
    private static Cancellable guarded(
            final Completion<?> done, final Supplier<Cancellable> operation) {
        try {
            return operation.get();
        } catch (final TrivetException error) {
            return fail(done, error);
        }
    }

    /** Changes by other clients: void what is known here, then tell the caches above. */
    private final class Changes implements InvalidationListener {
        @Override
        public void inodeChanged(
                final long inode, final long offset, final long length, final Outcome outcome) {
            table.invalidate(inode, () -> cache.inodeChanged(inode, offset, length, outcome));
        }

        @Override
        public void entryChanged(final long parent, final byte[] name, final Outcome outcome) {
            cache.entryChanged(parent, name, outcome);
        }

        @Override
        public void everythingChanged(final Outcome outcome) {
            table.invalidateAll(() -> cache.everythingChanged(outcome));
        }
    }
}
