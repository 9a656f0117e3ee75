package org.trivet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine.TypeConversionException;

import java.time.Duration;

class TimeSpanTest {
    @ParameterizedTest
    @CsvSource({"0s, 0", "90s, 90", "15m, 900", "12H, 43200", "7 d, 604800", "3650d, 315360000"})
    void isWrittenWithAUnit(final String text, final long seconds) {
        assertEquals(Duration.ofSeconds(seconds), new TimeSpan().convert(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "7", "d", "-1d", "1.5h", "1h30m", "9999999999s", "7w"})
    void isNothingElse(final String text) {
        assertThrows(TypeConversionException.class, () -> new TimeSpan().convert(text));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0s",
        "59, 59s",
        "64, 1m 4s",
        "3600, 1h",
        "3661, 1h 1m",
        "273600, 3d 4h",
        "604800, 7d"
    })
    void isShownInItsTwoLargestUnits(final long seconds, final String text) {
        assertEquals(text, TimeSpan.format(Duration.ofSeconds(seconds)));
    }
}
