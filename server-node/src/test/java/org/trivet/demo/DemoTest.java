package org.trivet.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The story with a small file, through the Java API: nothing here can mount. */
@Timeout(120)
class DemoTest {
    @TempDir private Path directory;

    @Test
    void everythingHoldsAndNothingIsLeft() throws Exception {
        final StringWriter told = new StringWriter();
        final DemoOptions options =
                new DemoOptions(
                        directory,
                        Path.of(System.getProperty("java.home"), "conf"),
                        8 << 20,
                        false);
        final boolean held = new Demo(options, new PrintWriter(told, true)).run();
        assertTrue(held, told.toString());
        for (final String expected :
                new String[] {"the Java API is used", "R1 ", "waits for nodes", "rebuilt"}) {
            assertTrue(told.toString().contains(expected), told.toString());
        }
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(0, left.count());
        }
    }
}
