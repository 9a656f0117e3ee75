package org.trivet.cli;

import org.trivet.replica.ScrubSchedule;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;

/** Options that say how fast, and how often, data nodes verify what they store. */
final class ScrubOptions {
    private static final long MAX_RATE = 1L << 40;
    private static final Duration SHORTEST = Duration.ofMinutes(1);
    private static final Duration LONGEST = Duration.ofDays(3650);

    @Spec(Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--scrub-rate",
            paramLabel = "SIZE",
            defaultValue = "4MiB",
            converter = Rate.class,
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

    ScrubOptions() {}

    /** Bytes a second; none of the bounds that an int has. */
    static final class Rate implements ITypeConverter<Long> {
        Rate() {}

        @Override
        public Long convert(final String text) {
            try {
                return ByteSize.parse(text);
            } catch (final IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    ScrubSchedule schedule() {
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
