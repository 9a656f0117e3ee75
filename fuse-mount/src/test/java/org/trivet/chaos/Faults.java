package org.trivet.chaos;

import org.trivet.node.os.ProcessPause;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Faults, drawn from a seed: their order and all that belongs to them follow from it, the times do
 * not. What is damaged or deleted is so only while all nodes are good, and damage of one round is
 * on one node: a good copy is left of everything.
 */
final class Faults {
    /** What happens, and how often, of all. */
    enum Fault {
        KILL_NODE(18),
        KILL_SEVERAL_NODES(9),
        KILL_METADATA(8),
        KILL_DRIVER(5),
        PAUSE_NODE(14),
        PAUSE_METADATA(6),
        WIPE_NODE(6),
        CORRUPT_BLOCKS(10),
        BAD_NETWORK(18),
        KILL_MOUNT(6);

        private final int weight;

        Fault(final int weight) {
            this.weight = weight;
        }
    }

    private static final int LONGEST_GAP_MS = 3000;
    private static final int SHORTEST_PAUSE_MS = 100;
    private static final int LONGEST_PAUSE_MS = 10_000;
    private static final int LONGEST_BAD_NETWORK_MS = 8000;
    private static final int KEPT = 40;
    private static final String[] DAMAGES = {
        "checksum", "data", "length", "version", "missing", "swap"
    };

