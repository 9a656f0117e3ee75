package org.trivet.fs;

import org.agrona.DirectBuffer;
import org.trivet.Completion;
import org.trivet.TrivetException;
import org.trivet.client.OperationHandler;
import org.trivet.client.VolumeClient;
import org.trivet.meta.MetadataClient;

/**
 * A write under way: room at the end if it appends, then the blocks, then the size.
 *
 * <p>If the file is cut meanwhile, what the cut has removed is written again, and only that: others
 * may have seen the rest, and have written over it since. An append is done again as a whole, for
 * its room is void. What was written is not known to be there still if the file has been cut so
 * often meanwhile that nobody remembers where; then all is written again.
 *
 * <p>What it is told before the blocks are on all copies ends it without a trace beyond the end of
 * the file: the tail is cut, and until that is done no later change of these bytes begins. That is
 * so, too, where it is within the file: what is late would be stored for ever once the file is
 * gone, and the cut has it refused.
 *
 * <p>Once the size is being reported, it ends as that report does. Whoever gives it up then has the
 * tail cut, which ends the waiting for other clients' appends.
 */
final class FileWrite implements OperationHandler {
    private final MetadataClient metadata;
    private final VolumeClient blocks;
    private final OpenInode file;
    private final boolean appends;
    private final DirectBuffer source;
    private final int index;
    private final int length;
    private final long nowNs;
    private final Call<Integer> call;
    private long offset;
    private long dataId;

    /** The last cut that {@link #storedUpTo} is about. */
    private long cut;

    /** Up to where it is stored, as an offset in the file. */
    private long storedUpTo;

    private boolean begun;
    private boolean givenUp;

    FileWrite(
            final MetadataClient metadata,
            final VolumeClient blocks,
            final Opening opening,
            final long offset,
            final DirectBuffer source,
            final int index,
            final int length,
            final long nowNs,
            final Call<Integer> call) {
        this.metadata = metadata;
        this.blocks = blocks;
        this.file = opening.file;
        this.appends = opening.appends();
        this.offset = offset;
        this.source = source;
        this.index = index;
        this.length = length;
        this.nowNs = nowNs;
        this.call = call;
    }

    /** Begins, or begins anew after the file was cut. */
    void begin() {
        file.whenOpen(call, this::beginOpen);
    }

    private void beginOpen() {
        if (file.isStale()) {
            call.step(file.refresh(call.then(fresh -> beginFresh())));
        } else {
            beginFresh();
        }
    }

    private void beginFresh() {
        if (!file.isOpen()) {
            begin(); // in a session that has begun meanwhile it is not open yet
            return;
        }
        if (begun && !appends && file.file.dataId() == dataId) {
            takeCuts();
        } else {
            dataId = file.file.dataId();
            cut = file.file.cut();
            storedUpTo = offset;
        }
        begun = true;
        if (appends) {
            call.step(
                    metadata.reserveAppend(
                            file.inode(), dataId, cut, length, call.then(this::reserved)));
        } else if (storedUpTo < offset + length) {
            store();
        } else {
            report();
        }
    }

    private void reserved(final long at) {
        if (at < 0) {
            call.step(file.refresh(call.then(fresh -> beginFresh())));
        } else if (isCut()) {
            beginFresh();
        } else {
            offset = at;
            storedUpTo = at;
            store();
        }
    }

    /** What later cuts have removed is not stored any more. */
    private void takeCuts() {
        storedUpTo = Math.max(offset, Math.min(storedUpTo, file.file.uncutSince(cut)));
        cut = file.file.cut();
    }

    private void store() {
        final int done = (int) (storedUpTo - offset);
        FileContents.start(
                blocks,
                call,
                () ->
                        blocks.write(
                                file.file,
                                storedUpTo,
                                source,
                                index + done,
                                length - done,
                                VolumeClient.NO_DEADLINE,
                                this));
    }

    /** Whether what was written may have gone with a cut, even one at the end of the file. */
    private boolean isCut() {
        return file.file.dataId() != dataId || file.file.cut() != cut;
    }

    @Override
    public void completed(final long keptUpTo) {
        blocks.addGroups(file.file, offset, length, file.unsynced);
        storedUpTo = Math.min(offset + length, keptUpTo);
        report();
    }

    /** Tells the size, if all is there. */
    private void report() {
        if (appends ? isCut() : file.file.dataId() != dataId) {
            begin();
            return;
        }
        takeCuts();
        if (storedUpTo < offset + length) {
            begin();
            return;
        }
        call.insteadOfCancelling(this::giveUpReport);
        file.wrote(
                offset,
                offset + length,
                appends,
                nowNs,
                new Completion<>() {
                    @Override
                    public void succeeded(final Boolean tookEffect) {
                        if (tookEffect) {
                            call.succeeded(length);
                            return;
                        }
                        call.insteadOfCancelling(null);
                        if (givenUp) {
                            call.cancel();
                        } else if (isCut()) {
                            report();
                        } else {
                            begin();
                        }
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        call.failed(error);
                    }
                });
    }

    private void giveUpReport() {
        if (!givenUp) {
            givenUp = true;
            file.cutTail(dataId, () -> {});
        }
    }

    @Override
    public void failed(final TrivetException error) {
        blocks.addGroups(file.file, offset, length, file.unsynced);
        call.failed(error);
    }

    /**
     * The call has ended: runs what comes next once nothing of a failed write can show, or be
     * stored any more: not even when the file is gone.
     */
    void afterEnd(final Runnable next) {
        if (givenUp) {
            file.tailCuts.afterAll(next);
        } else if (begun && call.hasFailed()) {
            file.cutTail(dataId, next);
        } else {
            next.run();
        }
    }
}
