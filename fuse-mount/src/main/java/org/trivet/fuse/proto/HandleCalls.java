package org.trivet.fuse.proto;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Cancellable;
import org.trivet.fs.FileLock;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.Opened;

import java.util.List;

/**
 * The requests about open files and directories: each becomes one call of the file system. On the
 * agent's thread.
 */
final class HandleCalls {
    /** copy_file_range answers with 32 bits; a copy may always be shorter than asked. */
    private static final long MAX_COPY = 1L << 30;

    private static final int ROOT = 0;
    private static final int FH = 0; // the first field of every structure with a handle
    private static final int OPEN_FLAGS = Layouts.OPEN_IN.at("flags");
    private static final int CREATE_FLAGS = Layouts.CREATE_IN.at("flags");
    private static final int CREATE_MODE = Layouts.CREATE_IN.at("mode");
    private static final int READ_OFFSET = Layouts.READ_IN.at("offset");
    private static final int READ_SIZE = Layouts.READ_IN.at("size");
    private static final int READ_FLAGS = Layouts.READ_IN.at("flags");
    private static final int WRITE_OFFSET = Layouts.WRITE_IN.at("offset");
    private static final int WRITE_SIZE = Layouts.WRITE_IN.at("size");
    private static final int WRITE_FLAGS = Layouts.WRITE_IN.at("write_flags");
    private static final int WRITE_OPEN_FLAGS = Layouts.WRITE_IN.at("flags");
    private static final int FLUSH_OWNER = Layouts.FLUSH_IN.at("lock_owner");
    private static final int RELEASE_FLAGS = Layouts.RELEASE_IN.at("release_flags");
    private static final int RELEASE_OWNER = Layouts.RELEASE_IN.at("lock_owner");
    private static final int FSYNC_FLAGS = Layouts.FSYNC_IN.at("fsync_flags");
    private static final int ALLOCATE_OFFSET = Layouts.FALLOCATE_IN.at("offset");
    private static final int ALLOCATE_LENGTH = Layouts.FALLOCATE_IN.at("length");
    private static final int ALLOCATE_MODE = Layouts.FALLOCATE_IN.at("mode");
    private static final int SEEK_OFFSET = Layouts.LSEEK_IN.at("offset");
    private static final int SEEK_WHENCE = Layouts.LSEEK_IN.at("whence");
    private static final int COPY_FROM = Layouts.COPY_FILE_RANGE_IN.at("off_in");
    private static final int COPY_TO_HANDLE = Layouts.COPY_FILE_RANGE_IN.at("fh_out");
    private static final int COPY_TO = Layouts.COPY_FILE_RANGE_IN.at("off_out");
    private static final int COPY_LENGTH = Layouts.COPY_FILE_RANGE_IN.at("len");
    private static final int COPY_FLAGS = Layouts.COPY_FILE_RANGE_IN.at("flags");
    private static final int LOCK_OWNER = Layouts.LK_IN.at("owner");
    private static final int LOCK = Layouts.LK_IN.at("lk");
    private static final int LOCK_FLAGS = Layouts.LK_IN.at("lk_flags");
    private static final int LOCK_START = LOCK + Layouts.FILE_LOCK.at("start");
    private static final int LOCK_END = LOCK + Layouts.FILE_LOCK.at("end");
    private static final int LOCK_TYPE = LOCK + Layouts.FILE_LOCK.at("type");
    private static final int LOCK_PID = LOCK + Layouts.FILE_LOCK.at("pid");

    private final InodeFileSystem fs;
    private final boolean writeback;
    private final PlainHandles plainHandles;
    private final Readahead readahead = new Readahead();

    HandleCalls(final InodeFileSystem fs, final boolean writeback) {
        this.fs = fs;
        this.writeback = writeback;
        this.plainHandles = new PlainHandles(fs);
    }

    Cancellable create(final Request request) {
        return fs.create(
                InodeCalls.caller(request),
                request.node(),
                request.fileName(0),
                request.argInt(CREATE_MODE),
                flags(request.argInt(CREATE_FLAGS)),
                request.answers().created);
    }

