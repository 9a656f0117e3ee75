package org.trivet.client;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.RoomQueryEncoder;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * How much room the data nodes have, asked of them when somebody wants to know. Of a node that does
 * not answer soon what it said last counts.
 */
final class Rooms {
    /** An answer counts for so long. */
    private static final long FRESH_NS = 1_000_000_000L;

    /** For so long nodes are waited for. */
    private static final long PATIENCE_NS = 200_000_000L;

    private static final long RESEND_NS = 50_000_000L;

    private final Exchange exchange;
    private final Transport transport;
    private final long[] live;
    private final long[] room;
    private final long[] heardNs;
    private final boolean[] known;
    private final List<Consumer<VolumeRoom>> waiting = new ArrayList<>();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[64]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final RoomQueryEncoder query = new RoomQueryEncoder();
    private long deadlineNs;
    private long sentNs;

    Rooms(final Exchange exchange, final Transport transport) {
        this.exchange = exchange;
        this.transport = transport;
        final int nodes = exchange.volume.nodeCount();
        live = new long[nodes];
        room = new long[nodes];
        heardNs = new long[nodes];
        known = new boolean[nodes];
    }

    void ask(final Consumer<VolumeRoom> done) {
        if (isFresh()) {
            done.accept(sum());
            return;
        }
        if (waiting.isEmpty()) {
            deadlineNs = exchange.nowNs + PATIENCE_NS;
            send();
        }
        waiting.add(done);
    }

    private void send() {
        sentNs = exchange.nowNs;
        query.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(exchange.volume.volumeId())
                .source(transport.endpointId());
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + query.encodedLength();
        for (int node = 0; node < known.length; node++) {
            if (!isFresh(node)) {
                transport.offer(node, buffer, 0, length); // lost, it is sent again
            }
        }
    }

    void onRoom(final int node, final long liveBytes, final long roomBytes) {
        if (node >= 0 && node < known.length) {
            live[node] = liveBytes;
            room[node] = roomBytes;
            heardNs[node] = exchange.nowNs;
            known[node] = true;
        }
    }

    int doWork() {
        if (waiting.isEmpty()) {
            return 0;
        }
        if (isFresh() || exchange.nowNs - deadlineNs >= 0) {
            end();
            return 1;
        }
        if (exchange.nowNs - sentNs >= RESEND_NS) {
            send();
        }
        return 0;
    }

    boolean isIdle() {
        return waiting.isEmpty();
    }

    /** Tells all who wait what is known. */
    void end() {
        final List<Consumer<VolumeRoom>> told = List.copyOf(waiting);
        waiting.clear();
        final VolumeRoom sum = sum();
        told.forEach(done -> done.accept(sum));
    }

    private boolean isFresh() {
        for (int node = 0; node < known.length; node++) {
            if (!isFresh(node)) {
                return false;
            }
        }
        return true;
    }

    private boolean isFresh(final int node) {
        return known[node] && exchange.nowNs - heardNs[node] < FRESH_NS;
    }

    /** A file has its blocks on all nodes, so the one with the least room decides. */
    private VolumeRoom sum() {
        long stored = 0;
        long least = Long.MAX_VALUE;
        int count = 0;
        for (int node = 0; node < known.length; node++) {
            if (known[node]) {
                stored += live[node];
                least = Math.min(least, room[node]);
                count++;
            }
        }
        if (count == 0) {
            return VolumeRoom.UNKNOWN;
        }
        final long nodes = known.length;
        final int replicas = exchange.volume.replicaCount();
        final long free = Math.min(least, Long.MAX_VALUE / nodes) * nodes / replicas;
        return new VolumeRoom(stored / count * nodes / replicas, free);
    }
}
