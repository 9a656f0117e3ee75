package org.trivet.client;

import org.trivet.Completion;
import org.trivet.TrivetException;
import org.trivet.meta.TrimPort;

import java.util.BitSet;

/** Has data removed by a client of the metadata node's own, on the same thread. */
public final class StripTrims implements TrimPort {
    private final ClientAgent client;
    private final int nodeCount;

    /**
     * Trims through a client.
     *
     * @param client whose agent runs on the metadata node's thread.
     * @param nodeCount N of the volume.
     */
    public StripTrims(final ClientAgent client, final int nodeCount) {
        this.client = client;
        this.nodeCount = nodeCount;
    }

    @Override
    public void trim(
            final long dataId,
            final long cut,
            final long[] cuts,
            final boolean wholeStrip,
            final int group,
            final Completion<Void> done) {
        final FileBlocks file = new FileBlocks(0, nodeCount);
        file.update(dataId, cut, cuts);
        client.blocks()
                .trimStrip(
                        file,
                        group,
                        wholeStrip,
                        VolumeClient.NO_DEADLINE,
                        new OperationHandler() {
                            @Override
                            public void completed(final long result) {
                                trimmed(wholeStrip, group, done);
                            }

                            @Override
                            public void failed(final TrivetException error) {
                                done.failed(error);
                            }
                        });
    }

    /**
     * A cut must not be forgotten; that a dead strip is there again after a loss of power does no
     * harm.
     */
    private void trimmed(final boolean wholeStrip, final int group, final Completion<Void> done) {
        if (wholeStrip) {
            done.succeeded(null);
            return;
        }
        final BitSet groups = new BitSet();
        groups.set(group);
        client.blocks()
                .sync(
                        groups,
                        VolumeClient.NO_DEADLINE,
                        new OperationHandler() {
                            @Override
                            public void completed(final long result) {
                                done.succeeded(null);
                            }

                            @Override
                            public void failed(final TrivetException error) {
                                done.failed(error);
                            }
                        });
    }
}
