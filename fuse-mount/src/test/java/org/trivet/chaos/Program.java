package org.trivet.chaos;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A child process. What it says goes to a file, but for a line that begins with "ready", and those
 * that answer a question.
 */
final class Program {
    private static final System.Logger LOG = System.getLogger(Program.class.getName());
    private static final String ANSWER = "degraded ";
    private static final long PATIENCE_S = ChaosRun.PATIENCE.toSeconds();

    private final String name;
    private final Process process;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    Program(final String name, final List<String> command, final Path log) throws IOException {
        this.name = name;
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread.ofPlatform().daemon().name("output-of-" + name).start(() -> readOutput(log));
    }

    private void readOutput(final Path log) {
        try (BufferedReader lines = process.inputReader();
                PrintWriter out =
                        new PrintWriter(
                                Files.newBufferedWriter(
                                        log,
                                        StandardOpenOption.CREATE,
                                        StandardOpenOption.APPEND))) {
            String line;
            while ((line = lines.readLine()) != null) {
                if (line.startsWith(ANSWER)) {
                    answers.add(line.substring(ANSWER.length()));
                    continue;
                }
                out.println(ChaosRun.clock() + " " + line);
                out.flush();
                if (line.startsWith("ready")) {
                    ready.complete(null);
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            ready.completeExceptionally(new IOException(name + " has ended"));
            answers.add("");
        }
    }

    void awaitReady() throws Exception {
        ready.get(3 * PATIENCE_S, TimeUnit.SECONDS);
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Gives it a line to read. */
    synchronized void tell(final String line) throws IOException {
        process.outputWriter().write(line + '\n');
        process.outputWriter().flush();
    }

    /** Asks it, and waits for a number. */
    synchronized long ask() throws IOException {
        tell("");
        try {
            final String answer = answers.poll(PATIENCE_S, TimeUnit.SECONDS);
            if (answer == null || answer.isEmpty()) {
                throw new IOException(name + " does not answer");
            }
            return Long.parseLong(answer);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(name + ": interrupted", e);
        }
    }

    /** Has it end, and does not wait for that. */
    void destroy() {
        process.destroy();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** Kills it; false if it has not ended after so long. */
    boolean kill(final int patienceS) throws InterruptedException {
        process.destroyForcibly();
        return process.waitFor(patienceS, TimeUnit.SECONDS);
    }

    /** Has it end cleanly, by a signal; kills it if it does not. */
    void stop() throws InterruptedException {
        process.destroy();
        awaitEnd();
    }

    /** Has it end cleanly, by the end of its input; kills it if it does not. */
    void endInput() throws InterruptedException {
        try {
            process.outputWriter().close();
        } catch (final IOException e) {
            LOG.log(System.Logger.Level.DEBUG, name + " has ended already", e);
        }
        awaitEnd();
    }

    private void awaitEnd() throws InterruptedException {
        if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
            kill();
        }
    }
}
