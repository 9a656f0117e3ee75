package org.trivet.bench.network;

import org.trivet.aeron.AeronConfig.Media;
import org.trivet.aeron.Channels;
import org.trivet.node.ClusterFile;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where those who echo take messages: over shared memory on streams, over UDP at ports of this
 * machine. The last one is the client.
 *
 * @param media how messages travel.
 * @param numbers of streams or ports.
 */
record EchoPlaces(Media media, List<Integer> numbers) {
    private static final int UDP_STREAM_ID = 1;
    private static final String SEPARATOR = "/";

    /** As {@link #toString} writes it. */
    static EchoPlaces parse(final String text) {
        final String[] parts = text.split(SEPARATOR);
        return new EchoPlaces(
                ClusterFile.media(parts[0]),
                Arrays.stream(parts[1].split(",")).map(Integer::valueOf).toList());
    }

    @Override
    public String toString() {
        return (media == Media.IPC ? "aeron:ipc" : "aeron:udp")
                + SEPARATOR
                + numbers.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    int nodeCount() {
        return numbers.size() - 1;
    }

    int client() {
        return numbers.size() - 1;
    }

    private String address(final int place) {
        return "127.0.0.1:" + numbers.get(place);
    }

    int streamId(final int place) {
        return media == Media.IPC ? numbers.get(place) : UDP_STREAM_ID;
    }

    String publication(final int place) {
        return media == Media.IPC
                ? Channels.ipcPublication()
                : Channels.udpPublication(address(place));
    }

    String subscription(final int place) {
        return media == Media.IPC
                ? Channels.ipcSubscription()
                : Channels.udpSubscription(address(place));
    }
}
