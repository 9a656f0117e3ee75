package org.trivet.sim;

import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.meta.MetadataConfig;
import org.trivet.replica.NodeConfig;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;

/**
 * What one simulation is made of, all of it drawn from a seed. Each run has a few kinds of trouble
 * and not all of them, so that one does not hide another.
 *
 * @param profile how large it is.
 * @param seed of everything.
 * @param volume the volume.
 * @param segments whether nodes store in segment files, or else in memory.
 * @param pendingEntries how many entries a log may hold at most.
 * @param patience scales the nodes' intervals and timeouts; 1 for the usual ones.
 * @param network how bad the network is.
 * @param clientCount clients.
 * @param workload what they do.
 * @param faults what goes wrong when, in the order of time.
 */
record SimulationPlan(
        SimulationProfile profile,
        long seed,
        VolumeConfig volume,
        boolean segments,
        int pendingEntries,
        double patience,
        NetworkConditions network,
        int clientCount,
        WorkloadPlan workload,
        List<Fault> faults) {
    private static final long VOLUME_ID = 11;
    private static final int[] BLOCK_LENGTHS = {8, 64, 512, 4096, 16_384, 65_536};
    private static final ChecksumType[] CHECKSUMS = {
        ChecksumType.CRC32C, ChecksumType.CRC32C, ChecksumType.XXH3, ChecksumType.MD5
    };
    private static final int FEW_ENTRIES = 4;
    private static final long MS = 1_000_000L;

    static SimulationPlan of(final long seed) {
        return of(SimulationProfile.DEFAULT, seed);
    }

    static SimulationPlan of(final SimulationProfile profile, final long seed) {
        final Random random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
        final int nodes =
                3 + random.nextInt(random.nextInt(3) == 0 ? profile.mostNodes : profile.usualNodes);
        final VolumeConfig volume =
                new VolumeConfig(
                        VOLUME_ID,
                        nodes,
                        random.nextInt(3) > 0
                                ? Math.min(3, nodes)
                                : 1 + random.nextInt(Math.min(nodes, 5)),
                        BLOCK_LENGTHS[random.nextInt(profile.blockLengths)],
                        CHECKSUMS[random.nextInt(CHECKSUMS.length)],
                        random.nextBoolean() ? Durability.PROCESS : Durability.DISK);
        final boolean segments = random.nextInt(5) < 2;
        final int clients = 1 + random.nextInt(profile.clients);
        final double patience =
                profile.pace * (random.nextBoolean() ? 1 : 0.25 + random.nextDouble());
        final NetworkConditions network =
                random.nextInt(3) == 0
                        ? NetworkConditions.GOOD
                        : NetworkConditions.draw(random, profile.pace);
        final WorkloadPlan workload = WorkloadPlan.draw(random, profile, volume, clients);
        final List<Fault> faults = drawFaults(random, profile, nodes, workload.expectedNs(clients));
        // What was thought of later is drawn last, so that old seeds keep their faults.
        final int pendingEntries = random.nextInt(8) == 0 ? FEW_ENTRIES : profile.pendingEntries;
        return new SimulationPlan(
                profile,
                seed,
                volume,
                segments,
                pendingEntries,
                patience,
                network,
                clients,
                workload,
                faults);
    }

    private static List<Fault> drawFaults(
            final Random random,
            final SimulationProfile profile,
            final int nodes,
            final long spanNs) {
        final EnumSet<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
        for (final FaultKind kind : FaultKind.values()) {
            if (random.nextInt(3) == 0) {
                kinds.add(kind);
            }
        }
        final List<FaultKind> choice = List.copyOf(kinds);
        final List<Fault> faults = new ArrayList<>();
        final int count = choice.isEmpty() ? 0 : random.nextInt(profile.faults + 1);
        final boolean burst = random.nextInt(4) == 0;
        final long from = burst ? random.nextLong(spanNs) : 0;
        final long span = burst ? 1 + spanNs / 10 : spanNs;
        for (int i = 0; i < count; i++) {
            final long usual = random.nextInt(3) == 0 ? 5000 * MS : 800 * MS;
            final long longest = (long) (usual * profile.pace);
            final int target = random.nextInt(nodes);
            faults.add(
                    new Fault(
                            from + random.nextLong(span),
                            choice.get(random.nextInt(choice.size())),
                            target,
                            (target + 1 + random.nextInt(nodes - 1)) % nodes,
                            1 + random.nextLong(longest),
                            random.nextLong()));
        }
        faults.sort(Comparator.comparingLong(Fault::atNs));
        return faults;
    }

    /** The same with other faults. */
    SimulationPlan withFaults(final List<Fault> newFaults) {
        return new SimulationPlan(
                profile,
                seed,
                volume,
                segments,
                pendingEntries,
                patience,
                network,
                clientCount,
                workload,
                List.copyOf(newFaults));
    }

    NodeConfig nodeConfig(final int node, final long bootHash) {
        final NodeConfig usual = NodeConfig.of(volume, node, bootHash);
        return new NodeConfig(
                volume,
                node,
                bootHash,
                scale(usual.heartbeatIntervalNs()),
                scale(usual.resendTimeoutNs()),
                scale(usual.leaseNs()),
                scale(usual.primaryGoneNs()),
                scale(usual.checkpointIntervalNs()),
                pendingEntries,
                usual.maxPendingBytes());
    }

    private long scale(final long durationNs) {
        return (long) (durationNs * patience);
    }

    MetadataConfig metadataConfig() {
        return MetadataConfig.of(volume);
    }

    NodeStorage newStorage(final SimulatedCluster cluster, final VirtualClock clock) {
        if (segments) {
            return new SegmentNodeStorage(volume, clock, cluster::nextId);
        }
        return new MemoryNodeStorage(volume, cluster::nextId);
    }
}
