package org.trivet.node.control;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.jr.ob.JSON;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/** A socket that carries JSON objects, one a line. For one reader and one writer. */
final class LineChannel implements AutoCloseable {
    private static final int INITIAL_LENGTH = 4096;
    private static final int MAX_PART_LENGTH = 64 * 1024;

    private final SocketChannel channel;
    private final int maxLineLength;
    private byte[] received = new byte[INITIAL_LENGTH];
    private int receivedLength;

    LineChannel(final SocketChannel channel, final int maxLineLength) {
        this.channel = channel;
        this.maxLineLength = maxLineLength;
    }

    void write(final Map<String, Object> object) throws IOException {
        final byte[] line = (JSON.std.asString(object) + '\n').getBytes(StandardCharsets.UTF_8);
        synchronized (this) {
            int written = 0;
            while (written < line.length) {
                written += channel.write(part(line, written));
            }
        }
    }

    /**
     * Some of what follows in an array: a channel would copy all of it with each call, however
     * little it takes.
     */
    private static ByteBuffer part(final byte[] bytes, final int from) {
        return ByteBuffer.wrap(bytes, from, Math.min(MAX_PART_LENGTH, bytes.length - from));
    }

    /** The next object; null at the end. */
    Map<String, Object> read() throws IOException {
        int searched = 0;
        while (true) {
            for (; searched < receivedLength; searched++) {
                if (received[searched] == '\n') {
                    final String line = new String(received, 0, searched, StandardCharsets.UTF_8);
                    receivedLength -= searched + 1;
                    System.arraycopy(received, searched + 1, received, 0, receivedLength);
                    return parse(line);
                }
            }
            if (receivedLength > maxLineLength) {
                throw new TrivetException(
                        ErrorCode.INVALID,
                        "a line of the control channel is longer than " + maxLineLength + " bytes");
            }
            if (receivedLength == received.length) {
                received = Arrays.copyOf(received, 2 * received.length);
            }
            final int count = channel.read(part(received, receivedLength));
            if (count < 0) {
                if (receivedLength > 0) {
                    throw new TrivetException(
                            ErrorCode.CLOSED, "the control channel ended in the middle of a line");
                }
                return null;
            }
            receivedLength += count;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static Map<String, Object> parse(final String line) throws IOException {
        final Map<String, Object> object;
        try {
            object = JSON.std.mapFrom(line);
        } catch (final JacksonException ex) {
            throw new TrivetException(
                    ErrorCode.INVALID,
                    "a line of the control channel is no JSON object: " + ex.getOriginalMessage(),
                    ex);
        }
        if (object == null) {
            throw new TrivetException(
                    ErrorCode.INVALID, "a line of the control channel is no JSON object: null");
        }
        return object;
    }
}