    Cancellable open(final Request request) {
        final int flags = flags(request.argInt(OPEN_FLAGS));
        final boolean takesSetIds = (flags & Flags.O_TRUNCATE) != 0 && request.uid() != ROOT;
        return takesSetIds
                ? new TruncatingOpen(fs, request, flags)
                : fs.open(request.node(), flags, request.answers().opened);
    }

    /**
     * With a write-back cache the kernel appends by itself, and may have to read a page that is
     * written in part.
     */
    private int flags(final int flags) {
        if (!writeback) {
            return flags;
        }
        final boolean writeOnly = (flags & Flags.O_ACCESS_MODE) == Flags.O_WRITE_ONLY;
        final int access = writeOnly ? Flags.O_READ_WRITE : flags & Flags.O_ACCESS_MODE;
        return flags & ~(Flags.O_APPEND | Flags.O_ACCESS_MODE) | access;
    }

    /** Notes a file just opened. */
    void opened(final Request request, final Opened opened) {
        final int flags =
                switch (request.opcode()) {
                    case OPEN -> request.argInt(OPEN_FLAGS);
                    case CREATE -> request.argInt(CREATE_FLAGS);
                    default -> 0;
                };
        if ((flags(flags) & Flags.O_APPEND) != 0) {
            plainHandles.appending(opened.handle());
        }
    }

    /** Whether the file system appends what is written through a handle. */
    boolean isAppending(final long handle) {
        return plainHandles.isAppending(handle);
    }

    Cancellable read(final Request request) {
        final int size = request.argInt(READ_SIZE);
        final long offset = request.argLong(READ_OFFSET);
        final long handle = request.argLong(FH);
        if (size < 0 || size > SessionOptions.MAX_TRANSFER || offset < 0) {
            return request.refuse(Errno.EINVAL);
        }
        if (readahead.isReadahead(handle, offset, size, request.argInt(READ_FLAGS))) {
            request.limit();
        }
        final UnsafeBuffer reply = request.reply(size);
        return fs.read(
                handle, offset, reply, Request.REPLY_HEADER_LENGTH, size, request.answers().read);
    }

    /**
     * A read has been given up at its deadline: the kernel will ask for its pages again when it
     * needs them.
     */
    void expired(final Request request) {
        readahead.expired(
                request.argLong(FH), request.argLong(READ_OFFSET), request.argInt(READ_SIZE));
    }

    Cancellable write(final Request request) {
        final int size = request.argInt(WRITE_SIZE);
        final long offset = request.argLong(WRITE_OFFSET);
        if (size < 0 || size > request.length() - Request.WRITE_HEAD_LENGTH || offset < 0) {
            return request.refuse(Errno.EINVAL);
        }
        final long handle = request.argLong(FH);
        final boolean isWriteBack = (request.argInt(WRITE_FLAGS) & Flags.WRITE_CACHE) != 0;
        // The program may have taken O_APPEND back since it opened the file.
        final boolean appends = (request.argInt(WRITE_OPEN_FLAGS) & Flags.O_APPEND) != 0;
        if ((isWriteBack || !appends) && plainHandles.isAppending(handle)) {
            return plainHandles.write(request, handle, offset, size);
        }
        return fs.write(
                handle,
                offset,
                request.bytes(),
                Request.WRITE_HEAD_LENGTH,
                size,
                request.answers().written);
    }

    Cancellable flush(final Request request) {
        return fs.flush(request.argLong(FH), request.argLong(FLUSH_OWNER), request.answers().none);
    }

    Cancellable release(final Request request) {
        final long handle = request.argLong(FH);
        final boolean unlocks = (request.argInt(RELEASE_FLAGS) & Flags.RELEASE_FLOCK_UNLOCK) != 0;
        plainHandles.released(handle);
        readahead.released(handle);
        return fs.release(
                handle, unlocks ? request.argLong(RELEASE_OWNER) : 0, request.answers().none);
    }

