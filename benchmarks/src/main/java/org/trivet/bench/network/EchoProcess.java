package org.trivet.bench.network;

import org.trivet.IdleMode;
import org.trivet.aeron.AeronDriver;
import org.trivet.node.os.CompilerThreads;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * One of the processes that echo: the driver, or a node. Says "ready" when it works, and ends with
 * its standard input.
 */
public final class EchoProcess {
    private static final String DRIVER = "driver";
    private static final String NODE = "node";

    private EchoProcess() {}

    static List<String> driverArguments(final Path driver, final IdleMode idleMode) {
        return List.of(DRIVER, driver.toString(), idleMode.name());
    }

    static List<String> nodeArguments(
            final Path driver,
            final IdleMode idleMode,
            final EchoPlaces places,
            final int number,
            final int blockLength) {
        return List.of(
                NODE,
                driver.toString(),
                idleMode.name(),
                places.toString(),
                Integer.toString(number),
                Integer.toString(blockLength));
    }

    /**
     * Runs it.
     *
     * @param args as made above.
     * @throws IOException if standard input cannot be read.
     */
    public static void main(final String[] args) throws IOException {
        final Path driver = Path.of(args[1]);
        final IdleMode idleMode = IdleMode.valueOf(args[2]);
        if (args[0].equals(DRIVER)) {
            try (AeronDriver _ = AeronDriver.start(driver, idleMode)) {
                serve();
            }
        } else {
            final EchoNode node =
                    new EchoNode(
                            driver,
                            EchoPlaces.parse(args[3]),
                            Integer.parseInt(args[4]),
                            idleMode,
                            Integer.parseInt(args[5]));
            node.awaitOthers();
            Thread.ofPlatform().daemon().name("echo-" + args[4]).start(node::run);
            serve();
        }
    }

    private static void serve() throws IOException {
        CompilerThreads.yieldToOthers();
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // nothing is said there
        }
    }
}
