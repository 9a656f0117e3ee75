package org.trivet.bench.network;

import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.bench.measure.TurnOptions;
import org.trivet.cli.ByteSize;
import org.trivet.cli.IdleModes;
import org.trivet.cli.JsonOutput;
import org.trivet.node.ClusterFile;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;

/** Measures a volume of several processes beside plain Aeron. */
@Command(
        name = "network",
        description = {
            "Measures how long a volume of four nodes, each a process, takes to write and read a"
                + " block, and how many it does in a second; the same messages over plain Aeron,"
                + " between as many processes; and the same copies in memory.",
            "They take turns of a fraction of a second: only what is measured in one run may be"
                    + " compared."
        },
        mixinStandardHelpOptions = true)
public final class NetworkCommand implements Callable<Integer> {
    private static final String IN_PROCESS = "inproc";
    private static final int MAX_LENGTH = 1 << 20;
    private static final int MAX_WINDOW = 1024;
    private static final int MAX_BYTES_AT_ONCE = 4 << 20;

    /** Whether messages are sealed. */
    enum Key {
        /** They are. */
        YES(true),
        /** They are not. */
        NO(false),
        /** One volume of each kind. */
        BOTH(false, true);

        private final Set<Boolean> sealed;

        Key(final Boolean... sealed) {
            this.sealed = new TreeSet<>(List.of(sealed));
        }
    }

    @Spec private CommandSpec spec;

    @Option(
            names = "--transport",
            paramLabel = "inproc|aeron:ipc|aeron:udp",
            description =
                    "How messages travel; may be given several times; by default all. With inproc"
                            + " the volume is in this process, and is compared with Aeron over"
                            + " shared memory.")
    private List<String> transports = List.of(IN_PROCESS, "aeron:ipc", "aeron:udp");

    @Option(
            names = "--idle",
            paramLabel = "MODE",
            converter = IdleModes.class,
            completionCandidates = IdleModes.class,
            description =
                    "How all processes wait for messages: low-latency, balanced or power-save; may"
                            + " be given several times; by default balanced.")
    private List<IdleMode> idleModes = List.of(IdleMode.BALANCED);

    @Option(
            names = "--key",
            paramLabel = "yes|no|both",
            defaultValue = "BOTH",
            description = "Whether messages of the volume are sealed with a key; by default both.")
    private Key key;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            defaultValue = "4KiB",
            description = "Bytes of a block: a power of two, 64 to 1MiB; by default 4KiB.")
    private int blockLength;

    @Option(
            names = "--window",
            paramLabel = "N",
            defaultValue = "64",
            description = "Operations at once, where there are several; by default 64.")
    private int window;

    @Mixin private final TurnOptions turns = new TurnOptions(10, 7, 0.5);

    /** For picocli. */
    public NetworkCommand() {}

    @Override
    public Integer call() {
        check();
        final List<Map<String, ?>> runs = new ArrayList<>();
        for (final String transport : transports) {
            final Media media = media(transport);
            for (final IdleMode idleMode : idleModes) {
                final NetworkSettings settings =
                        new NetworkSettings(
                                media,
                                media == null ? Set.of(false) : key.sealed,
                                idleMode,
                                blockLength,
                                window,
                                turns.warmUps(),
                                turns.rounds(),
                                turns.time(),
                                turns.directory());
                final NetworkReport report =
                        new NetworkReport(transport, settings, measure(settings));
                if (turns.isJson()) {
                    runs.add(report.toMap());
                } else {
                    report.print(spec.commandLine().getOut());
                }
            }
        }
        if (turns.isJson()) {
            final Map<String, Object> all = new LinkedHashMap<>();
            all.put("runs", runs);
            JsonOutput.print(all, spec.commandLine().getOut());
        }
        spec.commandLine().getOut().flush();
        return 0;
    }

    private static NetworkResult measure(final NetworkSettings settings) {
        try {
            return NetworkBenchmark.run(settings);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TrivetException(ErrorCode.INTERRUPTED, "bench: interrupted", e);
        }
    }

    private void check() {
        turns.require(
                Integer.bitCount(blockLength) == 1
                        && blockLength >= Long.BYTES * Long.BYTES
                        && blockLength <= MAX_LENGTH,
                "--size must be a power of two, 64 to 1MiB");
        turns.require(window >= 1 && window <= MAX_WINDOW, "--window must be 1 to " + MAX_WINDOW);
        turns.require(
                (long) window * blockLength <= MAX_BYTES_AT_ONCE,
                "--window times --size must be 4MiB at most");
        turns.check();
        transports.forEach(this::media);
    }

    private Media media(final String transport) {
        if (transport.equals(IN_PROCESS)) {
            return null;
        }
        try {
            return ClusterFile.media(transport);
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), e.getMessage() + ", or " + IN_PROCESS, e);
        }
    }
}
