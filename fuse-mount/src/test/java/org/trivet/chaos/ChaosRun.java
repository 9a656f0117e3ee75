package org.trivet.chaos;

import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.node.ClusterClient;
import org.trivet.node.ClusterFile;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Rounds, each of work under faults, and of calm, in which everything must become good, finish, and
 * be as it should be.
 */
final class ChaosRun {
    private static final PrintStream OUT = System.out;
    private static final Duration ROUND = Duration.ofSeconds(45);

    /** How long what should happen may take once nothing keeps it from happening. */
    static final Duration PATIENCE = Duration.ofSeconds(Long.getLong("trivet.chaos.patience", 60));

    private static final Duration IMPATIENCE = Duration.ofMillis(700);
    private static final int TAIL_LINES = 25;
    private static final long DUMP_PATIENCE_S = 20;

    private final Path directory;
    private final long seed;
    private final List<Mount> mounts = new ArrayList<>();
    private final List<ClusterClient> clients = new ArrayList<>();
    private final List<Site> sites = new ArrayList<>();
    private final List<Workload> workloads = new ArrayList<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final SplittableRandom seeds;
    private Volume volume;
    private Faults faults;
    private long unitsVerified;
    private int rounds;

    ChaosRun(final Path directory, final long seed) {
        this.directory = directory;
        this.seed = seed;
        seeds = new SplittableRandom(seed);
    }

    static LocalTime clock() {
        return LocalTime.now().truncatedTo(ChronoUnit.MILLIS);
    }

    static void say(final String what) {
        OUT.println(clock() + " " + what);
    }

    private void start() throws Exception {
        final Path lineFile = directory.resolve("line");
        final Line line = Line.at(lineFile);
        volume = Volume.start(directory, lineFile);
        volume.awaitReady();
        final List<Faults.Mortal> mortals = new ArrayList<>();
        for (final String name : List.of("mount-a", "mount-b")) {
            final Mount mount = new Mount(name, directory);
            mounts.add(mount);
            mount.start();
            sites.add(Site.ofMount(sites.size(), name, mount));
            mortals.add(new Faults.Mortal(mount, sites.getLast()));
        }
        final ClusterFile cluster = ClusterFile.read(volume.clusterFile());
        for (final String name : List.of("client-a", "client-b")) {
            final ClusterClient client = ClusterClient.start(cluster, null, IdleMode.BALANCED);
            clients.add(client);
            sites.add(Site.ofClient(sites.size(), name, client, IMPATIENCE));
        }
        // The first mount lives as long as the run: its operations must never fail.
        faults = new Faults(volume, line, mortals.subList(1, 2), seeds.nextLong());
        workloads.add(new Registers(sites, seeds.split()));
        workloads.add(new PrivateFiles(sites, seeds.split()));
        workloads.add(new Appends(sites, seeds.split()));
        workloads.add(new Names(sites, seeds.split()));
        volume.awaitHealthy(PATIENCE);
    }

    /**
     * Runs for a while. Throws what has failed, after telling all that is known of it.
     *
     * @return how many operations were checked.
     */
    long run(final Duration duration) throws Exception {
        say("seed " + seed + ", for " + duration.toMinutes() + " minutes, in " + directory);
        try {
            start();
            final long endNs = System.nanoTime() + duration.toNanos();
            say("started; processes: " + volume.processes().keySet());
            while (endNs - System.nanoTime() > 0) {
                round(Math.min(endNs, System.nanoTime() + ROUND.toNanos()));
            }
        } catch (final Exception | AssertionError e) {
            explain(e);
            throw e;
        }
        OUT.println(table());
        return workloads.stream().mapToLong(Workload::operations).sum();
    }

    private void round(final long untilNs) throws Exception {
        for (final Workload workload : workloads) {
            workload.prepare(sites.getLast());
        }
        final Crew crew = new Crew(workloads, seeds.split(), failure);
        rage(untilNs);
        faults.calm();
        volume.awaitHealthy(PATIENCE);
        say("all nodes are good");
        crew.stop(PATIENCE.toSeconds());
        throwFailure();
        volume.scrub(PATIENCE);
        verify();
        for (final Site site : sites) {
            for (final Workload workload : workloads) {
                workload.survey(site);
            }
        }
        final StringBuilder text = new StringBuilder();
        for (final Workload workload : workloads) {
            workload.check();
            text.append(", %d %s".formatted(workload.operations(), workload.name()));
        }
        say("round " + ++rounds + " is clean; so far " + text.substring(2));
    }

