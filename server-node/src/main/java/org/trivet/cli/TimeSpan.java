package org.trivet.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as people write them: 90s, 15m, 12h, 7d. */
final class TimeSpan implements ITypeConverter<Duration> {
    private static final Pattern SYNTAX = Pattern.compile("(\\d{1,9})\\s*([smhd])");

    TimeSpan() {}

    @Override
    public Duration convert(final String text) {
        final Matcher matcher = SYNTAX.matcher(text.trim().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new TypeConversionException(
                    "'" + text + "' is no time; times look like 90s, 15m, 12h or 7d");
        }
        final long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
        };
    }

    /** As people write it, in the largest two units that there are: 3d 4h, 1m 4s, 0s. */
    static String format(final Duration span) {
        final long[] parts = {
            span.toDays(), span.toHoursPart(), span.toMinutesPart(), span.toSecondsPart()
        };
        int first = 0;
        while (first < parts.length - 1 && parts[first] == 0) {
            first++;
        }
        final String units = "dhms";
        final String largest = "" + parts[first] + units.charAt(first);
        return first == parts.length - 1 || parts[first + 1] == 0
                ? largest
                : largest + " " + parts[first + 1] + units.charAt(first + 1);
    }
}
