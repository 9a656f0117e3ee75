package org.trivet.fuse;

import org.agrona.MutableDirectBuffer;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.fs.InvalidationListener;
import org.trivet.fs.Opened;

/** Answers no read, and has the page that is waited for voided meanwhile. */
final class StuckFileSystem extends MemoryFileSystem {
    private long lastOpened;

    @Override
    public Cancellable open(final long inode, final int openFlags, final Completion<Opened> done) {
        lastOpened = inode;
        return super.open(inode, openFlags, done);
    }

    @Override
    public Cancellable read(
            final long handle,
            final long offset,
            final MutableDirectBuffer destination,
            final int destinationOffset,
            final int length,
            final Completion<Integer> done) {
        listener.inodeChanged(lastOpened, 0, 0, InvalidationListener.UNAWAITED);
        return () -> {};
    }
}