    /** Faults, unless something fails that has nothing to do with them. */
    private void rage(final long untilNs) throws Exception {
        final Thread watched = Thread.currentThread();
        final Thread watch =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    while (!Thread.currentThread().isInterrupted()) {
                                        if (failure.get() != null) {
                                            watched.interrupt();
                                            return;
                                        }
                                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
                                    }
                                });
        try {
            faults.rage(untilNs);
        } catch (final InterruptedException | RuntimeException e) {
            throwFailure(); // the interrupt was due to that
            throw e;
        } finally {
            watch.interrupt();
        }
        throwFailure();
    }

    private void throwFailure() {
        if (failure.get() != null) {
            throw new ChaosFailure(failure.get().getMessage(), failure.get());
        }
    }

    private void verify() {
        final Map<String, Object> result = volume.verify();
        if (((Number) result.get("differenceCount")).longValue() != 0) {
            throw new ChaosFailure("the copies differ: " + result.get("differences"));
        }
        unitsVerified += ((Number) result.get("units")).longValue();
    }

    private String table() {
        final StringBuilder text = new StringBuilder();
        text.append("%d rounds were clean, seed %d%n%nfaults%n".formatted(rounds, seed));
        text.append(faults.table());
        text.append("%nchecked%n".formatted());
        for (final Workload workload : workloads) {
            text.append(
                    "%8d  %s (%s)%n"
                            .formatted(workload.operations(), workload.name(), workload.details()));
        }
        text.append("%8d  units of 4 KiB verified and compared".formatted(unitsVerified));
        return text.toString();
    }

    // ---- when something fails

    private void explain(final Throwable error) {
        say("FAILED, seed " + seed + ": " + shortened(String.valueOf(error.getMessage())));
        if (faults != null) {
            OUT.println("the last faults:");
            faults.last().forEach(fault -> OUT.println("    " + fault));
            OUT.println("so far:\n" + table());
        }
        tails();
        OUT.println("everything is left in " + directory);
        try {
            Files.writeString(directory.resolve("failure"), String.valueOf(error.getMessage()));
            if (volume != null) {
                OUT.println("nodes: " + volume.states());
                Files.writeString(directory.resolve("status"), volume.status().toString());
                dumpThreads();
            }
        } catch (final IOException | TrivetException e) {
            OUT.println("more cannot be told: " + e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The end of a history tells most. */
    private static String shortened(final String text) {
        final List<String> lines = text.lines().toList();
        return lines.size() <= 2 * TAIL_LINES
                ? text
                : String.join("\n", lines.subList(0, 2))
                        + "\n    ... (see the file failure)\n"
                        + String.join(
                                "\n", lines.subList(lines.size() - 2 * TAIL_LINES, lines.size()));
    }

    private void dumpThreads() throws IOException, InterruptedException {
        final Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        final Map<String, ProcessHandle> all = volume.processes();
        mounts.forEach(
                mount -> all.put(mount.point().getFileName().toString(), mount.program().handle()));
        all.put("test", ProcessHandle.current());
        for (final Map.Entry<String, ProcessHandle> each : all.entrySet()) {
            final Process dump =
                    new ProcessBuilder(
                                    jcmd.toString(),
                                    String.valueOf(each.getValue().pid()),
                                    "Thread.print")
                            .redirectErrorStream(true)
                            .redirectOutput(directory.resolve(each.getKey() + ".threads").toFile())
                            .start();
            if (!dump.waitFor(DUMP_PATIENCE_S, TimeUnit.SECONDS)) {
                dump.destroyForcibly(); // it stands still, or is too busy
            }
        }
    }

    private void tails() {
        try (Stream<Path> logs = Files.list(directory)) {
            for (final Path log : logs.filter(file -> file.toString().endsWith(".log")).toList()) {
                final List<String> lines = Files.readAllLines(log);
                OUT.println("the end of " + log + ":");
                lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size())
                        .forEach(line -> OUT.println("    " + line));
            }
        } catch (final IOException e) {
            OUT.println("no logs can be read: " + e);
        }
    }

    /** Stops everything. */
    void close() throws InterruptedException {
        for (final Mount mount : mounts) {
            mount.stop();
        }
        clients.forEach(ClusterClient::close);
        if (faults != null) {
            faults.close();
        }
        if (volume != null) {
            volume.stop();
        }
    }
}
