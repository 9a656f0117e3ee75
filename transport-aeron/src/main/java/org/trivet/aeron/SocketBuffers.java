package org.trivet.aeron;

import org.agrona.BitUtil;

import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;

/**
 * Lengths of socket buffers, and of the window that must fit into one: 4 MiB, or what the system
 * allows (net.core.rmem_max and wmem_max), as the driver refuses a channel that wants more.
 */
final class SocketBuffers {
    /** A burst of two of the longest messages. */
    private static final int WANTED_LENGTH = 4 << 20;

    private static final int WANTED_WINDOW_LENGTH = 2 << 20;

    /** What every Linux gives. */
    private static final int FALLBACK_LENGTH = 128 << 10;

    static final int SEND_LENGTH = allowed(StandardSocketOptions.SO_SNDBUF);
    static final int RECEIVE_LENGTH = allowed(StandardSocketOptions.SO_RCVBUF);
    static final int WINDOW_LENGTH = Math.min(WANTED_WINDOW_LENGTH, RECEIVE_LENGTH);

    private SocketBuffers() {}

    private static int allowed(final SocketOption<Integer> option) {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.setOption(option, WANTED_LENGTH);
            return Math.min(channel.getOption(option), WANTED_LENGTH) & -BitUtil.CACHE_LINE_LENGTH;
        } catch (final IOException e) {
            return FALLBACK_LENGTH; // the driver will say what is wrong with sockets here
        }
    }
}
