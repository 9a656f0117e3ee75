package org.trivet.cli;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.os.CompilerThreads;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/** Runs a command that goes on until it is told to stop: by SIGTERM, Ctrl-C, or SIGHUP. */
final class Foreground {
    /** What runs. */
    @FunctionalInterface
    interface Body {
        /**
         * Starts, says so, and goes on until it is interrupted; then it cleans up.
         *
         * @throws InterruptedException if it was interrupted.
         */
        void run() throws InterruptedException;
    }

    private Foreground() {}

    /**
     * Runs it.
     *
     * @param name of the command, for messages.
     * @param body what to run.
     * @return 0 if it ended by itself, or was told to stop and did so; 1 if something failed then,
     *     which has been told.
     */
    static int run(final String name, final Body body) {
        try (StopSignal stop = new StopSignal()) {
            try {
                body.run();
                return 0;
            } catch (final InterruptedException ex) {
                return endOf(name, stop, ex);
            } catch (final TrivetException ex) {
                stop.exitCode(1);
                if (ex.code() == ErrorCode.INTERRUPTED) {
                    return endOf(name, stop, ex);
                }
                throw ex;
            } catch (final RuntimeException | Error ex) {
                stop.exitCode(1);
                throw ex;
            }
        }
    }

    /** Stopped by a signal is what was wanted; by any other interrupt is not. */
    private static int endOf(final String name, final StopSignal stop, final Exception cause) {
        if (!stop.isRaised()) {
            throw new TrivetException(ErrorCode.INTERRUPTED, name + ": interrupted", cause);
        }
        // Of what is closed on the way. Told here: the process ends before the caller could.
        for (final Throwable failure : cause.getSuppressed()) {
            System.err.println("trivet: " + name + " did not stop cleanly: " + failure);
        }
        final int code = cause.getSuppressed().length == 0 ? 0 : 1;
        stop.exitCode(code);
        return code;
    }

    /** To be called once it answers: until then nobody waits for it, and compilers may hurry. */
    static void begun() {
        CompilerThreads.yieldToOthers();
    }

    /** Waits until the thread is interrupted. */
    static void awaitInterrupt() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    /** Has this process stop, as by SIGTERM, when its standard input ends: its parent has died. */
    static void stopWithInput() {
        Thread.ofPlatform()
                .daemon()
                .name("parent-watch")
                .start(
                        () -> {
                            try {
                                while (System.in.read() >= 0) {
                                    // nothing is said there
                                }
                            } catch (final IOException e) {
                                System.err.println("trivet: standard input: " + e);
                            }
                            System.exit(0); // the hook of StopSignal does the rest
                        });
    }
}
