package org.trivet.nio;

import org.trivet.fs.TrivetFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.util.concurrent.locks.ReentrantLock;

/** A file with a position. Safe for use by several threads, which take turns. */
final class FileByteChannel implements SeekableByteChannel {
    private final TrivetPath path;
    private final TrivetFile file;
    private final boolean reads;
    private final boolean writes;
    private final boolean appends;
    private final boolean deletes;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean open = true;
    private long position;

    FileByteChannel(
            final TrivetPath path,
            final TrivetFile file,
            final boolean reads,
            final boolean writes,
            final boolean appends,
            final boolean deletes) {
        this.path = path;
        this.file = file;
        this.reads = reads;
        this.writes = writes;
        this.appends = appends;
        this.deletes = deletes;
    }

    private <T> T locked(final Failures.Action<T> action) throws IOException {
        lock.lock();
        try {
            if (!open) {
                throw new ClosedChannelException();
            }
            return Failures.translate(path, action);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read(final ByteBuffer destination) throws IOException {
        return locked(
                () -> {
                    if (!reads) {
                        throw new NonReadableChannelException();
                    }
                    if (!destination.hasRemaining()) {
                        return 0;
                    }
                    final int got = file.read(position, destination);
                    position += got;
                    return got == 0 ? -1 : got;
                });
    }

    @Override
    public int write(final ByteBuffer source) throws IOException {
        return locked(
                () -> {
                    if (!writes) {
                        throw new NonWritableChannelException();
                    }
                    final int length = source.remaining();
                    file.write(position, source);
                    position = appends ? file.size() : position + length;
                    return length;
                });
    }

    @Override
    public long position() throws IOException {
        return locked(() -> position);
    }

    @Override
    public SeekableByteChannel position(final long newPosition) throws IOException {
        if (newPosition < 0) {
            throw new IllegalArgumentException("position " + newPosition);
        }
        return locked(
                () -> {
                    position = newPosition;
                    return this;
                });
    }

    @Override
    public long size() throws IOException {
        return locked(file::size);
    }

    @Override
    public SeekableByteChannel truncate(final long size) throws IOException {
        if (size < 0) {
            throw new IllegalArgumentException("size " + size);
        }
        return locked(
                () -> {
                    if (!writes) {
                        throw new NonWritableChannelException();
                    }
                    if (size < file.size()) {
                        file.truncate(size);
                    }
                    position = Math.min(position, size);
                    return this;
                });
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            if (open) {
                open = false;
                Failures.translate(
                        path,
                        () -> {
                            file.close();
                            if (deletes) {
                                path.nioFileSystem().files().delete(path.absoluteText());
                            }
                            return null;
                        });
            }
        } finally {
            lock.unlock();
        }
    }
}
