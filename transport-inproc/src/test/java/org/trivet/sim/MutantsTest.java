package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The patches of the script {@code mutants}. Whether anything notices them, the script shows. */
class MutantsTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path RULES = ROOT.resolve("docs/protocol.md");
    private static final Path PATCHES = ROOT.resolve("transport-inproc/src/test/mutants");

    static List<String> patches() throws IOException {
        try (Stream<Path> files = Files.list(PATCHES)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("patches")
    void everyRuleIsExplained(final String patch) throws IOException {
        final String name = patch.substring(0, patch.lastIndexOf('.'));
        assertTrue(
                Files.readString(RULES).contains("`" + name + "`"), () -> name + " is in no table");
    }

    /** One that does not has to be made anew: edit the source, and take the difference. */
    @ParameterizedTest
    @MethodSource("patches")
    void everyPatchSaysWhatItIsForAndApplies(final String patch)
            throws IOException, InterruptedException {
        assertTrue(Files.readString(PATCHES.resolve(patch)).startsWith("Rule: "));
        final ProcessBuilder builder =
                new ProcessBuilder("git", "apply", "--check", PATCHES.resolve(patch).toString())
                        .directory(ROOT.toFile())
                        .redirectErrorStream(true);
        builder.environment().put("GIT_CEILING_DIRECTORIES", ROOT.getParent().toString());
        final Process process = builder.start();
        final String said =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
    }

    /** What it takes out, and the lines around: where they stand twice it may change the other. */
    @ParameterizedTest
    @MethodSource("patches")
    void whatAPatchChangesStandsInOnePlaceOnly(final String patch) throws IOException {
        String source = null;
        StringBuilder before = null;
        final List<String> hunks = new ArrayList<>();
        for (final String line : Files.readAllLines(PATCHES.resolve(patch))) {
            if (line.startsWith("--- ")) {
                check(patch, source, hunks, before);
                before = null;
            } else if (line.startsWith("+++ b/")) {
                source = Files.readString(ROOT.resolve(line.substring("+++ b/".length())));
            } else if (line.startsWith("@@")) {
                check(patch, source, hunks, before);
                before = new StringBuilder();
            } else if (before != null && (line.startsWith(" ") || line.startsWith("-"))) {
                before.append(line, 1, line.length()).append('\n');
            }
        }
        check(patch, source, hunks, before);
        assertFalse(hunks.isEmpty());
    }

    private static void check(
            final String patch,
            final String source,
            final List<String> hunks,
            final StringBuilder before) {
        if (before != null) {
            final String lines = before.toString();
            hunks.add(lines);
            final int at = source.indexOf(lines);
            assertTrue(at >= 0, () -> patch + ": not there:\n" + lines);
            assertEquals(-1, source.indexOf(lines, at + 1), () -> patch + ": twice:\n" + lines);
        }
    }
}
