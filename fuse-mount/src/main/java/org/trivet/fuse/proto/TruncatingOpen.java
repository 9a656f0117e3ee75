package org.trivet.fuse.proto;

import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.TrivetException;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.Opened;

/**
 * An open(2) with O_TRUNC by a user who may not leave set-id bits on what he changes. The kernel
 * takes them away itself where a file is written or truncated, but here it leaves the truncation to
 * the file system.
 */
final class TruncatingOpen implements Cancellable, Completion<Opened> {
    private static final int SET_UID = 04000;
    private static final int SET_GID = 02000;
    private static final int GROUP_EXECUTE = 010;

    private static final Completion<Void> IGNORED =
            new Completion<>() {
                @Override
                public void succeeded(final Void value) {}

                @Override
                public void failed(final TrivetException error) {}
            };

    private final InodeFileSystem fs;
    private final Request request;
    private Cancellable running = Cancellable.NONE;
    private boolean isOpen;

    TruncatingOpen(final InodeFileSystem fs, final Request request, final int flags) {
        this.fs = fs;
        this.request = request;
        final Cancellable opening = fs.open(request.node(), flags, this);
        if (!isOpen) {
            running = opening;
        }
    }

    @Override
    public void succeeded(final Opened opened) {
        isOpen = true;
        final int mode = opened.attributes().mode();
        final int kept = withoutSetIds(mode);
        if (kept == mode) {
            request.answers().opened.succeeded(opened);
            return;
        }
        final AttributeChange change =
                new AttributeChange(AttributeChange.MODE, kept, 0, 0, 0, 0, 0);
        running =
                fs.setAttributes(
                        request.node(),
                        opened.handle(),
                        change,
                        new Completion<>() {
                            @Override
                            public void succeeded(final Attributes attributes) {
                                request.answers().opened.succeeded(opened);
                            }

                            @Override
                            public void failed(final TrivetException error) {
                                fs.release(opened.handle(), 0, IGNORED);
                                request.answers().opened.failed(error);
                            }
                        });
    }

    /** Set-group-id without the group's right to execute means mandatory locking, and stays. */
    private static int withoutSetIds(final int mode) {
        return mode & ~SET_UID & ~((mode & GROUP_EXECUTE) != 0 ? SET_GID : 0);
    }

    @Override
    public void failed(final TrivetException error) {
        isOpen = true;
        request.answers().opened.failed(error);
    }

    @Override
    public void cancel() {
        running.cancel();
    }
}
