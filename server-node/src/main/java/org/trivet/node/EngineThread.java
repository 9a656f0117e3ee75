package org.trivet.node;

import org.agrona.concurrent.Agent;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.WakeableIdleStrategy;
import org.trivet.node.os.SchedulerSlice;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;

/**
 * A thread that runs agents, which may come and go, and parks while none has work. An agent that
 * throws is taken off the thread and reported; the others go on.
 */
final class EngineThread implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EngineThread.class.getName());

    /** Told that an agent has thrown, on the thread; the agent is off it already. */
    interface FailureHandler {
        void onFailure(Agent agent, Throwable error);
    }

    private final WakeableIdleStrategy idleStrategy = new WakeableIdleStrategy();
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final List<Agent> agents = new ArrayList<>();
    private final FailureHandler failures;
    private final LongSupplier pauseNs;
    private final Thread thread;
    private volatile boolean stopping;

    /**
     * A thread without agents.
     *
     * @param name of the thread.
     * @param failures told of agents that throw.
     * @param pauseNs the longest pause that the agents allow, asked on the thread before each
     *     pause.
     */
    EngineThread(final String name, final FailureHandler failures, final LongSupplier pauseNs) {
        this.failures = failures;
        this.pauseNs = pauseNs;
        thread = Thread.ofPlatform().name(name).start(this::run);
    }

    WakeableIdleStrategy idleStrategy() {
        return idleStrategy;
    }

    private void run() {
        SchedulerSlice.requestShort();
        while (!stopping || !tasks.isEmpty()) {
            int workCount = 0;
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
                workCount++;
            }
            for (int i = 0; i < agents.size(); i++) {
                workCount += duty(agents.get(i));
            }
            if (workCount == 0 && !stopping) {
                idleStrategy.limit(pauseNs.getAsLong());
            }
            idleStrategy.idle(workCount);
        }
    }

    private int duty(final Agent agent) {
        try {
            return agent.doWork();
        } catch (final Exception | Error error) {
            agents.remove(agent);
            LOG.log(
                    System.Logger.Level.ERROR,
                    agent.roleName() + " is out of service: " + error,
                    error);
            failures.onFailure(agent, error);
            return 1;
        }
    }

    /** Runs an agent from now on. On the thread. */
    void add(final Agent agent) {
        agent.onStart();
        agents.add(agent);
    }

    /** Runs an agent no more; it is not closed. On the thread. */
    void remove(final Agent agent) {
        agents.remove(agent);
    }

    /** Runs something on the thread and waits for it. */
    <T> T call(final Callable<T> task) throws InterruptedException {
        final CompletableFuture<T> future = new CompletableFuture<>();
        if (stopping) {
            throw new TrivetException(ErrorCode.CLOSED, "the cluster is closed");
        }
        tasks.add(
                () -> {
                    try {
                        future.complete(task.call());
                    } catch (final Exception | Error error) {
                        future.completeExceptionally(error);
                    }
                });
        idleStrategy.signal();
        try {
            return future.get();
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof final TrivetException typed) {
                throw new TrivetException(typed.code(), typed.getMessage(), typed);
            }
            throw new TrivetException(ErrorCode.IO, String.valueOf(e.getCause()), e.getCause());
        }
    }

    /** Ends the thread, having run what was asked for. */
    @Override
    public void close() {
        stopping = true;
        idleStrategy.signal();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                interrupted = true; // the agents' files must not be closed under them
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
