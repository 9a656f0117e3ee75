package org.trivet.tutorial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The example of the README does what it says there. */
@Timeout(60)
class TutorialTest {
    private static final Path SOURCE =
            Path.of("src", "test", "java", "org", "trivet", "tutorial", "Tutorial.java");

    @TempDir private Path directory;

    @Test
    void theExampleRuns() throws Exception {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        Tutorial.run(directory.resolve("volume"), new PrintStream(out, true, UTF_8));
        assertEquals("Dear reader,\nDear writer,\n", out.toString(UTF_8));
    }

    @Test
    void theReadmeHasTheExample() throws IOException {
        final String example = between(Files.readString(SOURCE), "        // begin\n", "// end");
        final String readme = Files.readString(Path.of("..", "README.md"));
        assertEquals(example.stripIndent(), between(readme, "```java\n", "```"));
    }

    private static String between(final String text, final String begin, final String end) {
        final int from = text.indexOf(begin) + begin.length();
        final int to = text.indexOf(end, from);
        assertTrue(from >= begin.length() && to > from, begin);
        return text.substring(from, to);
    }
}
