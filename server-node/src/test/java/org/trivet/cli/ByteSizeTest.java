package org.trivet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "8,8",
        "512B,512",
        "4KiB,4096",
        "64k,65536",
        "64 KB,65536",
        "1MiB,1048576",
        "2G,2147483648",
        "1t,1099511627776"
    })
    void readsWhatPeopleWrite(final String text, final long bytes) {
        assertEquals(bytes, ByteSize.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "k",
                "-1",
                "1.5k",
                "4XiB",
                "4ii",
                "0x10",
                "99999999999999999999",
                "999999999999999999t"
            })
    void refusesTheRest(final String text) {
        assertThrows(IllegalArgumentException.class, () -> ByteSize.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0B",
        "8,8B",
        "1023,1023B",
        "1024,1KiB",
        "1536,1.5KiB",
        "65536,64KiB",
        "1048576,1MiB",
        "1073741824,1GiB"
    })
    void writesThem(final long bytes, final String text) {
        assertEquals(text, ByteSize.format(bytes));
    }

    @Test
    void writesTheLargest() {
        assertEquals("8388608TiB", ByteSize.format(Long.MAX_VALUE));
    }
}
