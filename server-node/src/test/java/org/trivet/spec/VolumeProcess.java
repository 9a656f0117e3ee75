package org.trivet.spec;

import org.trivet.spec.Volume.Shape;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A volume in a process of its own, which can be killed. */
public final class VolumeProcess {
    static final String FILE = "/file";
    private static final int LENGTH = 1_000_003;

    private VolumeProcess() {}

    /** What it writes to the file. */
    static byte[] bytes() {
        final byte[] bytes = new byte[LENGTH];
        new Random(LENGTH).nextBytes(bytes);
        return bytes;
    }

    /** Starts it; it prints "written" when it has written, and runs until it is killed. */
    static Process start(final Path path, final Shape shape) throws IOException {
        return start(
                VolumeProcess.class,
                path.toString(),
                Integer.toString(shape.nodes()),
                Integer.toString(shape.blockLength()));
    }

    /**
     * Starts a class that has a main method, with this process's options and class path.
     *
     * @param main the class.
     * @param args of its main method.
     * @return the process.
     * @throws IOException if it cannot be started.
     */
    public static Process start(final Class<?> main, final String... args) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of("-ea", "-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    public static void main(final String[] args) throws InterruptedException {
        final Shape shape = new Shape(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        try (Volume volume = new Volume(shape, Path.of(args[0]))) {
            volume.files.write(FILE, bytes());
            System.out.println("written");
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
