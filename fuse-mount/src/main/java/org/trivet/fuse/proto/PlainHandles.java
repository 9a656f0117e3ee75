package org.trivet.fuse.proto;

import org.agrona.collections.Long2LongHashMap;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.TrivetException;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.Opened;

/**
 * Second handles of files that are opened to append, for what is to be written in a place.
 *
 * <p>The kernel writes a page of a shared mapping through any handle of its file that is open for
 * writing. If that one was opened with O_APPEND, the file system would put the page at the end of
 * the file. Such a page is written through another handle, without O_APPEND, which is opened when
 * the first one comes and lives as long as the first handle. So is what is written after the
 * program has taken O_APPEND back, by fcntl(2).
 */
final class PlainHandles {
    private static final long UNKNOWN = -1;
    private static final long NOT_OPEN = 0;

    private static final Completion<Void> IGNORED =
            new Completion<>() {
                @Override
                public void succeeded(final Void value) {}

                @Override
                public void failed(final TrivetException error) {}
            };

    private final InodeFileSystem fs;
    private final Long2LongHashMap plainByAppending = new Long2LongHashMap(UNKNOWN);

    PlainHandles(final InodeFileSystem fs) {
        this.fs = fs;
    }

    void appending(final long handle) {
        plainByAppending.put(handle, NOT_OPEN);
    }

    boolean isAppending(final long handle) {
        return !plainByAppending.isEmpty() && plainByAppending.containsKey(handle);
    }

    void released(final long handle) {
        if (isAppending(handle)) {
            final long plain = plainByAppending.remove(handle);
            if (plain != NOT_OPEN) {
                fs.release(plain, 0, IGNORED);
            }
        }
    }

    Cancellable write(final Request request, final long handle, final long offset, final int size) {
        final long plain = plainByAppending.get(handle);
        return plain != NOT_OPEN
                ? writeThrough(request, plain, offset, size)
                : new OpenThenWrite(request, handle, offset, size);
    }

    private Cancellable writeThrough(
            final Request request, final long plain, final long offset, final int size) {
        return fs.write(
                plain,
                offset,
                request.bytes(),
                Request.WRITE_HEAD_LENGTH,
                size,
                request.answers().written);
    }

    /** Opens the second handle, and then writes through it. */
    private final class OpenThenWrite implements Cancellable, Completion<Opened> {
        private final Request request;
        private final long handle;
        private final long offset;
        private final int size;
        private Cancellable running = Cancellable.NONE;
        private boolean isOpen;

        private OpenThenWrite(
                final Request request, final long handle, final long offset, final int size) {
            this.request = request;
            this.handle = handle;
            this.offset = offset;
            this.size = size;
            final Cancellable opening = fs.open(request.node(), Flags.O_WRITE_ONLY, this);
            if (!isOpen) {
                running = opening;
            }
        }

        @Override
        public void succeeded(final Opened opened) {
            isOpen = true;
            long plain = plainByAppending.get(handle);
            if (plain != NOT_OPEN) { // released meanwhile, or another write was first
                fs.release(opened.handle(), 0, IGNORED);
            } else {
                plain = opened.handle();
                plainByAppending.put(handle, plain);
            }
            if (plain == UNKNOWN) {
                request.refuse(Errno.EIO);
            } else {
                running = writeThrough(request, plain, offset, size);
            }
        }

        @Override
        public void failed(final TrivetException error) {
            isOpen = true;
            request.refuse(error);
        }

        @Override
        public void cancel() {
            running.cancel();
        }
    }
}
