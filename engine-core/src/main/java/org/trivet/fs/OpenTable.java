package org.trivet.fs;

import org.agrona.collections.Long2ObjectHashMap;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.meta.MetadataClient;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;

/** What a client has open: handles, and one state for each inode behind them. */
final class OpenTable {
    private static final int MAX_REMEMBERED = 1 << 16;

    private final MetadataClient metadata;
    private final CacheAbove cache;
    private final int nodeCount;
    private final Long2ObjectHashMap<OpenInode> inodes = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<RangeQueue> changes = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Opening> openings = new Long2ObjectHashMap<>();
    private final LinkedHashMap<Long, Long> lastChanges = new LinkedHashMap<>();
    private long nextHandle = 1;
    private long invalidations;

    OpenTable(final MetadataClient metadata, final CacheAbove cache, final int nodeCount) {
        this.metadata = metadata;
        this.cache = cache;
        this.nodeCount = nodeCount;
    }

    /**
     * Takes a file that the metadata node has opened.
     *
     * @param asOf {@link #invalidations} when it was asked: if there were others since, the answer
     *     may be older than they are.
     */
    Opened opened(final Attributes attributes, final int openFlags, final long asOf) {
        OpenInode file = inodes.get(attributes.inode());
        final Long known;
        if (file == null) {
            known = lastChanges.get(attributes.inode());
            file = new OpenInode(metadata, attributes, changes(attributes.inode()), nodeCount);
            inodes.put(attributes.inode(), file);
        } else {
            known = file.attributes().change();
            file.learn(attributes);
        }
        if (asOf != invalidations) {
            file.invalidate();
        }
        file.opened();
        file.openings++;
        file.isWritable |= (openFlags & Opening.O_ACCMODE) != 0;
        final Opening opening = new Opening(nextHandle++, openFlags, file);
        openings.put(opening.handle, opening);
        final boolean keepCache =
                !file.degraded
                        && known != null
                        && known == attributes.change()
                        && !cache.mayHoldFormer(file.inode());
        return new Opened(opening.handle, file.attributes(), keepCache);
    }

    Opened openedDirectory(final Attributes attributes) {
        final Opening opening = new Opening(nextHandle++, attributes);
        openings.put(opening.handle, opening);
        return new Opened(opening.handle, attributes, false);
    }

    /** An opening of a file. */
    Opening file(final long handle) {
        final Opening opening = openings.get(handle);
        if (opening == null) {
            throw new TrivetException(ErrorCode.BAD_HANDLE, "handle " + handle + " is not open");
        }
        if (opening.file == null) {
            throw new TrivetException(
                    ErrorCode.IS_DIRECTORY, "handle " + handle + " is of a directory");
        }
        return opening;
    }

    /** An opening of a file that is there as long as it is open. */
    Opening present(final long handle) {
        final Opening opening = file(handle);
        if (opening.file.isGone()) {
            throw opening.file.removed();
        }
        return opening;
    }

    /** An opening of a directory. */
    Opening directory(final long handle) {
        final Opening opening = openings.get(handle);
        if (opening == null) {
            throw new TrivetException(ErrorCode.BAD_HANDLE, "handle " + handle + " is not open");
        }
        if (opening.file != null) {
            throw new TrivetException(
                    ErrorCode.NOT_DIRECTORY, "handle " + handle + " is not of a directory");
        }
        return opening;
    }

    /** The attributes of a directory that is open here, as it was then; null if it is not. */
    Attributes openDirectory(final long inode) {
        for (final Opening opening : openings.values()) {
            if (opening.inode == inode && opening.directory != null) {
                return opening.directory;
            }
        }
        return null;
    }

    /** Ends a handle; its inode's state stays until {@link #released}. */
    void close(final Opening opening) {
        openings.remove(opening.handle);
    }

    void released(final Opening opening) {
        final OpenInode file = opening.file;
        file.openings--;
        if (file.openings == 0) {
            inodes.remove(file.inode());
            dropChanges(file.inode());
        }
        if (file.degraded) {
            lastChanges.remove(file.inode());
        } else {
            remember(file.inode(), file.attributes().change());
        }
    }

    /** The state of an inode that is open, or null. */
    OpenInode find(final long inode) {
        return inodes.get(inode);
    }

    /** The order of an inode's changes, be it open or not. */
    RangeQueue changes(final long inode) {
        return changes.computeIfAbsent(inode, each -> new RangeQueue());
    }

    /** A change has ended, or an inode is not open any more. */
    void dropChanges(final long inode) {
        if (!inodes.containsKey(inode)
                && changes.containsKey(inode)
                && changes.get(inode).isEmpty()) {
            changes.remove(inode);
        }
    }

    void learn(final Attributes attributes) {
        final OpenInode file = inodes.get(attributes.inode());
        if (file != null) {
            file.learn(attributes);
        }
    }

    /** How many changes by others this has been told of. */
    long invalidations() {
        return invalidations;
    }

    /**
     * Another client changed an inode, or has opened it.
     *
     * @param next goes on once the metadata node knows of all that was written here.
     */
    void invalidate(final long inode, final Runnable next) {
        invalidations++;
        final OpenInode file = inodes.get(inode);
        if (file == null) {
            next.run();
        } else {
            file.invalidate();
            file.flushUnreported(next);
        }
    }

    /**
     * Anything may have changed.
     *
     * @param next as above.
     */
    void invalidateAll(final Runnable next) {
        invalidations++;
        lastChanges.clear();
        final int[] left = {1};
        final Runnable oneDone =
                () -> {
                    left[0]--;
                    if (left[0] == 0) {
                        next.run();
                    }
                };
        for (final OpenInode file : new ArrayList<>(inodes.values())) {
            file.invalidate();
            left[0]++;
            file.flushUnreported(oneDone);
        }
        oneDone.run();
    }

    void forget(final long inode) {
        lastChanges.remove(inode);
    }

    Iterable<OpenInode> inodes() {
        return inodes.values();
    }

    /**
     * A session has ended, and its openings with it: opens again, in the new one, what is open
     * here.
     */
    void reopen() {
        for (final OpenInode file : new ArrayList<>(inodes.values())) {
            for (int i = 0; i < file.openings; i++) {
                file.reopenings.begun();
                metadata.reopen(
                        file.inode(),
                        file.isWritable ? Opening.O_RDWR : 0,
                        new Completion<>() {
                            @Override
                            public void succeeded(final Attributes attributes) {
                                file.learn(attributes); // before any write goes on
                                file.opened();
                                file.reopenings.ended();
                            }

                            @Override
                            public void failed(final TrivetException failure) {
                                if (failure.code() == ErrorCode.STALE) {
                                    file.gone();
                                }
                                file.error = failure;
                                file.errorCount++;
                                file.reopenings.ended();
                            }
                        });
            }
        }
    }

    private void remember(final long inode, final long change) {
        lastChanges.remove(inode);
        lastChanges.put(inode, change);
        if (lastChanges.size() > MAX_REMEMBERED) {
            final Iterator<Long> eldest = lastChanges.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
    }
}
