package org.trivet.transport.auth;

import org.agrona.collections.Int2ObjectHashMap;

/**
 * The others that an endpoint remembers: those whom it sends to, and those who have proved that
 * they have the key. For the endpoint's thread.
 */
final class Peers {
    private final int maxSize;
    private final AuthCounters counters;
    private final Int2ObjectHashMap<Peer> byId = new Int2ObjectHashMap<>();
    private long uses;

    /** No peer that was ever removed had used up challenges from this on. */
    private long generationFloor;

    Peers(final int maxSize, final AuthCounters counters) {
        this.maxSize = maxSize;
        this.counters = counters;
    }

    /** Null if it is not known. */
    Peer get(final int id) {
        return byId.get(id);
    }

    /** The generation of the next challenge of an endpoint, known or not: one that it never had. */
    long generation(final int id) {
        final Peer peer = byId.get(id);
        return peer == null ? generationFloor : peer.generation;
    }

    void onUse(final Peer peer) {
        peer.lastUse = ++uses;
    }

    /** Adds one that is not known; null if there are too many that are busy. */
    Peer add(final int id) {
        if (byId.size() >= maxSize && !evict()) {
            return null;
        }
        final Peer peer = new Peer(id, generationFloor);
        byId.put(id, peer);
        onUse(peer);
        return peer;
    }

    private boolean evict() {
        Peer oldest = null;
        for (final Peer peer : byId.values()) {
            if (!peer.isBusy() && (oldest == null || peer.lastUse < oldest.lastUse)) {
                oldest = peer;
            }
        }
        if (oldest == null) {
            return false;
        }
        remove(oldest);
        counters.onEvicted();
        return true;
    }

    void remove(final Peer peer) {
        byId.remove(peer.id());
        generationFloor = Math.max(generationFloor, peer.generation);
    }

    int size() {
        return byId.size();
    }
}
