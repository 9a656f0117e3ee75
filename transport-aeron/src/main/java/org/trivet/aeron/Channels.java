package org.trivet.aeron;

import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;

import java.util.concurrent.TimeUnit;

/**
 * The channels that endpoints use, with all settings that do not depend on the driver. What is
 * measured beside an {@link AeronNetwork}, to compare, uses the same.
 */
public final class Channels {
    /**
     * Bytes of a term, of which each publication and each image has three in /dev/shm, sparse. The
     * longest message is an eighth: with 16 MiB a block of 1 MiB with its header fits, and an
     * endpoint pair takes 48 MiB (ipc) or 96 MiB (udp) at most.
     */
    static final int TERM_LENGTH = 16 << 20;

    /** The longest message: what Aeron allows in a term of that length. */
    static final int MAX_MESSAGE_LENGTH = TERM_LENGTH / 8;

    /**
     * Bytes of a frame within one machine: the longest that a UDP packet can carry, a multiple of
     * 32. Aeron's default of 1408 is ten times slower for large messages.
     */
    static final int LOCAL_MTU = 65_504;

    /** Bytes of a frame between machines: a jumbo packet holds it, others split it into six. */
    static final int LAN_MTU = 8_192;

    /** The stream of UDP endpoints: who is meant is said by the port. */
    static final int UDP_STREAM_ID = 7_471;

    /**
     * How long the driver keeps a closed publication to send again what was lost. Round trips are
     * below that, and the memory is wanted back.
     */
    private static final long LINGER_NS = TimeUnit.SECONDS.toNanos(1);

    private Channels() {}

    /**
     * Where messages to an endpoint over shared memory go.
     *
     * @return a channel's URI.
     */
    public static String ipcPublication() {
        return publication(CommonContext.IPC_MEDIA).mtu(LOCAL_MTU).build();
    }

    /**
     * Where an endpoint takes messages over shared memory.
     *
     * @return a channel's URI.
     */
    public static String ipcSubscription() {
        return CommonContext.IPC_CHANNEL;
    }

    /**
     * Where messages to an endpoint over UDP go.
     *
     * @param address host:port.
     * @return a channel's URI.
     */
    public static String udpPublication(final String address) {
        return publication(CommonContext.UDP_MEDIA)
                .endpoint(address)
                .mtu(Address.isLoopback(address) ? LOCAL_MTU : LAN_MTU)
                .socketSndbufLength(SocketBuffers.SEND_LENGTH)
                .build();
    }

    /**
     * Where an endpoint takes messages over UDP.
     *
     * @param address host:port; with port 0 the system picks one.
     * @return a channel's URI.
     */
    public static String udpSubscription(final String address) {
        return new ChannelUriStringBuilder()
                .media(CommonContext.UDP_MEDIA)
                .endpoint(address)
                .socketRcvbufLength(SocketBuffers.RECEIVE_LENGTH)
                // What may be under way to a receiver: the whole of the longest message.
                .receiverWindowLength(SocketBuffers.WINDOW_LENGTH)
                .build();
    }

    private static ChannelUriStringBuilder publication(final String media) {
        return new ChannelUriStringBuilder()
                .media(media)
                .termLength(TERM_LENGTH)
                // Memory is taken only for what is used of it.
                .sparse(true)
                .linger(LINGER_NS);
    }
}
