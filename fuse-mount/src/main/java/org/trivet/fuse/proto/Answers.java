package org.trivet.fuse.proto;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.Attributes;
import org.trivet.fs.DirectoryEntry;
import org.trivet.fs.FileLock;
import org.trivet.fs.FileSystemStatus;
import org.trivet.fs.Opened;

import java.util.List;

/**
 * The completions of one request, one for each kind of result: each encodes the result as the
 * reply's payload and sends it. They are made once, with the request, and serve each use of it.
 */
final class Answers {
    private static final int PAYLOAD = Request.REPLY_HEADER_LENGTH;
    private static final int MAX_NAME = 255;
    private static final int MIN_BLOCK = 4096;

    /** Inode numbers are never used up; tools expect some figure. */
    private static final long FREE_INODES = 1L << 32;

    private static final int XATTR_ROOM = Layouts.GETXATTR_IN.at("size");
    private static final int DIRECTORY_COOKIE = Layouts.READ_IN.at("offset");
    private static final int DIRECTORY_ROOM = Layouts.READ_IN.at("size");

    /** Answers with success alone. */
    final Completion<Void> none;

    /** Answers with what a name means, of which the kernel then holds a reference. */
    final Completion<Attributes> entry;

    /** Answers with attributes. */
    final Completion<Attributes> attributes;

    /** Answers with a handle. */
    final Completion<Opened> opened;

    /** Answers with what a new name means, and a handle. */
    final Completion<Opened> created;

    /** Answers with the bytes that were read into the reply. */
    final Completion<Integer> read;

    /** Answers with the number of bytes written. */
    final Completion<Integer> written;

    /** Answers with the number of bytes copied, as a number of 32 bits. */
    final Completion<Long> copied;

    /** Answers with a number of 64 bits. */
    final Completion<Long> number;

    /** Answers with an offset; "no data" is ENXIO to lseek(2). */
    final Completion<Long> sought;

    /** Answers with bytes. */
    final Completion<byte[]> data;

    /**
     * Answers with bytes that must fit into the room asked for, or with their number if none was.
     */
    final Completion<byte[]> xattr;

    /** The same, and notes that an inode has no capability. */
    final Completion<byte[]> capability;

    /** Answers with entries of a directory. */
    final Completion<List<DirectoryEntry>> entries;

    /** Answers with a lock. */
    final Completion<FileLock> lock;

    /** Answers with the room in the file system. */
    final Completion<FileSystemStatus> status;

    private final Request request;
    private final FuseDispatcher dispatcher;

    Answers(final Request request, final FuseDispatcher dispatcher) {
        this.request = request;
        this.dispatcher = dispatcher;
        none = new Answer<>(value -> 0);
        entry = new Answer<>(this::encodeEntry);
        attributes = new Answer<>(this::encodeAttributes);
        opened =
                new Answer<>(
                        value -> {
                            dispatcher.handleCalls().opened(request, value);
                            return encodeOpened(PAYLOAD, value);
                        });
        created = new Answer<>(this::encodeCreated);
        read = new Answer<>(Integer::intValue);
        written = new Answer<>(this::encodeWritten);
        copied = new Answer<>(value -> encodeWritten(Math.toIntExact(value)));
        number = new Answer<>(this::encodeNumber);
        sought =
                new Answer<>(this::encodeNumber) {
                    @Override
                    public void failed(final TrivetException error) {
                        if (error.code() == ErrorCode.NO_DATA) {
                            request.refuse(Errno.ENXIO);
                        } else {
                            super.failed(error);
                        }
                    }
                };
        data = new Answer<>(this::encodeData);
        xattr = new Answer<>(this::encodeXattr);
        capability =
                new Answer<>(this::encodeXattr) {
                    @Override
                    public void failed(final TrivetException error) {
                        if (error.code() == ErrorCode.NO_DATA) {
                            dispatcher.absentXattrs().learnNoCapability(request.node());
                        }
                        super.failed(error);
                    }
                };
        entries = new Answer<>(this::encodeEntries);
        lock = new Answer<>(this::encodeLock);
        status = new Answer<>(this::encodeStatus);
    }

    /**
     * Encodes a result as the payload of the reply; returns its length, or the negative of an
     * errno.
     */
    @FunctionalInterface
    private interface Encoder<T> {
        int encode(T value);
    }

    private class Answer<T> implements Completion<T> {
        private final Encoder<T> encoder;

        private Answer(final Encoder<T> encoder) {
            this.encoder = encoder;
        }

        @Override
        public void succeeded(final T value) {
            final int length;
            try {
                length = encoder.encode(value);
            } catch (final RuntimeException thrown) {
                request.fail(thrown);
                return;
            }
            if (length >= 0) {
                request.answer(length);
            } else {
                request.refuse(-length);
            }
        }

