package org.trivet.client;

import org.trivet.VolumeConfig;
import org.trivet.block.Checksum;
import org.trivet.block.Placement;
import org.trivet.transport.Transport;
import org.trivet.wire.BlockRequestPublisher;

/** What the parts of a volume client share: the endpoint, the instant, the session, who is down. */
final class Exchange {
    /** Kept free in each message, for headers to come and for cuts. */
    private static final int RESERVED_LENGTH = 64 * 1024;

    private static final int MAX_DATA_LENGTH = 1 << 20;
    private static final int EXTENT_LENGTH = 20;
    private static final long MIN_PAUSE_NS = 1_000_000L;

    final VolumeConfig volume;
    final VolumeClientConfig config;
    final BlockRequestPublisher publisher;
    final Checksum checksum;
    final NodeHealth health;
    final Operations operations = new Operations();
    final ClientCounters counters = new ClientCounters();
    final StripCopy copy;
    final int unitLength;
    final int checksumLength;
    final int maxWriteUnits;
    final int maxReadUnits;
    final CutSource cutSource;

    /** The instant of this duty cycle. */
    long nowNs;

    /** Of the client; 0 while there is none. */
    long session;

    boolean closed;

    /** A message was not taken: try again in the next duty cycle. */
    boolean backPressured;

    private final long[] blockedInCycle;
    private long cycle = 1;
    private long randomState;

    Exchange(
            final VolumeConfig volume,
            final VolumeClientConfig config,
            final Transport transport,
            final CutSource cutSource,
            final long nowNs) {
        this.volume = volume;
        this.config = config;
        this.cutSource = cutSource;
        this.nowNs = nowNs;
        randomState = Placement.mix64(config.randomSeed()) | 1;
        publisher = new BlockRequestPublisher(volume.volumeId(), transport);
        checksum = volume.checksumType().newChecksum();
        health = new NodeHealth(volume.nodeCount(), config.downAfterNs(), config.probeNs());
        copy = new StripCopy(volume.blockLength(), volume.nodeCount());
        unitLength = volume.unitLength();
        checksumLength = volume.checksumType().length();
        blockedInCycle = new long[volume.nodeCount()];
        final int room =
                transport.maxMessageLength()
                        - BlockRequestPublisher.WRITE_OVERHEAD
                        - RESERVED_LENGTH;
        maxWriteUnits =
                Math.min(MAX_DATA_LENGTH / unitLength, room / (unitLength + checksumLength) - 1);
        // The worst answer: each unit an extent of its own.
        maxReadUnits =
                Math.min(
                        MAX_DATA_LENGTH / unitLength,
                        room / (unitLength + checksumLength + EXTENT_LENGTH));
    }

    void newCycle(final long instantNs) {
        nowNs = instantNs;
        cycle++;
    }

    /**
     * Whether a node took no more in this duty cycle: there is no point in encoding another
     * message.
     */
    boolean isBlocked(final int node) {
        return blockedInCycle[node] == cycle;
    }

    /** Takes note of what the transport did with a message; true if it took it. */
    boolean offered(final int node, final long result) {
        if (result >= 0) {
            health.sent(node, nowNs);
            return true;
        }
        if (result == Transport.BACK_PRESSURED) {
            blockedInCycle[node] = cycle;
            counters.backPressured++;
            backPressured = true;
        } else if (result == Transport.NOT_CONNECTED) {
            health.notConnected(node, nowNs);
        } else if (result == Transport.CLOSED) {
            closed = true;
        } else {
            throw new IllegalStateException("a message was cut too long: " + result);
        }
        return false;
    }

    /** The pause after one of this length; 0 for the first. */
    long nextPause(final long pauseNs) {
        return Math.min(Math.max(pauseNs * 2, MIN_PAUSE_NS), config.maxPauseNs());
    }

    long nextTimeout(final long timeoutNs) {
        return Math.min(timeoutNs * 2, config.maxResendNs());
    }

    /** A random number from 0 to bound-1. */
    int random(final int bound) {
        randomState ^= randomState << 13;
        randomState ^= randomState >>> 7;
        randomState ^= randomState << 17;
        return (int) Long.remainderUnsigned(randomState, bound);
    }
}
