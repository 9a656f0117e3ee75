package org.trivet.chaos;

import org.trivet.fuse.Scripts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A mount in a process of its own. */
final class Mount {
    private static final int DEATH_S = 10;

    private final String name;
    private final Path directory;
    private final Path point;
    private volatile Program program;

    /**
     * The next one. A process is made beforehand, and meanwhile: it is not there before all files
     * that are open here are flushed, as its copies of them are closed, and that may have to wait
     * until the session is over of the mount that was killed.
     */
    private CompletableFuture<Program> next;

    Mount(final String name, final Path directory) throws IOException {
        this.name = name;
        this.directory = directory;
        point = Files.createDirectory(directory.resolve(name));
        next = make();
    }

    private CompletableFuture<Program> make() {
        final List<String> command = new ArrayList<>(Scripts.java());
        command.add(MountProcess.class.getName());
        command.add(directory.resolve("data").resolve("cluster").toString());
        command.add(point.toString());
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return new Program(name, command, directory.resolve(name + ".log"));
                    } catch (final IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
    }

    Path point() {
        return point;
    }

    Program program() {
        return program;
    }

    void start() throws Exception {
        program = next.get(ChaosRun.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        next = make();
        program.tell("mount");
        program.awaitReady();
    }

    /** Kills its server, which ends at once, or is helped by its guardian. */
    void kill() throws InterruptedException, IOException {
        if (!program.kill(DEATH_S)) {
            throw new ChaosFailure(
                    name + " does not end " + DEATH_S + " s after it was killed:\n" + tasks());
        }
    }

    /** Where the kernel has its threads, as far as one may see that. */
    private String tasks() throws IOException {
        final Path tasks = Path.of("/proc", Long.toString(program.handle().pid()), "task");
        final StringBuilder text = new StringBuilder();
        try (Stream<Path> all = Files.list(tasks)) {
            for (final Path task : all.toList()) {
                text.append(Files.readString(task.resolve("stat")))
                        .append(Files.readString(task.resolve("stack")));
            }
        }
        return text.toString();
    }

    void stop() throws InterruptedException {
        if (program != null) {
            program.endInput();
        }
        next.thenAccept(Program::destroy);
    }
}