        @Override
        public void failed(final TrivetException error) {
            if (request.isExpired()) {
                request.refuse(Errno.EIO);
            } else {
                request.refuse(error);
            }
        }
    }

    private int encodeEntry(final Attributes value) {
        request.grant(value.inode());
        return dispatcher
                .attributeEncoder()
                .putEntry(request.reply(0), PAYLOAD, value, request.isUpToDate());
    }

    private int encodeAttributes(final Attributes value) {
        return dispatcher
                .attributeEncoder()
                .putAttributes(request.reply(0), PAYLOAD, value, request.isUpToDate());
    }

    private int encodeOpened(final int offset, final Opened value) {
        final UnsafeBuffer out = request.reply(0);
        out.putLong(offset + Layouts.OPEN_OUT.at("fh"), value.handle());
        out.putInt(
                offset + Layouts.OPEN_OUT.at("open_flags"),
                (value.keepCache() ? Flags.OPEN_KEEP_CACHE : 0)
                        | (dispatcher.isDirect(value.handle()) ? Flags.OPEN_DIRECT_IO : 0));
        out.putInt(offset + Layouts.OPEN_OUT.at("padding"), 0);
        return Layouts.OPEN_OUT.size();
    }

    private int encodeCreated(final Opened value) {
        dispatcher.handleCalls().opened(request, value);
        final int entryLength = encodeEntry(value.attributes());
        return entryLength + encodeOpened(PAYLOAD + entryLength, value);
    }

    private int encodeWritten(final int length) {
        final UnsafeBuffer out = request.reply(0);
        out.putInt(PAYLOAD + Layouts.WRITE_OUT.at("size"), length);
        out.putInt(PAYLOAD + Layouts.WRITE_OUT.at("padding"), 0);
        return Layouts.WRITE_OUT.size();
    }

    private int encodeNumber(final long value) {
        request.reply(0).putLong(PAYLOAD, value);
        return Long.BYTES;
    }

    private int encodeData(final byte[] value) {
        request.reply(value.length).putBytes(PAYLOAD, value);
        return value.length;
    }

    private int encodeXattr(final byte[] value) {
        final int room = request.argInt(XATTR_ROOM);
        if (room != 0) {
            return value.length > Integer.toUnsignedLong(room) ? -Errno.ERANGE : encodeData(value);
        }
        final UnsafeBuffer out = request.reply(0);
        out.putInt(PAYLOAD + Layouts.GETXATTR_OUT.at("size"), value.length);
        out.putInt(PAYLOAD + Layouts.GETXATTR_OUT.at("padding"), 0);
        return Layouts.GETXATTR_OUT.size();
    }

    private int encodeEntries(final List<DirectoryEntry> value) {
        final int room = request.argInt(DIRECTORY_ROOM);
        return dispatcher
                .directoryEncoder()
                .encode(
                        request,
                        request.reply(room),
                        PAYLOAD,
                        room,
                        request.argLong(DIRECTORY_COOKIE),
                        value);
    }

    private int encodeLock(final FileLock value) {
        final UnsafeBuffer out = request.reply(0);
        out.putLong(PAYLOAD + Layouts.FILE_LOCK.at("start"), value.start());
        out.putLong(PAYLOAD + Layouts.FILE_LOCK.at("end"), value.end());
        out.putInt(PAYLOAD + Layouts.FILE_LOCK.at("type"), value.type());
        out.putInt(PAYLOAD + Layouts.FILE_LOCK.at("pid"), value.pid());
        return Layouts.FILE_LOCK.size();
    }

    private int encodeStatus(final FileSystemStatus value) {
        final int block = Math.max(MIN_BLOCK, value.unitLength());
        final UnsafeBuffer out = request.reply(0);
        out.setMemory(PAYLOAD, Layouts.STATFS_OUT.size(), (byte) 0);
        out.putLong(PAYLOAD + Layouts.STATFS_OUT.at("blocks"), value.capacity() / block);
        out.putLong(PAYLOAD + Layouts.STATFS_OUT.at("bfree"), value.free() / block);
        out.putLong(PAYLOAD + Layouts.STATFS_OUT.at("bavail"), value.free() / block);
        out.putLong(PAYLOAD + Layouts.STATFS_OUT.at("files"), value.inodes() + FREE_INODES);
        out.putLong(PAYLOAD + Layouts.STATFS_OUT.at("ffree"), FREE_INODES);
        out.putInt(PAYLOAD + Layouts.STATFS_OUT.at("bsize"), block);
        out.putInt(PAYLOAD + Layouts.STATFS_OUT.at("namelen"), MAX_NAME);
        out.putInt(PAYLOAD + Layouts.STATFS_OUT.at("frsize"), block);
        return Layouts.STATFS_OUT.size();
    }
}