    private final Volume volume;
    private final Line line;
    private final Random random;
    private final List<Mortal> mounts;
    private final ScheduledExecutorService later =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("end-of-faults").factory());
    private final List<Future<?>> ends = new ArrayList<>();
    private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
    private final List<String> told = Collections.synchronizedList(new ArrayList<>());
    private int processesKilled;
    private int blocksDamaged;
    private int damagedNode;

    /** A mount that can be killed, and its site. */
    record Mortal(Mount mount, Site site) {}

    Faults(final Volume volume, final Line line, final List<Mortal> mounts, final long seed) {
        this.volume = volume;
        this.line = line;
        this.mounts = mounts;
        random = new Random(seed);
    }

    /** Has faults happen for a while; when it returns some may not have ended yet. */
    void rage(final long untilNs) throws Exception {
        damagedNode = random.nextInt(Volume.NODES);
        while (untilNs - System.nanoTime() > 0 && !Thread.currentThread().isInterrupted()) {
            final Fault fault = draw();
            apply(fault);
            counts.merge(fault, 1, Integer::sum);
            // Some come together, most one after the other.
            TimeUnit.MILLISECONDS.sleep(random.nextInt(random.nextInt(LONGEST_GAP_MS) + 1));
        }
    }

    /** Ends all that goes on. */
    void calm() throws Exception {
        for (final Future<?> end : ends) {
            end.get(ChaosRun.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        ends.clear();
        line.calm();
        tell("calm");
    }

    private Fault draw() {
        int left = 0;
        for (final Fault fault : Fault.values()) {
            left += fault.weight;
        }
        left = random.nextInt(left);
        for (final Fault fault : Fault.values()) {
            left -= fault.weight;
            if (left < 0) {
                return fault;
            }
        }
        throw new AssertionError();
    }

    private void apply(final Fault fault) throws Exception {
        switch (fault) {
            case KILL_NODE -> kill(Volume.node(random.nextInt(Volume.NODES)));
            case KILL_SEVERAL_NODES -> killSeveral();
            case KILL_METADATA -> kill(Volume.METADATA);
            case KILL_DRIVER -> kill(Volume.DRIVER);
            case PAUSE_NODE -> pause(Volume.node(random.nextInt(Volume.NODES)));
            case PAUSE_METADATA -> pause(Volume.METADATA);
            case WIPE_NODE -> wipe(random.nextInt(Volume.NODES));
            case CORRUPT_BLOCKS -> corrupt();
            case BAD_NETWORK -> badNetwork();
            case KILL_MOUNT -> killMount();
        }
    }

    private void tell(final String what) {
        final String text = ChaosRun.clock() + " " + what;
        told.add(text);
        ChaosRun.say(what);
    }

    private void kill(final String name) throws Exception {
        final ProcessHandle process = volume.process(name);
        tell("kill -9 of " + name + ", process " + process.pid());
        process.destroyForcibly();
        processesKilled++;
    }

    private void killSeveral() throws Exception {
        final List<Integer> nodes = new ArrayList<>();
        for (int node = 0; node < Volume.NODES; node++) {
            nodes.add(node);
        }
        Collections.shuffle(nodes, random);
        for (final int node : nodes.subList(0, 2 + random.nextInt(Volume.NODES - 1))) {
            kill(Volume.node(node));
        }
    }

    private void pause(final String name) throws Exception {
        final ProcessHandle process = volume.process(name);
        // Short ones are more frequent than long ones.
        final int ms = SHORTEST_PAUSE_MS + random.nextInt(random.nextInt(LONGEST_PAUSE_MS) + 1);
        tell("pause of " + name + " for " + ms + " ms");
        ProcessPause.pause(process.pid());
        ends.add(
                later.schedule(
                        () -> ProcessPause.resumeIfAlive(process), ms, TimeUnit.MILLISECONDS));
    }

    /** Until nothing of it is left that could meet the next loss. */
    private void awaitAllGood() throws Exception {
        for (final Future<?> end : ends) {
            end.get(ChaosRun.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        ends.clear();
        line.calm();
        volume.awaitHealthy(ChaosRun.PATIENCE);
    }

    private void wipe(final int node) throws Exception {
        awaitAllGood();
        tell("wipe of node-" + node);
        volume.wipe(node);
    }

    private void corrupt() throws Exception {
        final int count = 1 + random.nextInt(6);
        awaitAllGood();
        for (int i = 0; i < count; i++) {
            final String kind = DAMAGES[random.nextInt(DAMAGES.length)];
            final String damage = volume.corrupt(damagedNode, kind, random.nextLong());
            if (damage != null) {
                tell("corrupt: " + damage);
                blocksDamaged++;
            }
        }
    }

    private void badNetwork() {
        final double loss = 1 + 4 * random.nextDouble();
        final double delay = 5 + 25 * random.nextDouble();
        final int longestMs = 1 + random.nextInt(50);
        final int ms = 500 + random.nextInt(LONGEST_BAD_NETWORK_MS);
        tell(
                "network: %.1f %% lost, %.0f %% delayed by up to %d ms, for %d ms"
                        .formatted(loss, delay, longestMs, ms));
        line.disturb(loss, delay, longestMs);
        ends.add(later.schedule(line::calm, ms, TimeUnit.MILLISECONDS));
    }

    private void killMount() throws Exception {
        final Mortal mortal = mounts.get(random.nextInt(mounts.size()));
        tell("kill -9 of " + mortal.site.name());
        processesKilled++;
        mortal.site.replace(mortal.mount::kill, mortal.mount::start);
    }

    /** The last ones, with their times. */
    List<String> last() {
        synchronized (told) {
            return List.copyOf(told.subList(Math.max(0, told.size() - KEPT), told.size()));
        }
    }

    /** How many there were, line by line. */
    String table() {
        final StringBuilder text = new StringBuilder();
        for (final Fault fault : Fault.values()) {
            text.append(
                    "%8d  %s%n"
                            .formatted(
                                    counts.getOrDefault(fault, 0),
                                    fault.name()
                                            .toLowerCase(java.util.Locale.ROOT)
                                            .replace('_', ' ')));
        }
        text.append("%8d  processes killed in all%n".formatted(processesKilled));
        text.append("%8d  blocks damaged%n".formatted(blocksDamaged));
        text.append(
                "%8d  packets lost, %d delayed, of %d%n"
                        .formatted(line.lost(), line.delayed(), line.seen()));
        return text.toString();
    }

    void close() {
        later.shutdownNow();
    }
}
