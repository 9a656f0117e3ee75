package org.trivet.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a patch of the script {@code mutants} says and changes.
 *
 * @param rule that it switches off.
 * @param tests that should notice: classes, or class#method.
 * @param hunks by the path of the source that they change.
 */
record MutantPatch(String rule, List<String> tests, Map<String, List<Hunk>> hunks) {
    private static final String RULE = "Rule: ";
    private static final String TESTS = "Tests: ";
    private static final String SOURCE = "+++ b/";

    /**
     * Lines that take the place of others.
     *
     * @param before what stands there, with the lines around.
     * @param after what it becomes.
     */
    record Hunk(String before, String after) {}

    static MutantPatch read(final Path file) throws IOException {
        String rule = "";
        List<String> tests = List.of();
        final Map<String, List<Hunk>> hunks = new LinkedHashMap<>();
        List<Hunk> ofSource = null;
        StringBuilder before = null;
        StringBuilder after = null;
        for (final String line : Files.readAllLines(file)) {
            if (ofSource == null && line.startsWith(RULE)) {
                rule = line.substring(RULE.length());
            } else if (ofSource == null && line.startsWith(TESTS)) {
                tests = List.of(line.substring(TESTS.length()).split(" "));
            } else if (line.startsWith("--- ") || line.startsWith("@@")) {
                add(ofSource, before, after);
                before = line.startsWith("@@") ? new StringBuilder() : null;
                after = new StringBuilder();
            } else if (line.startsWith(SOURCE)) {
                ofSource = new ArrayList<>();
                hunks.put(line.substring(SOURCE.length()), ofSource);
            } else if (before != null && !line.isEmpty()) {
                addLine(line.charAt(0) == '+' ? null : before, line);
                addLine(line.charAt(0) == '-' ? null : after, line);
            }
        }
        add(ofSource, before, after);
        return new MutantPatch(rule, tests, hunks);
    }

    private static void addLine(final StringBuilder lines, final String line) {
        if (lines != null) {
            lines.append(line, 1, line.length()).append('\n');
        }
    }

    private static void add(
            final List<Hunk> hunks, final StringBuilder before, final StringBuilder after) {
        if (before != null) {
            hunks.add(new Hunk(before.toString(), after.toString()));
        }
    }

    /** The sources that it changes, as they are with it, by their paths below a directory. */
    Map<String, String> applied(final Path root) throws IOException {
        final Map<String, String> sources = new LinkedHashMap<>();
        for (final Map.Entry<String, List<Hunk>> each : hunks.entrySet()) {
            String source = Files.readString(root.resolve(each.getKey()));
            for (final Hunk hunk : each.getValue()) {
                source = source.replace(hunk.before, hunk.after);
            }
            sources.put(each.getKey(), source);
        }
        return sources;
    }
}
