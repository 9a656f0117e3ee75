package org.trivet.fs;

import org.trivet.TrivetException;
import org.trivet.client.OperationHandler;
import org.trivet.client.VolumeClient;

/**
 * An allocation under way: what there is of the range becomes a hole, if zeros are asked for, and
 * then the file grows, if it may. Where the file is cut meanwhile it begins anew, for the size that
 * it set out from is no longer what the file may grow back to. The hole is not made again: others
 * may have written there since.
 */
final class FileAllocation implements OperationHandler {
    private final VolumeClient blocks;
    private final OpenInode file;
    private final boolean zeroes;
    private final boolean keepsSize;
    private final long offset;
    private final long end;
    private final long nowNs;
    private final Call<Void> call;
    private long dataId;
    private long cut;
    private long present;
    private boolean begun;
    private boolean isHoled;

    FileAllocation(
            final VolumeClient blocks,
            final OpenInode file,
            final boolean zeroes,
            final boolean keepsSize,
            final long offset,
            final long end,
            final long nowNs,
            final Call<Void> call) {
        this.blocks = blocks;
        this.file = file;
        this.zeroes = zeroes;
        this.keepsSize = keepsSize;
        this.offset = offset;
        this.end = end;
        this.nowNs = nowNs;
        this.call = call;
    }

    /** Begins, or begins anew after the file was cut. */
    void begin() {
        if (keepsSize && !zeroes) {
            call.succeeded(null);
        } else {
            file.whenOpen(call, this::beginOpen);
        }
    }

    private void beginOpen() {
        call.step(file.refresh(call.then(fresh -> beginFresh())));
    }

    private void beginFresh() {
        if (!file.isOpen()) {
            begin(); // in a session that has begun meanwhile it is not open yet
            return;
        }
        isHoled &= file.file.dataId() == dataId;
        dataId = file.file.dataId();
        cut = file.file.cut();
        present = Math.min(end, file.size()) - offset;
        final boolean makesHole = zeroes && present > 0;
        if (makesHole && !isHoled) {
            begun = true;
            FileContents.start(
                    blocks,
                    call,
                    () -> blocks.trim(file.file, offset, present, VolumeClient.NO_DEADLINE, this));
        } else if (makesHole || !keepsSize && end > file.size()) {
            begun = true;
            tell();
        } else {
            call.succeeded(null);
        }
    }

    /** The call has ended: runs what comes next once nothing late can take effect any more. */
    void afterEnd(final Runnable next) {
        if (begun && call.hasFailed()) {
            file.cutTail(dataId, next);
        } else {
            next.run();
        }
    }

    @Override
    public void completed(final long result) {
        blocks.addGroups(file.file, offset, present, file.unsynced);
        isHoled = result != 0; // else it is not known where it was cut, and what was left out
        if (isHoled && !isCut()) {
            tell();
        } else {
            begin();
        }
    }

    /** Tells the metadata node, which does not take it if the file has been cut meanwhile. */
    private void tell() {
        if (isHoled) {
            file.madeHole();
        }
        file.wrote(
                isHoled ? offset : end,
                keepsSize ? offset + present : end,
                false,
                nowNs,
                call.then(
                        tookEffect -> {
                            if (tookEffect) {
                                call.succeeded(null);
                            } else {
                                begin();
                            }
                        }));
    }

    private boolean isCut() {
        return file.file.dataId() != dataId || file.file.cut() != cut;
    }

    @Override
    public void failed(final TrivetException error) {
        call.failed(error);
    }
}
