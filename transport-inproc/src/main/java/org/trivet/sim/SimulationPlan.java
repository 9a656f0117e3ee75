package org.trivet.sim;

import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.client.ClientConfig;
import org.trivet.meta.MetadataClientConfig;
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
 * @param slowDisks whether those that store in memory have disks that take their time.
 * @param pendingEntries how many entries a log may hold at most.
 * @param patience scales the nodes' intervals and timeouts; 1 for the usual ones.
 * @param network how bad the network is.
 * @param clientCount clients.
 * @param workload what they do with blocks.
 * @param files what they do with files.
 * @param faults what goes wrong when, in the order of time.
 */
record SimulationPlan(
        SimulationProfile profile,
        long seed,
        VolumeConfig volume,
        boolean segments,
        boolean slowDisks,
        int pendingEntries,
        double patience,
        NetworkConditions network,
        int clientCount,
        WorkloadPlan workload,
        FilePlan files,
        List<Fault> faults) {
    private static final long VOLUME_ID = 11;
    private static final int[] BLOCK_LENGTHS = {8, 64, 512, 4096, 16_384, 65_536};
    private static final ChecksumType[] CHECKSUMS = {
        ChecksumType.CRC32C, ChecksumType.CRC32C, ChecksumType.XXH3, ChecksumType.MD5
    };
    private static final FaultKind[] FAULTS_OF_FILES = {
        FaultKind.KILL_NODE,
        FaultKind.KILL_CLIENT,
        FaultKind.KILL_METADATA,
        FaultKind.LOSE_POWER_METADATA
    };
    private static final int RESENDS_IN_A_LEASE = 50;
    private static final int FEW_ENTRIES = 4;
    private static final long MS = 1_000_000L;

    /** Of so many seeds the last ones scrub; no seed that is kept for an earlier failure is one. */
    private static final int SCRUBBING_OF = 8;

    private static final int NOT_SCRUBBING = 6;
    private static final long SCRUB_BYTES_PER_SECOND = 256 << 10;
    private static final long SCRUB_INTERVAL_NS = 500 * MS;

    /** Of so many seeds eight use files, three of them blocks as well; likewise. */
    private static final int USING_FILES_OF = 19;

    /** Of so many seeds two have losses accepted; likewise. */
    private static final int ACCEPTING_OF = 9;

    /** Of so many seeds one rebuilds slowly; likewise. */
    private static final int SLOW_REBUILD_OF = 17;

    private static final int SLOW_REBUILD = 6;
    private static final long SLOW_REBUILD_BYTES_PER_SECOND = 1 << 20;

    /** Of so many seeds that use files, in three clients stand still; likewise. */
    private static final int PAUSING_OF = 7;

    /** Of so many seeds whose nodes have files, in three these are tampered with; likewise. */
    private static final int TAMPERING_OF = 13;

    /** Of so many seeds that use files, five use what else there is of inodes; likewise. */
    private static final int USING_INODES_OF = 11;

    /** Of so many seeds that use files, in five the caches above obey late; likewise. */
    private static final int LATE_CACHES_OF = 23;

    /** Of so many seeds two have messages that are none; likewise. */
    private static final int MANGLING_OF = 17;

    private static final double MANGLE_RATE = 0.05;

    /** Of so many seeds whose nodes store in memory one has no space for long; likewise. */
    private static final int EXHAUSTING_OF = 101;

    /** After so long clients are told. */
    private static final long EXHAUSTED_NS = 3000 * MS;

    private static final FaultKind[] TAMPERINGS = {
        FaultKind.ROLL_BACK_STORAGE, FaultKind.DELETE_OPEN_STORAGE, FaultKind.STRAY_WRITE
    };

    static SimulationPlan of(final long seed) {
        return of(SimulationProfile.DEFAULT, seed);
    }

    static SimulationPlan of(final SimulationProfile profile, final long seed) {
        final Random random = new Random(seed * 0x9E3779B97F4A7C15L + 1);
        final boolean crowded = profile.crowded && random.nextInt(3) > 0;
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
                        : crowded
                                ? NetworkConditions.drawLate(random, patience)
                                : NetworkConditions.draw(random, profile.pace);
        final WorkloadPlan workload =
                crowded
                        ? WorkloadPlan.drawCrowded(random, profile, volume, clients, patience)
                        : WorkloadPlan.draw(random, profile, volume, clients);
        final List<Fault> faults =
                drawFaults(
                        random,
                        crowded ? 2 : 3,
                        profile.faults,
                        nodes,
                        workload.expectedNs(clients),
                        crowded ? patience / 2 : profile.pace);
        // What was thought of later is drawn last, so that old seeds keep their faults.
        final int pendingEntries = random.nextInt(8) == 0 ? FEW_ENTRIES : profile.pendingEntries;
        final boolean slowDisks = random.nextBoolean() && profile.slowDisks;
        if (profile.slowDisks && random.nextInt(4) == 0) {
            addLossOfAllPower(faults, random, workload.expectedNs(clients), patience);
        }
        final Random ofFiles = new Random(seed ^ 0x8888);
        final FilePlan files =
                FilePlan.draw(ofFiles, profile, volume, clients, patience, drawInodeShare(seed));
        if (usesFiles(seed)) {
            addFaultsOfFiles(faults, ofFiles, nodes, files, patience);
        }
        if (pausesClients(seed)) {
            addPausesOfClients(faults, new Random(seed ^ 0x9999), clients, files);
        }
        final long tampering = Math.floorMod(seed, TAMPERING_OF);
        if (segments && (tampering == 0 || tampering == 6 || tampering == 11)) {
            addTampering(
                    faults,
                    new Random(seed ^ 0xAAAA),
                    nodes,
                    workload.expectedNs(clients),
                    patience);
        }
        if (Math.floorMod(seed, EXHAUSTING_OF) == 0 && !segments && !usesFiles(seed)) {
            addExhaustion(faults, new Random(seed ^ 0xCCCC), nodes, workload.expectedNs(clients));
        }
        return new SimulationPlan(
                profile,
                seed,
                volume,
                segments,
                slowDisks,
                pendingEntries,
                patience,
                rollsBack(faults) ? NetworkConditions.GOOD : mangled(network, seed),
                clients,
                workload,
                files,
                faults);
    }

    private static NetworkConditions mangled(final NetworkConditions network, final long seed) {
        return Math.floorMod(seed, MANGLING_OF) < 2 ? network.withMangled(MANGLE_RATE) : network;
    }

    private static boolean rollsBack(final List<Fault> faults) {
        return faults.stream().anyMatch(each -> each.kind() == FaultKind.ROLL_BACK_STORAGE);
    }

    private static int drawInodeShare(final long seed) {
        final long rest = Math.floorMod(seed, USING_INODES_OF);
        final boolean uses = rest == 1 || rest == 3 || rest >= 5 && rest <= 7;
        return uses ? 20 + new Random(seed ^ 0xBBBB).nextInt(60) : 0;
    }

    private static List<Fault> drawFaults(
            final Random random,
            final int kindsOneOf,
            final int most,
            final int nodes,
            final long spanNs,
            final double pace) {
        final EnumSet<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
        for (final FaultKind kind : EnumSet.range(FaultKind.KILL_NODE, FaultKind.FILL_DISK)) {
            if (random.nextInt(kindsOneOf) == 0) {
                kinds.add(kind);
            }
        }
        final List<FaultKind> choice = List.copyOf(kinds);
        final List<Fault> faults = new ArrayList<>();
        final int count = choice.isEmpty() ? 0 : random.nextInt(most + 1);
        final boolean burst = random.nextInt(4) == 0;
        final long from = burst ? random.nextLong(spanNs) : 0;
        final long span = burst ? 1 + spanNs / 10 : spanNs;
        for (int i = 0; i < count; i++) {
            final long usual = random.nextInt(3) == 0 ? 5000 * MS : 800 * MS;
            final long longest = (long) (usual * pace);
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

    private static void addLossOfAllPower(
            final List<Fault> faults, final Random random, final long spanNs, final double pace) {
        final long longest = 1 + (long) (1000 * MS * pace);
        faults.add(
                new Fault(
                        random.nextLong(spanNs),
                        FaultKind.LOSE_POWER_EVERYWHERE,
                        0,
                        0,
                        1 + random.nextLong(longest),
                        random.nextLong()));
        faults.sort(Comparator.comparingLong(Fault::atNs));
    }

    /** What matters more to files than to blocks. */
    private static void addFaultsOfFiles(
            final List<Fault> faults,
            final Random random,
            final int nodes,
            final FilePlan files,
            final double pace) {
        for (int i = random.nextInt(4); i > 0; i--) {
            final int target = random.nextInt(nodes);
            final FaultKind kind = FAULTS_OF_FILES[random.nextInt(FAULTS_OF_FILES.length)];
            faults.add(
                    new Fault(
                            random.nextLong(files.expectedNs()),
                            kind,
                            target,
                            (target + 1 + random.nextInt(nodes - 1)) % nodes,
                            1 + random.nextLong((long) (2000 * MS * pace)),
                            random.nextLong()));
        }
        faults.sort(Comparator.comparingLong(Fault::atNs));
    }

    private static void addExhaustion(
            final List<Fault> faults, final Random random, final int nodes, final long spanNs) {
        faults.add(
                new Fault(
                        random.nextLong(1 + spanNs / 2),
                        FaultKind.EXHAUST_SPACE,
                        random.nextInt(nodes),
                        0,
                        EXHAUSTED_NS + random.nextLong(EXHAUSTED_NS),
                        random.nextLong()));
        faults.sort(Comparator.comparingLong(Fault::atNs));
    }

    /** What nobody expects of a disk, and of those who look after it. */
    private static void addTampering(
            final List<Fault> faults,
            final Random random,
            final int nodes,
            final long spanNs,
            final double pace) {
        final FaultKind kind = TAMPERINGS[random.nextInt(TAMPERINGS.length)];
        if (kind == FaultKind.ROLL_BACK_STORAGE) {
            // That a storage is old is found out by asking the others, and who does not answer is
            // not waited for.
            faults.clear();
        }
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            faults.add(
                    new Fault(
                            random.nextLong(spanNs),
                            kind,
                            random.nextInt(nodes),
                            0,
                            1 + random.nextLong((long) (800 * MS * pace)),
                            random.nextLong()));
        }
        faults.sort(Comparator.comparingLong(Fault::atNs));
    }

    /** Whether the caches above the clients' file systems obey late, as those of kernels do. */
    boolean hasLateCaches() {
        final long rest = Math.floorMod(seed, LATE_CACHES_OF);
        return rest >= 7 && rest <= 11;
    }

    private static boolean pausesClients(final long seed) {
        final long rest = Math.floorMod(seed, PAUSING_OF);
        return usesFiles(seed) && rest >= 1 && rest <= 3;
    }

    /** For as long as a session lives that is not heard of, or less, or more. */
    private static void addPausesOfClients(
            final List<Fault> faults,
            final Random random,
            final int clients,
            final FilePlan files) {
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
            faults.add(
                    new Fault(
                            random.nextLong(files.expectedNs()),
                            FaultKind.PAUSE_CLIENT,
                            random.nextInt(clients),
                            0,
                            1 + random.nextLong(2 * files.leaseNs()),
                            random.nextLong()));
        }
        faults.sort(Comparator.comparingLong(Fault::atNs));
    }

    /** The same with other faults. */
    SimulationPlan withFaults(final List<Fault> newFaults) {
        return new SimulationPlan(
                profile,
                seed,
                volume,
                segments,
                slowDisks,
                pendingEntries,
                patience,
                network,
                clientCount,
                workload,
                files,
                List.copyOf(newFaults));
    }

    private static boolean usesFiles(final long seed) {
        final long rest = Math.floorMod(seed, USING_FILES_OF);
        return rest >= 7 && rest <= 9 || rest >= 12 && rest <= 18 && rest != 14 && rest != 15;
    }

    /** Whether clients use files. */
    boolean usesFiles() {
        return usesFiles(seed);
    }

    /** Whether clients use blocks without files: most do that, or that as well. */
    boolean usesBlocks() {
        return !usesFiles() || Math.floorMod(seed, USING_FILES_OF) >= 16;
    }

    /** Whether nodes scrub what they store. */
    boolean scrubs() {
        return Math.floorMod(seed, SCRUBBING_OF) >= NOT_SCRUBBING;
    }

    /** Whether an operator has losses accepted. */
    boolean acceptsLosses() {
        final long rest = Math.floorMod(seed, ACCEPTING_OF);
        return rest == 5 || rest == 7;
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
                usual.maxPendingBytes(),
                scrubs() ? SCRUB_BYTES_PER_SECOND : 0,
                SCRUB_INTERVAL_NS,
                Math.floorMod(seed, SLOW_REBUILD_OF) == SLOW_REBUILD
                        ? SLOW_REBUILD_BYTES_PER_SECOND
                        : usual.rebuildBytesPerSecond());
    }

    private long scale(final long durationNs) {
        return (long) (durationNs * patience);
    }

    MetadataConfig metadataConfig() {
        final MetadataConfig usual = MetadataConfig.of(volume);
        if (!usesFiles()) {
            return usual;
        }
        return new MetadataConfig(
                volume,
                files.leaseNs(),
                scale(usual.commitIntervalNs()),
                usual.maxUncommitted(),
                usual.syncIntervalNs(),
                scale(usual.announceIntervalNs()),
                usual.trimsPerGroup(),
                usual.rootUid(),
                usual.rootGid());
    }

    ClientConfig clientConfig(final long clientId) {
        final ClientConfig usual = ClientConfig.of(volume, clientId);
        if (!usesFiles()) {
            return usual;
        }
        return new ClientConfig(
                volume,
                usual.blocks(),
                new MetadataClientConfig(
                        volume.volumeId(),
                        clientId,
                        files.leaseNs() / RESENDS_IN_A_LEASE,
                        files.leaseNs() / 8,
                        files.leaseNs() / 6,
                        usual.metadata().maxPending()));
    }

    NodeStorage newStorage(
            final int node, final SimulatedCluster cluster, final VirtualClock clock) {
        if (segments) {
            return new SegmentNodeStorage(volume, clock, cluster::nextId);
        }
        final Random pace = slowDisks ? new PlainRandom(seed << 8 ^ node) : null;
        return new MemoryNodeStorage(volume, cluster::nextId, pace);
    }
}
