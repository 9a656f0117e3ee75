package org.trivet.fs;

import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.client.FileBlocks;
import org.trivet.meta.MetadataClient;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;

/**
 * What a client knows of an inode that it has open, and what the metadata node has still to be told
 * of it.
 *
 * <p>A write that makes the file longer is told before it is acknowledged, and so is any while
 * another client has the file open. Otherwise one within the file changes only the times, which are
 * told with the next such report, or later. At most one report is under way.
 */
final class OpenInode {
    /**
     * How fine the times are that an fsync makes durable, if nothing but times has changed, so that
     * few of many small fsyncs in a row wait for the metadata node's journal.
     */
    static final long SYNCED_TIME_RESOLUTION_NS = 100_000_000;

    /** Changes of the file, in order. */
    final RangeQueue changes;

    /** Which blocks are the file's. */
    final FileBlocks file;

    /** Groups written to since the last sync; and those being synced. */
    final BitSet unsynced = new BitSet();

    final BitSet syncing = new BitSet();
    int syncs;
    int openings;

    /**
     * Openings that the present session has not been told of yet: an opening is released only when
     * it has been, or the release might come first.
     */
    final Outstanding reopenings = new Outstanding();

    /** What was given up and is being cut off: the metadata node must know before a release. */
    final Outstanding tailCuts = new Outstanding();

    boolean hasPosixLocks;

    /** Whether one of the openings, now or earlier, was for writing. */
    boolean isWritable;

    /** A degraded read was served: pages that hold it must not be kept. */
    boolean degraded;

    /** What a report in the background failed with, for those who have the file open. */
    TrivetException error;

    int errorCount;

    /** Bytes that make the file longer, as it was cut when they were stored. */
    private record Growth(
            long end,
            long appendedAt,
            boolean leavesHole,
            long dataId,
            long cut,
            Completion<Boolean> done) {
        /** Whether it took effect, by the attributes that came back with the report. */
        boolean tookEffect(final Attributes after) {
            return dataId == after.dataId() && cut == after.cut();
        }
    }

    /** The session that has it open, as far as is known. */
    private long session;

    /** Whether it could not be opened again after a session had ended: it is gone. */
    private boolean gone;

    private record Flush(long report, Completion<Void> done) {}

    private final MetadataClient metadata;
    private final long inode;
    private Attributes attributes;
    private boolean shared;
    private long invalidations;
    private long freshAsOf;
    private ArrayList<Growth> growths = new ArrayList<>();
    private final ArrayList<Flush> flushes = new ArrayList<>();
    private final ArrayDeque<Runnable> whenOpen = new ArrayDeque<>();
    private boolean dirty;
    private boolean dirtyHoles;
    private long dirtySinceNs;
    private long lastWriteNs;
    private long toldUpToNs;
    private long toldMtimeNs = Long.MIN_VALUE;
    private boolean reporting;
    private long reportsBegun;
    private long reportsEnded;

    /** The last report of what others did not see before it. */
    private long lastUnreported;

    OpenInode(
            final MetadataClient metadata,
            final Attributes attributes,
            final RangeQueue changes,
            final int nodeCount) {
        this.metadata = metadata;
        this.changes = changes;
        inode = attributes.inode();
        file = new FileBlocks(inode, nodeCount);
        learn(attributes);
    }

    long inode() {
        return inode;
    }

    /** The present session has opened it. */
    void opened() {
        session = metadata.sessionId();
        runWhenOpen();
    }

    /**
     * Goes on with a call once the metadata node knows, in the present session, that the file is
     * open here. Before that the file may be removed without a thought for who writes. The call
     * fails if the file is gone.
     */
    void whenOpen(final Call<?> call, final Runnable next) {
        if (call.hasEnded()) {
            return;
        }
        if (gone) {
            call.failed(removed());
        } else if (isOpen()) {
            next.run();
        } else {
            whenOpen.add(() -> whenOpen(call, next));
        }
    }

