package org.trivet.bench.network;

import org.agrona.CloseHelper;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.aeron.LoopbackPorts;
import org.trivet.node.JavaCommand;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** As many processes as a volume has, but for the metadata node's, which echo. */
final class EchoCluster implements AutoCloseable {
    private static final int FIRST_STREAM = 100;
    private static final long END_TIMEOUT_S = 10;

    private final Path driver;
    private final IdleMode idleMode;
    private final List<Process> processes = new ArrayList<>();
    private EchoLoad load;

    private EchoCluster(final Path driver, final IdleMode idleMode) {
        this.driver = driver;
        this.idleMode = idleMode;
    }

    /**
     * Starts it.
     *
     * @param driver where the driver's directory is to be.
     * @param media how messages travel.
     * @param idleMode how all wait.
     * @param nodeCount nodes.
     * @param blockLength bytes of a block.
     */
    static EchoCluster start(
            final Path driver,
            final Media media,
            final IdleMode idleMode,
            final int nodeCount,
            final int blockLength) {
        final EchoCluster cluster = new EchoCluster(driver, idleMode);
        boolean isStarted = false;
        try {
            cluster.startAll(places(media, nodeCount), blockLength);
            isStarted = true;
            return cluster;
        } finally {
            if (!isStarted) {
                cluster.close();
            }
        }
    }

    private static EchoPlaces places(final Media media, final int nodeCount) {
        final int count = nodeCount + 1;
        return new EchoPlaces(
                media,
                media == Media.IPC
                        ? IntStream.range(FIRST_STREAM, FIRST_STREAM + count).boxed().toList()
                        : LoopbackPorts.choose(count));
    }

    private void startAll(final EchoPlaces places, final int blockLength) {
        awaitReady(start(EchoProcess.driverArguments(driver, idleMode)));
        load = new EchoLoad(driver, places, idleMode, blockLength);
        final List<Process> nodes = new ArrayList<>();
        for (int i = 0; i < places.nodeCount(); i++) {
            nodes.add(start(EchoProcess.nodeArguments(driver, idleMode, places, i, blockLength)));
        }
        load.awaitNodes();
        nodes.forEach(EchoCluster::awaitReady);
    }

    private Process start(final List<String> arguments) {
        try {
            final Process process =
                    new ProcessBuilder(JavaCommand.of(EchoProcess.class.getName(), arguments))
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            processes.add(process);
            return process;
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "cannot start a process: " + e, e);
        }
    }

    private static void awaitReady(final Process process) {
        try {
            final BufferedReader output = process.inputReader();
            if (output.readLine() == null) {
                throw new TrivetException(ErrorCode.IO, "a process that echoes has ended");
            }
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "a process that echoes: " + e, e);
        }
    }

    EchoLoad load() {
        return load;
    }

    /** The nodes first, then the driver. */
    @Override
    public void close() {
        CloseHelper.close(load);
        for (final Process process : processes.reversed()) {
            try {
                process.getOutputStream().close();
                if (!process.waitFor(END_TIMEOUT_S, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (final IOException e) {
                process.destroyForcibly(); // it cannot be told
            } catch (final InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
