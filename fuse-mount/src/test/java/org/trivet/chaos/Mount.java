package org.trivet.chaos;

import org.trivet.fuse.Scripts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A mount in a process of its own. */
final class Mount {
    private final String name;
    private final Path directory;
    private final Path point;
    private volatile Program program;

    Mount(final String name, final Path directory) throws IOException {
        this.name = name;
        this.directory = directory;
        point = Files.createDirectory(directory.resolve(name));
    }

    Path point() {
        return point;
    }

    Program program() {
        return program;
    }

    void start() throws Exception {
        final List<String> command = new ArrayList<>(Scripts.java());
        command.add(MountProcess.class.getName());
        command.add(directory.resolve("data").resolve("cluster").toString());
        command.add(point.toString());
        program = new Program(name, command, directory.resolve(name + ".log"));
        program.awaitReady();
    }

    void kill() throws InterruptedException {
        program.kill();
    }

    void stop() throws InterruptedException {
        if (program != null) {
            program.endInput();
        }
    }
}