    Cancellable fsync(final Request request) {
        final boolean dataOnly = (request.argInt(FSYNC_FLAGS) & Flags.FSYNC_DATA_ONLY) != 0;
        return fs.fsync(request.argLong(FH), dataOnly, request.answers().none);
    }

    Cancellable openDirectory(final Request request) {
        return fs.openDirectory(request.node(), request.answers().opened);
    }

    Cancellable readDirectory(final Request request, final boolean withAttributes) {
        final int room = request.argInt(READ_SIZE);
        final long offset = request.argLong(READ_OFFSET);
        if (room <= 0 || room > SessionOptions.MAX_TRANSFER || offset < 0) {
            return request.refuse(Errno.EINVAL);
        }
        final long cookie = offset <= DirectoryEncoder.LAST_OWN_COOKIE ? 0 : offset;
        final int maxEntries = DirectoryEncoder.entriesFor(room, withAttributes);
        return fs.readDirectory(
                request.argLong(FH), cookie, maxEntries, withAttributes, request.answers().entries);
    }

    Cancellable syncDirectory(final Request request) {
        return fs.syncDirectory(request.argLong(FH), request.answers().none);
    }

    Cancellable releaseDirectory(final Request request) {
        return fs.releaseDirectory(request.argLong(FH), request.answers().none);
    }

    Cancellable allocate(final Request request) {
        final long offset = request.argLong(ALLOCATE_OFFSET);
        final long length = request.argLong(ALLOCATE_LENGTH);
        if (offset < 0 || length <= 0) {
            return request.refuse(Errno.EINVAL);
        }
        return fs.allocate(
                request.argLong(FH),
                request.argInt(ALLOCATE_MODE),
                offset,
                length,
                request.answers().none);
    }

    Cancellable seek(final Request request) {
        if (writeback) {
            return request.refuse(
                    Errno.ENOSYS); // what the kernel has yet to write would seem to be holes
        }
        final int whence = request.argInt(SEEK_WHENCE);
        final long offset = request.argLong(SEEK_OFFSET);
        if (whence != InodeFileSystem.SEEK_DATA && whence != InodeFileSystem.SEEK_HOLE) {
            return request.refuse(Errno.EINVAL);
        }
        if (offset < 0) {
            return request.refuse(Errno.ENXIO);
        }
        return fs.seek(request.argLong(FH), offset, whence, request.answers().sought);
    }

    Cancellable copyRange(final Request request, final boolean wide) {
        final long from = request.argLong(COPY_FROM);
        final long to = request.argLong(COPY_TO);
        final long length = request.argLong(COPY_LENGTH);
        if (from < 0 || to < 0 || length < 0 || request.argLong(COPY_FLAGS) != 0) {
            return request.refuse(Errno.EINVAL);
        }
        return fs.copyRange(
                request.argLong(FH),
                from,
                request.argLong(COPY_TO_HANDLE),
                to,
                Math.min(length, MAX_COPY),
                wide ? request.answers().number : request.answers().copied);
    }

    Cancellable getLock(final Request request) {
        final FileLock lock = lock(request);
        return lock == null
                ? request.refuse(Errno.EINVAL)
                : fs.getLock(request.argLong(FH), lock, request.answers().lock);
    }

    Cancellable setLock(final Request request, final boolean wait) {
        final FileLock lock = lock(request);
        return lock == null
                ? request.refuse(Errno.EINVAL)
                : fs.setLock(request.argLong(FH), lock, wait, request.answers().none);
    }

    private static FileLock lock(final Request request) {
        final int type = request.argInt(LOCK_TYPE);
        final long start = request.argLong(LOCK_START);
        final long end = request.argLong(LOCK_END);
        if (!List.of(FileLock.READ, FileLock.WRITE, FileLock.UNLOCK).contains(type)
                || start < 0
                || end < start) {
            return null;
        }
        final boolean flock = (request.argInt(LOCK_FLAGS) & Flags.LOCK_FLOCK) != 0;
        return new FileLock(
                type, flock, start, end, request.argLong(LOCK_OWNER), request.argInt(LOCK_PID));
    }
}
