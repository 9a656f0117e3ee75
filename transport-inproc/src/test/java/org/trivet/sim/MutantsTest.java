package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
}
