package org.trivet.fs;

import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.client.ClientAgent;

import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Has a thread, platform or virtual, wait for an asynchronous operation. An interrupt or a deadline
 * cancels the operation, and the wait goes on until that is done: the operation borrows the
 * caller's buffers.
 */
final class Await {
    /** No deadline. */
    static final long FOREVER = Long.MAX_VALUE;

    private final ClientAgent agent;

    Await(final ClientAgent agent) {
        this.agent = agent;
    }

    <T> T call(
            final String what,
            final long timeoutNs,
            final Function<Completion<T>, Cancellable> operation) {
        if (agent.isAgentThread()) {
            throw new IllegalStateException(what + ": the agent's thread must not wait for itself");
        }
        if (Thread.interrupted()) {
            Thread.currentThread().interrupt();
            throw new TrivetException(ErrorCode.INTERRUPTED, what + ": the thread is interrupted");
        }
        final Waiter<T> waiter = new Waiter<>(what, operation);
        agent.execute(waiter);
        return waiter.await(timeoutNs);
    }

    private final class Waiter<T> implements Completion<T>, Runnable {
        private final Thread thread = Thread.currentThread();
        private final String what;
        private final Function<Completion<T>, Cancellable> operation;
        private Cancellable running = Cancellable.NONE;
        private T value;
        private TrivetException error;
        private volatile boolean ended;

        Waiter(final String what, final Function<Completion<T>, Cancellable> operation) {
            this.what = what;
            this.operation = operation;
        }

        @Override
        public void run() {
            if (agent.isClosed()) {
                failed(new TrivetException(ErrorCode.CLOSED, "the client is closed"));
                return;
            }
            try {
                running = operation.apply(this);
            } catch (final RuntimeException unexpected) {
                if (!ended) {
                    failed(new TrivetException(ErrorCode.IO, unexpected.toString(), unexpected));
                }
                throw unexpected;
            }
        }

        @Override
        public void succeeded(final T result) {
            value = result;
            ended = true;
            LockSupport.unpark(thread);
        }

        @Override
        public void failed(final TrivetException failure) {
            error = failure;
            ended = true;
            LockSupport.unpark(thread);
        }

        T await(final long timeoutNs) {
            final long deadlineNs = System.nanoTime() + timeoutNs;
            boolean interrupted = false;
            boolean timedOut = false;
            while (!ended) {
                if (timeoutNs == FOREVER || timedOut || interrupted) {
                    LockSupport.park(this);
                } else {
                    LockSupport.parkNanos(this, deadlineNs - System.nanoTime());
                }
                if (Thread.interrupted() && !interrupted) {
                    interrupted = true;
                    cancel();
                } else if (timeoutNs != FOREVER
                        && !timedOut
                        && !interrupted
                        && !ended
                        && deadlineNs - System.nanoTime() <= 0) {
                    timedOut = true;
                    cancel();
                }
            }
            if (interrupted) {
                thread.interrupt();
            }
            if (error == null) {
                return value;
            }
            final boolean late = timedOut && error.code() == ErrorCode.INTERRUPTED;
            final ErrorCode code = late ? ErrorCode.TIMED_OUT : error.code();
            final String after = late ? " after " + timeoutNs / 1_000_000 + " ms" : "";
            throw new TrivetException(code, what + after + ": " + error.getMessage(), error);
        }

        private void cancel() {
            try {
                agent.execute(
                        () -> {
                            if (!ended) {
                                running.cancel();
                            }
                        });
            } catch (final TrivetException closed) {
                // The agent has told, or will tell, this waiter itself: it does so with all that it
                // holds at its end.
                if (closed.code() != ErrorCode.CLOSED) {
                    throw closed;
                }
            }
        }
    }
}
