package org.trivet.node.disk;

import org.trivet.TrivetException;
import org.trivet.store.FileLayer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * What an open file does through its channel, whether or not it may be changed.
 *
 * <p>It must not be closed while another thread is in a call: what is done with its descriptor
 * could then be done to another file that has got the same.
 */
abstract class ChannelFile implements FileLayer.OpenFile {
    private static final int CLOSED = -1;

    final FileChannel channel;
    private volatile int descriptor;

    /**
     * For an open channel.
     *
     * @param channel is closed with the file, or here if the file cannot be used.
     */
    ChannelFile(final FileChannel channel) {
        this.channel = channel;
        try {
            ChannelInternals.makeUninterruptible(channel);
            descriptor = ChannelInternals.descriptor(channel);
        } catch (final TrivetException e) {
            try {
                channel.close();
            } catch (final IOException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** The file's descriptor; one that no file has after this one was closed. */
    final int descriptor() {
        return descriptor;
    }

    /** What it is called now, for messages. */
    abstract Path path();

    @Override
    public final int read(final ByteBuffer buffer, final long offset) {
        int done = 0;
        try {
            while (buffer.hasRemaining()) {
                final int read = readSome(buffer, offset + done);
                if (read <= 0) {
                    break;
                }
                done += read;
            }
            return done;
        } catch (final IOException e) {
            throw FileErrors.of("reading", path(), e);
        }
    }

    /**
     * Reads without the channel, which takes a fifth of a microsecond more. What fails is done
     * again by the channel, which says why: a disk that cannot read is asked twice.
     */
    private int readSome(final ByteBuffer buffer, final long offset) throws IOException {
        if (buffer.isDirect() && !buffer.isReadOnly()) {
            final int read = LinuxFile.read(descriptor, buffer, offset);
            if (read >= 0) {
                return read;
            }
        }
        return channel.read(buffer, offset);
    }

    @Override
    public final long length() {
        try {
            return channel.size();
        } catch (final IOException e) {
            throw FileErrors.of("asking for the length of", path(), e);
        }
    }

    @Override
    public void close() {
        descriptor = CLOSED;
        try {
            channel.close();
        } catch (final IOException e) {
            throw FileErrors.of("closing", path(), e);
        }
    }
}
