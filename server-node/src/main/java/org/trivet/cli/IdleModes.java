package org.trivet.cli;

import org.trivet.IdleMode;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.stream.Stream;

/** Names of idle modes, as people write them: low-latency, balanced, power-save. */
public final class IdleModes implements ITypeConverter<IdleMode>, Iterable<String> {
    /** For picocli. */
    public IdleModes() {}

    @Override
    public IdleMode convert(final String text) {
        return Arrays.stream(IdleMode.values())
                .filter(mode -> name(mode).equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(
                        () ->
                                new TypeConversionException(
                                        "'" + text + "' is none of " + String.join(", ", this)));
    }

    @Override
    public Iterator<String> iterator() {
        return Stream.of(IdleMode.values()).map(IdleModes::name).iterator();
    }

    /**
     * As on the command line.
     *
     * @param mode one of them.
     * @return its name there.
     */
    public static String name(final IdleMode mode) {
        return mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
