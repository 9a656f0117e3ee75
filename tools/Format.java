import com.google.googlejavaformat.java.Main;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checks or applies the formatting of all Java sources under a directory, those of builds apart.
 */
final class Format {
    private Format() {}

    /** Arguments: {@code check} or {@code apply}, and the directory. */
    public static void main(final String[] args) throws Exception {
        final boolean isCheck = args[0].equals("check");
        final Path root = Path.of(args[1]);
        final List<String> arguments = new ArrayList<>(List.of("--aosp"));
        arguments.addAll(isCheck ? List.of("--dry-run", "--set-exit-if-changed") : List.of("-i"));
        arguments.addAll(sources(root));

        final PrintWriter out = new PrintWriter(System.out, true);
        final PrintWriter err = new PrintWriter(System.err, true);
        final int result = new Main(out, err, System.in).format(arguments.toArray(String[]::new));
        if (result != 0 && isCheck) {
            err.println("The files named above are not formatted. This formats them:");
            err.println("    mvn -N -Pformat process-sources");
        }
        System.exit(result);
    }

    private static List<String> sources(final Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(
                            file ->
                                    Stream.of("target", ".git")
                                            .noneMatch(skipped -> isIn(root, file, skipped)))
                    .map(Path::toString)
                    .sorted()
                    .toList();
        }
    }

    private static boolean isIn(final Path root, final Path file, final String directory) {
        for (final Path part : root.relativize(file)) {
            if (part.toString().equals(directory)) {
                return true;
            }
        }
        return false;
    }
}
