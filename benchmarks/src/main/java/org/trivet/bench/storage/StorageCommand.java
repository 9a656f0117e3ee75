package org.trivet.bench.storage;

import org.trivet.VolumeConfig;
import org.trivet.bench.measure.TurnOptions;
import org.trivet.cli.ByteSize;
import org.trivet.cli.JsonOutput;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Measures the storage of a data node beside a bare file. */
@Command(
        name = "storage",
        description = {
            "Measures how fast a data node's storage writes blocks durably, and reads them from the"
                    + " page cache; the same with a bare file; and how much of the disk it takes.",
            "Blocks of a unit or more are written 64 at once, 4MiB at most; smaller ones in runs of"
                    + " 1MiB. They take turns: only what is measured in one run may be compared.",
            "About 1.5GiB of the disk are needed."
        },
        mixinStandardHelpOptions = true)
public final class StorageCommand implements Callable<Integer> {
    private final long dataLength;

    @Spec private CommandSpec spec;

    @Option(
            names = "--size",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description =
                    "Bytes of a block: a power of two, 8 to 1MiB; may be given several times; by"
                            + " default 64KiB, 4KiB and 8.")
    private List<Integer> blockLengths = List.of(64 << 10, 4 << 10, 8);

    @Mixin private final TurnOptions turns = new TurnOptions(3, 5, 1);

    /** For picocli. */
    public StorageCommand() {
        this(StorageSettings.USUAL_DATA_LENGTH);
    }

    /** With so many bytes of blocks. */
    StorageCommand(final long dataLength) {
        this.dataLength = dataLength;
    }

    @Override
    public Integer call() {
        check();
        final PrintWriter out = spec.commandLine().getOut();
        final List<Map<String, ?>> runs = new ArrayList<>();
        for (final int blockLength : blockLengths) {
            final StorageSettings settings =
                    new StorageSettings(
                            blockLength,
                            dataLength,
                            turns.warmUps(),
                            turns.rounds(),
                            turns.time(),
                            turns.directory());
            final StorageReport report =
                    new StorageReport(settings, StorageBenchmark.run(settings));
            if (turns.isJson()) {
                runs.add(report.toMap());
            } else {
                report.print(out);
            }
        }
        if (turns.isJson()) {
            JsonOutput.print(Map.of("runs", runs), out);
        }
        out.flush();
        return 0;
    }

    private void check() {
        turns.check();
        for (final int blockLength : blockLengths) {
            turns.require(
                    Integer.bitCount(blockLength) == 1
                            && blockLength >= VolumeConfig.MIN_BLOCK_LENGTH
                            && blockLength <= VolumeConfig.MAX_BLOCK_LENGTH,
                    "--size must be a power of two, 8 to 1MiB");
        }
    }
}
