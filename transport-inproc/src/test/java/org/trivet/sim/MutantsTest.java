package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.source.util.JavacTask;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The patches of the script {@code mutants}. Whether anything notices them, the script shows. */
class MutantsTest {
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path RULES = ROOT.resolve("docs/protocol.md");
    private static final Path PATCHES = ROOT.resolve("transport-inproc/src/test/mutants");

    private static final JavaCompiler COMPILER = ToolProvider.getSystemJavaCompiler();
    private static final JavaFileManager FILES = COMPILER.getStandardFileManager(null, null, null);

    @AfterAll
    static void close() throws IOException {
        FILES.close();
    }

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
        assertFalse(read(patch).rule().isEmpty());
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
        final Map<String, List<MutantPatch.Hunk>> hunks = read(patch).hunks();
        assertFalse(hunks.isEmpty());
        for (final Map.Entry<String, List<MutantPatch.Hunk>> each : hunks.entrySet()) {
            final String source = Files.readString(ROOT.resolve(each.getKey()));
            assertFalse(each.getValue().isEmpty());
            for (final MutantPatch.Hunk hunk : each.getValue()) {
                final int at = source.indexOf(hunk.before());
                assertTrue(at >= 0, () -> "not there:\n" + hunk.before());
                assertEquals(
                        -1,
                        source.indexOf(hunk.before(), at + 1),
                        () -> "twice:\n" + hunk.before());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("patches")
    void whatAPatchMakesOfTheSourcesCompiles(final String patch) throws IOException {
        final List<JavaFileObject> sources = new ArrayList<>();
        read(patch).applied(ROOT).forEach((path, text) -> sources.add(source(path, text)));
        final DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        final JavacTask task =
                (JavacTask)
                        COMPILER.getTask(
                                null,
                                FILES,
                                said,
                                List.of("-proc:none", "-implicit:none"),
                                null,
                                sources);
        task.analyze(); // all that can be wrong; classes nobody needs
        final List<String> errors =
                said.getDiagnostics().stream()
                        .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
                        .map(Object::toString)
                        .toList();
        assertEquals(List.of(), errors);
    }

    private static JavaFileObject source(final String path, final String text) {
        final String name = path.substring(path.indexOf("java/") + "java/".length());
        return new SimpleJavaFileObject(
                URI.create("string:///" + name), JavaFileObject.Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(final boolean ignoreEncodingErrors) {
                return text;
            }
        };
    }

    /** The script would take it for noticed if a test cannot be run. */
    @ParameterizedTest
    @MethodSource("patches")
    void theTestsThatAPatchNamesAreThere(final String patch) throws IOException {
        for (final String test : read(patch).tests()) {
            assertFalse(MutantTrial.selectorsOf(test).isEmpty(), test);
        }
    }

    private static MutantPatch read(final String patch) throws IOException {
        return MutantPatch.read(PATCHES.resolve(patch));
    }
}
