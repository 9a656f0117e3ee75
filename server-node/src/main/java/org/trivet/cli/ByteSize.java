package org.trivet.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers of bytes as people write them: 8, 512, 4KiB, 64k, 1MiB, 2G. All units are powers of 1024.
 */
public final class ByteSize implements ITypeConverter<Integer> {
    private static final Pattern SYNTAX = Pattern.compile("(\\d{1,18})\\s*([kmgt]?)(?:i?b)?");
    private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

    /** For picocli. */
    public ByteSize() {}

    @Override
    public Integer convert(final String text) {
        final long bytes;
        try {
            bytes = parse(text);
        } catch (final IllegalArgumentException ex) {
            throw new TypeConversionException(ex.getMessage());
        }
        if (bytes > Integer.MAX_VALUE) {
            throw new TypeConversionException("'" + text + "' is too large");
        }
        return (int) bytes;
    }

    /**
     * Reads a number of bytes.
     *
     * @param text as a person wrote it.
     * @return bytes.
     * @throws IllegalArgumentException if it is none; the message says how to write one.
     */
    public static long parse(final String text) {
        final Matcher matcher = SYNTAX.matcher(text.trim().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no size; sizes look like 512, 4KiB or 1MiB");
        }
        final int shift = 10 * " kmgt".indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2));
        final long number = Long.parseLong(matcher.group(1));
        if (number > Long.MAX_VALUE >> shift) {
            throw new IllegalArgumentException("'" + text + "' is too large");
        }
        return number << shift;
    }

    /**
     * Writes a number of bytes, exactly if it is a whole number of some unit.
     *
     * @param bytes 0 or more.
     * @return for example 512B, 64KiB, 1.5MiB.
     */
    public static String format(final long bytes) {
        int unit = 0;
        while (unit < UNITS.length - 1 && bytes >> 10 * (unit + 1) > 0) {
            unit++;
        }
        final long tenths = Math.round(10.0 * bytes / (1L << 10 * unit));
        return tenths % 10 == 0
                ? tenths / 10 + UNITS[unit]
                : String.format(Locale.ROOT, "%.1f%s", tenths / 10.0, UNITS[unit]);
    }
}
