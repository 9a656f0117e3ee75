package org.trivet.fs;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A file that is open. Safe for use by several threads at once; calls wait as those of {@link
 * TrivetFileSystem} do. Writes that overlap are done one after the other, others at once.
 */
public final class TrivetFile implements AutoCloseable {
    private final TrivetFileSystem files;
    private final VolumeFileSystem fileSystem;
    private final String path;
    private final long handle;
    private final long inode;
    private final boolean writes;
    private final boolean appends;
    private final boolean syncs;
    private final AtomicBoolean closed = new AtomicBoolean();

    TrivetFile(
            final TrivetFileSystem files,
            final VolumeFileSystem fileSystem,
            final String path,
            final Opened opened,
            final boolean writes,
            final boolean appends,
            final boolean syncs) {
        this.files = files;
        this.fileSystem = fileSystem;
        this.path = path;
        this.writes = writes;
        this.appends = appends;
        this.syncs = syncs;
        handle = opened.handle();
        inode = opened.attributes().inode();
    }

    /**
     * Reads.
     *
     * @param position in the file.
     * @param bytes takes what is read.
     * @param offset where it goes.
     * @param length how many bytes.
     * @return how many were read: fewer than asked only at the end of the file, and 0 past it.
     */
    public int read(final long position, final byte[] bytes, final int offset, final int length) {
        return read(position, new UnsafeBuffer(bytes, offset, length));
    }

    /**
     * Reads into what remains of a buffer, and moves its position.
     *
     * @param position in the file.
     * @param destination takes what is read.
     * @return how many bytes were read: fewer than remain only at the end of the file, and 0 past
     *     it.
     */
    public int read(final long position, final ByteBuffer destination) {
        if (!destination.hasRemaining()) {
            return 0;
        }
        final int got =
                read(
                        position,
                        new UnsafeBuffer(
                                destination, destination.position(), destination.remaining()));
        destination.position(destination.position() + got);
        return got;
    }

    private int read(final long position, final UnsafeBuffer destination) {
        return call(
                "read",
                (Completion<Integer> done) ->
                        fileSystem.read(
                                handle, position, destination, 0, destination.capacity(), done));
    }

    /**
     * Writes all of some bytes; at the end of the file, whatever the position, if it was opened
     * with APPEND.
     *
     * @param position in the file.
     * @param bytes holds them.
     * @param offset where they begin.
     * @param length how many.
     */
    public void write(final long position, final byte[] bytes, final int offset, final int length) {
        write(position, new UnsafeBuffer(bytes, offset, length));
    }

    /**
     * Writes all that remains in a buffer, and moves its position to its limit.
     *
     * @param position in the file.
     * @param source holds the bytes.
     */
    public void write(final long position, final ByteBuffer source) {
        if (source.hasRemaining()) {
            write(position, new UnsafeBuffer(source, source.position(), source.remaining()));
            source.position(source.limit());
        }
    }

    private void write(final long position, final UnsafeBuffer source) {
        checkWritable("write");
        call(
                "write",
                (Completion<Integer> done) ->
                        fileSystem.write(handle, position, source, 0, source.capacity(), done));
        if (syncs) {
            sync();
        }
    }

    /**
     * Adds to the end of the file, which must have been opened with APPEND.
     *
     * @param bytes holds what to add.
     * @param offset where it begins.
     * @param length how many bytes.
     */
    public void append(final byte[] bytes, final int offset, final int length) {
        if (!appends) {
            throw new TrivetException(
                    ErrorCode.BAD_HANDLE, "append to " + path + ": it was not opened with APPEND");
        }
        write(0, bytes, offset, length);
    }

    /**
     * Sets the size; what is added reads as zeros.
     *
     * @param size in bytes.
     */
    public void truncate(final long size) {
        checkWritable("truncate");
        call(
                "truncate",
                (Completion<Attributes> done) ->
                        fileSystem.setAttributes(
                                inode, handle, AttributeChange.ofSize(size), done));
    }

    /**
     * The size.
     *
     * @return bytes.
     */
    public long size() {
        return attributes().size();
    }

    /**
     * The attributes.
     *
     * @return those of now.
     */
    public Attributes attributes() {
        return call(
                "attributes of",
                (Completion<Attributes> done) -> fileSystem.getAttributes(inode, done));
    }

    /** Makes everything written to this file survive a loss of power on all copies. */
    public void sync() {
        call("sync", (Completion<Void> done) -> fileSystem.fsync(handle, false, done));
    }

    /**
     * Removes a range, which reads as zeros then; the size stays.
     *
     * @param position in the file.
     * @param length how many bytes.
     */
    public void punchHole(final long position, final long length) {
        checkWritable("punch a hole into");
        final int mode = InodeFileSystem.ALLOCATE_PUNCH_HOLE | InodeFileSystem.ALLOCATE_KEEP_SIZE;
        call(
                "punch a hole into",
                (Completion<Void> done) ->
                        fileSystem.allocate(handle, mode, position, length, done));
    }

    /** Ends the opening. Closing again has no effect. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            // An interrupt must not keep the opening from ending.
            boolean interrupted = Thread.interrupted();
            try {
                files.call(
                        "close " + path,
                        (Completion<Void> done) -> fileSystem.flush(handle, 0, done));
            } finally {
                interrupted |= Thread.interrupted();
                try {
                    files.call(
                            "close " + path,
                            (Completion<Void> done) -> fileSystem.release(handle, 0, done));
                } finally {
                    if (interrupted) {
                        Thread.currentThread().interrupt();
                    }
                }
            }
        }
    }

    private void checkWritable(final String what) {
        if (!writes) {
            throw new TrivetException(
                    ErrorCode.BAD_HANDLE, what + " " + path + ": it was not opened for writing");
        }
    }

    private <T> T call(
            final String what,
            final java.util.function.Function<Completion<T>, org.trivet.Cancellable> operation) {
        if (closed.get()) {
            throw new TrivetException(
                    ErrorCode.BAD_HANDLE, what + " " + path + ": the file is closed");
        }
        return files.call(what + " " + path, operation);
    }
}
