package org.trivet.spec;

import org.trivet.TrivetException;
import org.trivet.spec.Volume.Shape;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A volume in a process of its own, which can be killed. What it does depends on its mode:
 *
 * <pre>
 *   hold    writes the file, prints "written", and runs until it is killed
 *   write   writes the file, prints "written", and goes on as read does
 *   read    prints "good" if the file is what was written and all copies agree
 *   heal    does the same; first wipes and starts the nodes that are down, and prints why they are
 * </pre>
 *
 * <p>Prints "refused" and the reason if the volume cannot be started.
 */
final class VolumeProcess {
    static final String FILE = "/file";
    private static final int LENGTH = 300_003;

    private VolumeProcess() {}

    /** What it writes to the file. */
    static byte[] bytes() {
        final byte[] bytes = new byte[LENGTH];
        new Random(8).nextBytes(bytes);
        return bytes;
    }

    /** Starts it. */
    static Process start(final Path path, final Shape shape, final String mode) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        VolumeProcess.class.getName(),
                        path.toString(),
                        Integer.toString(shape.nodes()),
                        Integer.toString(shape.blockLength()),
                        mode));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    public static void main(final String[] args) throws Exception {
        final Shape shape = new Shape(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
        try (Volume volume = new Volume(shape, Path.of(args[0]))) {
            run(volume, args[3]);
        } catch (final TrivetException e) {
            System.out.println("refused: " + e.getMessage());
            System.exit(1);
        }
        System.exit(0);
    }

    private static void run(final Volume volume, final String mode) throws Exception {
        if (mode.equals("hold") || mode.equals("write")) {
            volume.files.write(FILE, bytes());
            System.out.println("written");
        }
        if (mode.equals("hold")) {
            Thread.sleep(Long.MAX_VALUE);
        }
        for (int node = 0; mode.equals("heal") && node < volume.shape.nodes(); node++) {
            if (!volume.isUp(node)) {
                System.out.println(volume.report(node).failure());
                volume.cluster.wipeNode(node);
                volume.cluster.startNode(node);
            }
        }
        volume.mustAllBeGood();
        volume.await("all copies are good", () -> isReadWell(volume));
        System.out.println("good");
    }

    /** Reads the file: a copy that is bad is mended when it is read. */
    private static boolean isReadWell(final Volume volume) throws InterruptedException {
        if (!Arrays.equals(bytes(), volume.files.read(FILE))) {
            System.out.println("wrong bytes");
        }
        return volume.cluster.verify().differences().isEmpty();
    }
}
