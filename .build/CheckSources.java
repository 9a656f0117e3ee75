import com.google.googlejavaformat.java.Main;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Checks or applies the formatting of all Java sources under a directory, those of builds apart,
 * and checks that each element of main code that others can use has a comment. Whether a comment is
 * right in form, the compiler checks.
 */
final class CheckSources {
    private static final PrintWriter OUT = new PrintWriter(System.out, true);
    private static final PrintWriter ERR = new PrintWriter(System.err, true);

    private CheckSources() {}

    /** Arguments: {@code check} or {@code apply}, and the directory. */
    public static void main(final String[] args) throws Exception {
        final List<Path> sources = sources(Path.of(args[1]));
        final boolean isGood =
                args[0].equals("apply")
                        // what the first pass breaks into lines, the second may join again
                        ? format(sources, "-i") && format(sources, "-i")
                        : format(sources, "--dry-run", "--set-exit-if-changed")
                                & areCommented(sources);
        System.exit(isGood ? 0 : 1);
    }

    private static boolean format(final List<Path> sources, final String... options)
            throws Exception {
        final List<String> arguments = new ArrayList<>(List.of("--aosp"));
        arguments.addAll(List.of(options));
        sources.forEach(source -> arguments.add(source.toString()));
        final boolean isGood =
                new Main(OUT, ERR, System.in).format(arguments.toArray(String[]::new)) == 0;
        if (!isGood) {
            ERR.println("The files named above are not formatted. This formats them:");
            ERR.println("    mvn -N -Pformat process-sources");
        }
        return isGood;
    }

    private static boolean areCommented(final List<Path> sources) throws IOException {
        final List<Path> mainSources =
                sources.stream()
                        .filter(source -> source.toString().contains("/src/main/java/"))
                        .toList();
        if (mainSources.isEmpty()) {
            return true;
        }
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            final JavacTask task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    files,
                                    null,
                                    List.of("-proc:none"),
                                    null,
                                    files.getJavaFileObjectsFromPaths(mainSources));
            final Scanner scanner = new Scanner(DocTrees.instance(task));
            for (final CompilationUnitTree unit : task.parse()) {
                scanner.scan(unit, null);
            }
            return scanner.missing == 0;
        }
    }

    private static List<Path> sources(final Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !isIn("target", root.relativize(file)))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isIn(final String directory, final Path file) {
        for (final Path part : file) {
            if (part.toString().equals(directory)) {
                return true;
            }
        }
        return false;
    }

    private static final class Scanner extends TreePathScanner<Void, Void> {
        private final DocTrees trees;
        private int missing;

        Scanner(final DocTrees trees) {
            this.trees = trees;
        }

        @Override
        public Void visitClass(final ClassTree type, final Void unused) {
            if (isOpen(type.getModifiers())) {
                check(type.getSimpleName().toString());
                super.visitClass(type, unused); // what a closed type holds is closed
            }
            return null;
        }

        @Override
        public Void visitMethod(final MethodTree method, final Void unused) {
            final boolean isOverride =
                    method.getModifiers().getAnnotations().stream()
                            .anyMatch(
                                    annotation ->
                                            annotation
                                                    .getAnnotationType()
                                                    .toString()
                                                    .equals("Override"));
            final boolean isConstructorOfRecord =
                    method.getReturnType() == null
                            && getCurrentPath().getParentPath().getLeaf().getKind()
                                    == Tree.Kind.RECORD;
            if (isOpen(method.getModifiers()) && !isOverride && !isConstructorOfRecord) {
                check(method.getName().toString());
            }
            return null;
        }

        @Override
        public Void visitVariable(final VariableTree variable, final Void unused) {
            if (isOpen(variable.getModifiers()) && !isImplied()) {
                check(variable.getName().toString());
            }
            return null;
        }

        private boolean isOpen(final ModifiersTree modifiers) {
            final Tree owner = getCurrentPath().getParentPath().getLeaf();
            return modifiers.getFlags().contains(Modifier.PUBLIC)
                    || modifiers.getFlags().contains(Modifier.PROTECTED)
                    || (owner.getKind() == Tree.Kind.INTERFACE
                            && !modifiers.getFlags().contains(Modifier.PRIVATE));
        }

        /** Whether the current element is none that the source spells out, as a record's fields. */
        private boolean isImplied() {
            return getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.RECORD;
        }

        private void check(final String name) {
            final TreePath path = getCurrentPath();
            if (trees.getDocComment(path) == null) {
                final CompilationUnitTree unit = path.getCompilationUnit();
                final long start =
                        trees.getSourcePositions().getStartPosition(unit, path.getLeaf());
                ERR.println(
                        Path.of(unit.getSourceFile().toUri())
                                + ":"
                                + unit.getLineMap().getLineNumber(start)
                                + ": "
                                + name
                                + " has no comment");
                missing++;
            }
        }
    }
}
