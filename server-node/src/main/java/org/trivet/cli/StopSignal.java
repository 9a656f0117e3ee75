package org.trivet.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * SIGTERM, SIGINT (Ctrl-C) and SIGHUP as a request to stop: the thread that made this is
 * interrupted, cleans up, and {@link #close}s this; only then does the process end, with exit code
 * 0 unless another was set.
 */
final class StopSignal implements AutoCloseable {
    private static final long CLEAN_UP_TIMEOUT_S = 60;

    private final CountDownLatch isClean = new CountDownLatch(1);
    private final Thread owner = Thread.currentThread();
    private final Thread hook = new Thread(this::onSignal, "stop-signal");
    private volatile boolean isRaised;
    private volatile int exitCode;

    StopSignal() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Whether the process was asked to stop. */
    boolean isRaised() {
        return isRaised;
    }

    /** With which code the process ends if it was asked to stop. */
    void exitCode(final int code) {
        exitCode = code;
    }

    @Override
    public void close() {
        isClean.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException ex) {
            assert isRaised : ex; // the hook is running: it ends the process
        }
    }

    private void onSignal() {
        isRaised = true;
        owner.interrupt();
        try {
            if (isClean.await(CLEAN_UP_TIMEOUT_S, TimeUnit.SECONDS)) {
                Runtime.getRuntime().halt(exitCode);
            }
            System.err.println("trivet: stopping took too long, ending now");
        } catch (final InterruptedException ex) {
            System.err.println("trivet: stopping was interrupted, ending now");
        }
        Runtime.getRuntime().halt(1);
    }
}
