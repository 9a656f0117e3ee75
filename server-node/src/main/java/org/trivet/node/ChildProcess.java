package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.os.ProcessPause;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that is kept running: when it ends without having been told to, it is started again,
 * after pauses that grow from 0.1 s to 10 s while it does not last.
 *
 * <p>Its standard input is a pipe that ends with this process, upon which it stops. A line of its
 * output that begins with "ready" says that it works; what else it says goes to standard error.
 * Safe for use by several threads.
 */
final class ChildProcess {
    private static final System.Logger LOG = System.getLogger(ChildProcess.class.getName());
    private static final long FIRST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 10_000;
    private static final long LASTING_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long STOP_TIMEOUT_S = 30;

    private final String name;
    private final List<String> command;
    private final ScheduledExecutorService timer;
    private Process process;
    private CompletableFuture<Void> ready = new CompletableFuture<>();
    private boolean isWanted;
    private boolean isPaused;
    private long startedNs;
    private long pauseMs = FIRST_PAUSE_MS;
    private int restarts;
    private volatile String lastWords;
    private volatile String failure;

    /**
     * A process that does not run yet.
     *
     * @param name what it is called.
     * @param command how to start it.
     * @param timer starts it again.
     */
    ChildProcess(
            final String name, final List<String> command, final ScheduledExecutorService timer) {
        this.name = name;
        this.command = List.copyOf(command);
        this.timer = timer;
    }

    String name() {
        return name;
    }

    /** Whether it is meant to run; it may just be starting again. */
    synchronized boolean isWanted() {
        return isWanted;
    }

    /** Whether it runs, and can answer. */
    synchronized boolean isUp() {
        return process != null && process.isAlive() && !isPaused && ready.isDone();
    }

    synchronized boolean isPaused() {
        return isPaused;
    }

    /** How often it was started again. */
    synchronized int restarts() {
        return restarts;
    }

    /** Why it ended, if nobody has told it to, and it does not run again yet; otherwise null. */
    String failure() {
        return failure;
    }

    /** Its process id; -1 if it does not run. */
    synchronized long pid() {
        return process != null && process.isAlive() ? process.pid() : -1;
    }

    /** Starts it, if it does not run; {@link #awaitReady} comes next. */
    synchronized void start() {
        isWanted = true;
        if (process != null && process.isAlive()) {
            return;
        }
        ready = new CompletableFuture<>();
        isPaused = false;
        lastWords = null;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (final IOException e) {
            isWanted = false;
            throw new TrivetException(
                    ErrorCode.IO, "cannot start a process for " + name + ": " + e, e);
        }
        startedNs = System.nanoTime();
        final Process started = process;
        final CompletableFuture<Void> itsReady = ready;
        // Not a virtual thread, nor one of a pool that others may block: it waits for the process.
        Thread.ofPlatform()
                .daemon()
                .name("watch-" + name)
                .start(
                        () -> {
                            readOutput(started, itsReady);
                            onEnd(started, awaitExit(started), itsReady);
                        });
    }

    private static int awaitExit(final Process ending) {
        while (true) {
            try {
                return ending.waitFor();
            } catch (final InterruptedException e) {
                LOG.log(System.Logger.Level.DEBUG, "nobody interrupts a watcher", e);
            }
        }
    }

    private void readOutput(final Process from, final CompletableFuture<Void> itsReady) {
        try (BufferedReader lines = from.inputReader()) {
            String line;
            while ((line = lines.readLine()) != null) {
                if (line.startsWith("ready")) {
                    failure = null;
                    itsReady.complete(null);
                    continue;
                }
                if (line.startsWith("trivet: ")) {
                    lastWords = line.substring("trivet: ".length());
                }
                System.err.println(name + ": " + line);
            }
        } catch (final IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the output of " + name + " ends: " + e);
        }
    }

    private synchronized void onEnd(
            final Process ended, final int code, final CompletableFuture<Void> itsReady) {
        final String words = lastWords;
        final ErrorCode error = NodeProcess.errorOf(code);
        itsReady.completeExceptionally(
                new TrivetException(
                        error, words == null ? name + " has ended with exit code " + code : words));
        if (ended != process || !isWanted) {
            return;
        }
        failure = words == null ? "its process has ended, exit code " + code : words;
        if (error != ErrorCode.IO) { // the next attempt would find the same storage
            isWanted = false;
            LOG.log(System.Logger.Level.ERROR, name + " is down: " + failure);
            return;
        }
        if (System.nanoTime() - startedNs > LASTING_NS) {
            pauseMs = FIRST_PAUSE_MS;
        }
        LOG.log(
                System.Logger.Level.WARNING,
                name
                        + " has ended (exit code "
                        + code
                        + "); it is started again in "
                        + pauseMs
                        + " ms");
        timer.schedule(this::startAgain, pauseMs, TimeUnit.MILLISECONDS);
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }

    private synchronized void startAgain() {
        if (isWanted) {
            restarts++;
            try {
                start();
            } catch (final TrivetException e) {
                isWanted = true;
                LOG.log(System.Logger.Level.ERROR, e.getMessage());
                timer.schedule(this::startAgain, LONGEST_PAUSE_MS, TimeUnit.MILLISECONDS);
            }
        }
    }

    /**
     * Waits until it works.
     *
     * @param timeoutS seconds.
     * @throws TrivetException if it has ended instead: CORRUPT if its storage is damaged,
     *     NOT_SUPPORTED if that is of another format; TIMED_OUT after that time.
     */
    void awaitReady(final long timeoutS) throws InterruptedException {
        final CompletableFuture<Void> current;
        synchronized (this) {
            current = ready;
        }
        try {
            current.get(timeoutS, TimeUnit.SECONDS);
        } catch (final ExecutionException e) {
            final TrivetException cause = (TrivetException) e.getCause();
            throw new TrivetException(cause.code(), cause.getMessage(), cause);
        } catch (final TimeoutException e) {
            throw new TrivetException(
                    ErrorCode.TIMED_OUT, name + " does not work after " + timeoutS + " s", e);
        }
    }

    /** Has it end cleanly (SIGTERM), and waits for that; it stays down. */
    void stop() throws InterruptedException {
        final Process ending = giveUp();
        if (ending == null) {
            return;
        }
        ProcessPause.resumeIfAlive(ending.toHandle()); // it may end by itself just now
        ending.destroy();
        if (!ending.waitFor(STOP_TIMEOUT_S, TimeUnit.SECONDS)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    name + " does not stop within " + STOP_TIMEOUT_S + " s, and is killed");
            ending.destroyForcibly();
            ending.waitFor();
        }
    }

    /** Ends it abruptly (SIGKILL), and waits for that; it stays down. */
    void kill() throws InterruptedException {
        final Process ending = giveUp();
        if (ending != null) {
            ending.destroyForcibly();
            ending.waitFor();
        }
    }

    private synchronized Process giveUp() {
        isWanted = false;
        isPaused = false;
        failure = null;
        return process != null && process.isAlive() ? process : null;
    }

    /** Has it stand still (SIGSTOP). */
    synchronized void pause() {
        ProcessPause.pause(process.pid());
        isPaused = true;
    }

    /** Has it go on (SIGCONT). */
    synchronized void resume() {
        ProcessPause.resume(process.pid());
        isPaused = false;
    }
}
