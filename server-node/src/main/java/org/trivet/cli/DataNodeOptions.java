package org.trivet.cli;

import org.trivet.node.NodeSettings;
import org.trivet.replica.ScrubSchedule;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;

/** Options that say how data nodes work: how they verify what they store, and its room. */
final class DataNodeOptions {
    private static final long MAX_RATE = 1L << 40;
    private static final Duration SHORTEST = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofDays(3650);

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--scrub-rate",
            paramLabel = "SIZE",
            defaultValue = "4MiB",
            converter = Bytes.class,
            description = {
                "Bytes a second at which each data node reads through what it stores, and verifies"
                        + " it, at most, while it has nothing else to do: 1 to 1TiB; 4MiB by"
                        + " default.",
                "0 switches that off: what nobody reads may go bad unseen then."
            })
    private long rate;

    @Option(
            names = "--scrub-interval",
            paramLabel = "TIME",
            defaultValue = "7d",
            converter = TimeSpan.class,
            description =
                    "From the beginning of one such pass to that of the next, at least: 1m to"
                            + " 3650d, as 90s, 15m, 12h or 7d; 7d by default.")
    private Duration interval;

    @Option(
            names = "--capacity",
            paramLabel = "SIZE",
            defaultValue = "0",
            converter = Bytes.class,
            description = {
                "Bytes that the files of each data node's blocks may take: at least 64MiB. 0, the"
                        + " default, for what the file system has.",
                "Some of it is kept free, so that what is dead can be cleaned up."
            })
    private long capacity;

    DataNodeOptions() {}

    /** Bytes; none of the bounds that an int has. */
    static final class Bytes implements ITypeConverter<Long> {
        Bytes() {}

        @Override
        public Long convert(final String text) {
            try {
                return ByteSize.parse(text);
            } catch (final IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    NodeSettings settings() {
        if (capacity != 0 && capacity < NodeSettings.MIN_CAPACITY) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--capacity is "
                            + ByteSize.format(capacity)
                            + ": it must be 0, or at least "
                            + ByteSize.format(NodeSettings.MIN_CAPACITY));
        }
        return new NodeSettings(schedule(), capacity);
    }

    private ScrubSchedule schedule() {
        if (rate > MAX_RATE) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--scrub-rate is "
                            + ByteSize.format(rate)
                            + " a second: it must be 0, or 1 to 1TiB");
        }
        if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--scrub-interval is "
                            + TimeSpan.format(interval)
                            + ": it must be 1m to 3650d");
        }
        return new ScrubSchedule(rate, interval.toNanos());
    }
}
