package org.trivet.aeron;

import org.agrona.collections.Int2ObjectHashMap;

import java.util.ArrayList;
import java.util.concurrent.TimeUnit;

/** The ways from one endpoint to the others. For the endpoint's thread. */
final class Outbox {
    /** Ways kept: beyond, the one that has been without a receiver for longest is closed. */
    static final int MAX_SIZE = 2_048;

    /** After so long without a receiver a publication is closed, and its memory freed. */
    static final long UNCONNECTED_LIMIT_NS = TimeUnit.SECONDS.toNanos(10);

    private static final long TEND_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);

    private final AeronNetwork network;
    private final Routes routes;
    private final Int2ObjectHashMap<Outbound> outbounds = new Int2ObjectHashMap<>();
    private long tendNextNs;

    /** Where something was sent, and nobody has been woken for it yet. */
    private final ArrayList<Outbound> due = new ArrayList<>();

    Outbox(final AeronNetwork network, final Routes routes) {
        this.network = network;
        this.routes = routes;
        tendNextNs = System.nanoTime() + TEND_INTERVAL_NS;
    }

    /** The way to an endpoint; null if there are too many that are in use. */
    Outbound to(final int destination, final Attachment place) {
        final Outbound outbound = outbounds.get(destination);
        return outbound == null ? add(destination, place) : outbound;
    }

    /** Something was sent: who is to take it is woken by the next {@link #ring}. */
    void sent(final Outbound outbound) {
        if (outbound.sent()) {
            due.add(outbound);
        }
    }

    /**
     * Wakes those to whom something was sent: once for all that was, for each time costs both sides
     * more than a message does.
     */
    void ring() {
        for (int i = 0; i < due.size(); i++) {
            due.get(i).ring();
        }
        due.clear();
    }

    private Outbound add(final int destination, final Attachment place) {
        final long nowNs = System.nanoTime();
        if (outbounds.size() >= MAX_SIZE && !evict(nowNs)) {
            return null;
        }
        final Outbound added = new Outbound(destination, place, network, routes, nowNs);
        outbounds.put(destination, added);
        return added;
    }

    private boolean evict(final long nowNs) {
        Outbound oldest = null;
        long longestNs = 0;
        for (final Outbound outbound : outbounds.values()) {
            final long unconnectedNs = outbound.unconnectedNs(nowNs);
            if (unconnectedNs > longestNs) {
                oldest = outbound;
                longestNs = unconnectedNs;
            }
        }
        if (oldest == null) {
            return false;
        }
        oldest.drop();
        outbounds.remove(oldest.destination());
        return true;
    }

    /** An endpoint has been opened anew: what leads to its earlier life is closed. */
    void onReopened(final int endpointId) {
        final Outbound outbound = outbounds.get(endpointId);
        if (outbound != null) {
            outbound.drop();
        }
    }

    /** Closes publications that have been without a receiver for long. */
    void tend(final long nowNs) {
        if (tendNextNs - nowNs > 0) {
            return;
        }
        tendNextNs = nowNs + TEND_INTERVAL_NS;
        final var iterator = outbounds.values().iterator();
        while (iterator.hasNext()) {
            final Outbound outbound = iterator.next();
            if (outbound.unconnectedNs(nowNs) > UNCONNECTED_LIMIT_NS) {
                outbound.drop();
                iterator.remove();
            }
        }
    }

    int size() {
        return outbounds.size();
    }

    /** Forgets all, whose client has ended. */
    void clear() {
        outbounds.clear();
        due.clear();
    }

    void close() {
        outbounds.values().forEach(Outbound::drop);
        clear();
    }
}