    private void runWhenOpen() {
        while (!whenOpen.isEmpty()) {
            whenOpen.remove().run();
        }
    }

    /** Nobody has it open, and it has no name: what was stored of it is being removed. */
    void gone() {
        gone = true;
        runWhenOpen();
    }

    /** What a call fails with that needs the file, where it is gone. */
    TrivetException removed() {
        return new TrivetException(
                ErrorCode.STALE,
                "inode " + inode + " was removed when this client's session had ended");
    }

    /** Whether it is open in the present session, as far as is known. */
    boolean isOpen() {
        return session == metadata.sessionId();
    }

    boolean isGone() {
        return gone;
    }

    /** Whether the metadata node knows for certain, at an instant, that it is open here. */
    boolean isHeld(final long instantNs) {
        return session == metadata.sessionId() && metadata.isSessionSure(instantNs);
    }

    Attributes attributes() {
        return attributes;
    }

    long size() {
        return attributes.size();
    }

    /** Takes over attributes, unless newer ones are known. */
    void learn(final Attributes newer) {
        if (attributes == null || newer.change() >= attributes.change()) {
            attributes = newer;
            shared |= newer.shared();
            if (newer.isRegular()) {
                file.update(newer);
            }
        }
    }

    /**
     * Whether another client may have it open, and must see at once what is written here. Only an
     * answer to what was asked after the last change by others can say that it has not.
     */
    private boolean mayBeShared() {
        return shared || isStale();
    }

    /** Another client changed the inode. */
    void invalidate() {
        invalidations++;
    }

    boolean isStale() {
        return freshAsOf != invalidations;
    }

    /** Fetches the attributes anew. */
    Cancellable refresh(final Completion<Attributes> done) {
        final long asOf = invalidations;
        return metadata.getAttributes(
                inode,
                new Completion<>() {
                    @Override
                    public void succeeded(final Attributes fetched) {
                        learn(fetched);
                        freshAsOf = Math.max(freshAsOf, asOf);
                        if (asOf == invalidations) {
                            shared = fetched.shared();
                        }
                        done.succeeded(attributes);
                    }

                    @Override
                    public void failed(final TrivetException failure) {
                        done.failed(failure);
                    }
                });
    }

    /**
     * Bytes up to an offset are stored on all copies: told at once if the file grows, or another
     * client has it open, otherwise later.
     *
     * @param from where they begin.
     * @param end where they end.
     * @param appended whether {@code from} is where the file must end by then.
     * @param nowNs monotonic time.
     * @param done told whether the file was made as long; if not, it was cut before.
     */
    void wrote(
            final long from,
            final long end,
            final boolean appended,
            final long nowNs,
            final Completion<Boolean> done) {
        lastWriteNs = nowNs;
        if (appended || end > attributes.size() || mayBeShared()) {
            growths.add(
                    new Growth(
                            end,
                            appended ? from : -1,
                            !appended && from > attributes.size(),
                            file.dataId(),
                            file.cut(),
                            done));
            report();
        } else {
            if (!dirty) {
                dirty = true;
                dirtySinceNs = nowNs;
            }
            done.succeeded(true);
        }
    }

    /** Part of the file was made a hole: told with the next report. */
    void madeHole() {
        dirtyHoles = true;
    }

    /** Tells the metadata node what it has not been told; done when that is answered. */
    void flush(final Completion<Void> done) {
        final long wanted = dirty || !growths.isEmpty() ? reportsBegun + 1 : reportsBegun;
        if (reportsEnded >= wanted) {
            done.succeeded(null);
            return;
        }
        flushes.add(new Flush(wanted, done));
        report();
    }

    /**
     * Tells the metadata node what it would be told later, as others do not see it before.
     *
     * @param next goes on when that is answered, or nothing was to be told.
     */
    void flushUnreported(final Runnable next) {
        final Completion<Void> told =
                new Completion<>() {
                    @Override
                    public void succeeded(final Void value) {
                        next.run();
                    }

                    @Override
                    public void failed(final TrivetException failure) {
                        next.run(); // whoever has it open is told of that
                    }
                };
        if (dirty) {
            flush(told);
        } else if (reportsEnded < lastUnreported) {
            flushes.add(new Flush(lastUnreported, told));
        } else {
            next.run();
        }
    }

