package org.trivet.demo;

import org.trivet.node.Cluster;
import org.trivet.node.MountProvider;
import org.trivet.node.MountProvider.Mount;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Files at a mount point, by {@code cp} and {@code sha256sum}. */
final class MountedFiles implements DemoFiles {
    private static final String DIGEST =
            "cd \"$1\" && find \"$2\" -type f -print0 | sort -z | xargs -0 -r sha256sum";

    private static final long TIMEOUT_S = 120;

    private final MountProvider provider;
    private final Cluster cluster;
    private final Path mountPoint;
    private final Path results;
    private final List<Process> processes = new ArrayList<>();
    private Mount mount;

    MountedFiles(
            final MountProvider provider,
            final Cluster cluster,
            final Path mountPoint,
            final Path results) {
        this.provider = provider;
        this.cluster = cluster;
        this.mountPoint = mountPoint;
        this.results = results;
        mount = newMount();
    }

    private Mount newMount() {
        return provider.mount(
                mountPoint, cluster.fileSystem(), cluster.agentExecutor(), "trivet-demo");
    }

    @Override
    public String description() {
        return "mounted at " + mountPoint;
    }

    @Override
    public void store(final Path source, final String name)
            throws IOException, InterruptedException {
        run(copy(source, name));
    }

    @Override
    public Writing beginStore(final Path source, final String name) throws IOException {
        final Process process = start(copy(source, name));
        return new Writing() {
            @Override
            public boolean isDone() {
                return !process.isAlive();
            }

            @Override
            public boolean await(final long seconds) throws InterruptedException {
                return process.waitFor(seconds, TimeUnit.SECONDS) && process.exitValue() == 0;
            }
        };
    }

    private String[] copy(final Path source, final String name) {
        return new String[] {"cp", "-R", source.toString(), mountPoint + "/" + name};
    }

    /** Mounts anew first: the kernel's cache of the files goes with the mount. */
    @Override
    public List<String> digests(final String name) throws IOException, InterruptedException {
        mount.close();
        mount = newMount();
        final String path = name.equals(".") ? "." : "./" + name;
        run("sh", "-c", DIGEST, "sh", mountPoint.toString(), path);
        return Digests.inOrderOfPaths(Files.readAllLines(output(), StandardCharsets.UTF_8));
    }

    private Path output() {
        return results.resolve("out");
    }

    private void run(final String... command) throws IOException, InterruptedException {
        final Process process = start(command);
        if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
            end(process);
            throw new IOException(command[0] + " has not ended in " + TIMEOUT_S + " s");
        }
        final int exitCode = process.exitValue();
        if (exitCode != 0) {
            throw new IOException(
                    String.join(" ", command)
                            + " ended with "
                            + exitCode
                            + ": "
                            + Files.readString(results.resolve("err")).trim());
        }
    }

    private Process start(final String... command) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C");
        builder.redirectOutput(output().toFile());
        builder.redirectError(results.resolve("err").toFile());
        processes.removeIf(process -> !process.isAlive());
        final Process process = builder.start();
        processes.add(process);
        return process;
    }

    @Override
    public void close() {
        processes.forEach(MountedFiles::end);
        mount.close();
    }

    private static void end(final Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
