package org.trivet.node.disk;

import org.trivet.store.FileLayer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** What an open file does through its channel, whether or not it may be changed. */
abstract class ChannelFile implements FileLayer.OpenFile {
    final FileChannel channel;

    ChannelFile(final FileChannel channel) {
        this.channel = channel;
    }

    /** What it is called now, for messages. */
    abstract Path path();

    @Override
    public final int read(final ByteBuffer buffer, final long offset) {
        int done = 0;
        try {
            while (buffer.hasRemaining()) {
                final int read = channel.read(buffer, offset + done);
                if (read < 0) {
                    break;
                }
                done += read;
            }
            return done;
        } catch (final IOException e) {
            throw FileErrors.of("reading", path(), e);
        }
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
        try {
            channel.close();
        } catch (final IOException e) {
            throw FileErrors.of("closing", path(), e);
        }
    }
}