    /**
     * Tells what an fsync must make durable: all of it, but for times that differ from those told
     * by less than {@link #SYNCED_TIME_RESOLUTION_NS}, if nobody has set others meanwhile.
     */
    void flushForSync(final Completion<Void> done) {
        final boolean onlyTimes = growths.isEmpty() && !dirtyHoles && !reporting;
        if (onlyTimes
                && attributes.mtimeNs() == toldMtimeNs
                && lastWriteNs - toldUpToNs < SYNCED_TIME_RESOLUTION_NS) {
            done.succeeded(null);
        } else {
            flush(done);
        }
    }

    /**
     * Has what was given up cut off, and refused from then on, unless the file has other data by
     * now.
     *
     * @param dataId of the data that it was about.
     * @param next goes on when that is settled.
     */
    void cutTail(final long dataId, final Runnable next) {
        tailCuts.begun();
        metadata.cutTail(
                inode,
                dataId,
                new Completion<>() {
                    @Override
                    public void succeeded(final Attributes after) {
                        learn(after);
                        end();
                    }

                    @Override
                    public void failed(final TrivetException failure) {
                        end(); // the inode is gone, or this session: its end cuts the tail
                    }

                    private void end() {
                        next.run();
                        tailCuts.ended();
                    }
                });
    }

    /** Tells what has waited for long enough. */
    int flushOlderThan(final long instantNs) {
        if (dirty && !reporting && dirtySinceNs - instantNs <= 0) {
            report();
            return 1;
        }
        return 0;
    }

    boolean isDirty() {
        return dirty || reporting || !growths.isEmpty();
    }

    private void report() {
        if (reporting || (!dirty && growths.isEmpty())) {
            return;
        }
        final ArrayList<Growth> told = growths;
        growths = new ArrayList<>();
        long end = 0;
        long appendedAt = -1;
        boolean sparse = dirtyHoles;
        for (final Growth growth : told) {
            if (growth.dataId() == file.dataId() && growth.cut() == file.cut()) {
                end = Math.max(end, growth.end());
                appendedAt = Math.max(appendedAt, growth.appendedAt());
                sparse |= growth.leavesHole();
            }
        }
        reportsBegun++;
        if (dirty) {
            lastUnreported = reportsBegun;
        }
        dirty = false;
        dirtyHoles = false;
        reporting = true;
        final long upToNs = lastWriteNs;
        // Where the file was cut meanwhile nothing changes, as if the write had come before the
        // cut.
        metadata.written(
                inode,
                file.dataId(),
                file.cut(),
                end,
                0,
                appendedAt,
                sparse,
                new Completion<>() {
                    @Override
                    public void succeeded(final Attributes after) {
                        learn(after);
                        toldUpToNs = upToNs;
                        toldMtimeNs = after.mtimeNs();
                        reported(told, after, null);
                    }

                    @Override
                    public void failed(final TrivetException failure) {
                        error = failure;
                        errorCount++;
                        reported(told, null, failure);
                    }
                });
    }

    private void reported(
            final ArrayList<Growth> told, final Attributes after, final TrivetException failure) {
        reporting = false;
        reportsEnded++;
        for (final Growth growth : told) {
            if (failure == null) {
                growth.done().succeeded(growth.tookEffect(after));
            } else {
                growth.done().failed(failure);
            }
        }
        for (int i = 0; i < flushes.size(); ) {
            if (flushes.get(i).report() <= reportsEnded) {
                final Completion<Void> done = flushes.remove(i).done();
                if (failure == null) {
                    done.succeeded(null);
                } else {
                    done.failed(failure);
                }
            } else {
                i++;
            }
        }
        report();
    }
}
