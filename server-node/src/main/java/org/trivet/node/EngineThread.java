package org.trivet.node;

import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
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
 *
 * <p>Some agents are run in each cycle; those with a {@link Bell} only if it has rung, if they had
 * work the last time, or if a pause of theirs is over: what one node has to do costs no look at all
 * the others.
 */
final class EngineThread implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EngineThread.class.getName());

    /** Told that an agent has thrown, on the thread; the agent is off it already. */
    interface FailureHandler {
        void onFailure(Agent agent, Throwable error);
    }

    /** Has the agent that it belongs to run. */
    final class Bell {
        private volatile boolean rung = true;

        /** There is something to do for the agent. From any thread. */
        void ring() {
            rung = true;
            idleStrategy.signal();
        }
    }

    /** An agent on the thread. */
    private static final class Seat {
        final Agent agent;
        final Bell bell;
        final LongSupplier pauseNs;
        long dueNs;

        Seat(final Agent agent, final Bell bell, final LongSupplier pauseNs) {
            this.agent = agent;
            this.bell = bell;
            this.pauseNs = pauseNs;
        }

        boolean isCalled(final long nowNs) {
            return bell == null || bell.rung || nowNs - dueNs >= 0;
        }
    }

    private final WakeableIdleStrategy idleStrategy;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final List<Seat> seats = new ArrayList<>();
    private final NanoClock clock;
    private final FailureHandler failures;
    private final LongSupplier pauseNs;
    private final Thread thread;
    private volatile boolean stopping;

    /**
     * A thread without agents.
     *
     * @param name of the thread.
     * @param clock monotonic time.
     * @param failures told of agents that throw.
     * @param pauseNs the longest pause that agents allow which have not said so themselves, asked
     *     on the thread before each pause.
     * @param idleMode how it waits where it has to look for work.
     */
    EngineThread(
            final String name,
            final NanoClock clock,
            final FailureHandler failures,
            final LongSupplier pauseNs,
            final IdleMode idleMode) {
        idleStrategy = new WakeableIdleStrategy(idleMode);
        this.clock = clock;
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
                seats.forEach(EngineThread::call); // it may have given any of them work
                workCount++;
            }
            final long nowNs = clock.nanoTime();
            for (int i = 0; i < seats.size(); i++) {
                final Seat seat = seats.get(i);
                if (seat.isCalled(nowNs)) {
                    workCount += duty(seat, nowNs);
                }
            }
            if (workCount == 0 && !stopping) {
                idleStrategy.limit(pauseNs(nowNs));
            }
            idleStrategy.idle(workCount);
        }
    }

    private static void call(final Seat seat) {
        if (seat.bell != null) {
            seat.bell.rung = true;
        }
    }

    private int duty(final Seat seat, final long nowNs) {
        if (seat.bell != null) {
            seat.bell.rung = false; // before it looks: what comes afterwards rings again
        }
        try {
            final int workCount = seat.agent.doWork();
            if (workCount > 0) {
                call(seat);
            } else {
                seat.dueNs = nowNs + seat.pauseNs.getAsLong();
            }
            return workCount;
        } catch (final Exception | Error error) {
            seats.remove(seat);
            final String told = seat.agent.roleName() + " is out of service: ";
            if (error instanceof TrivetException) { // says what is wrong with what, by itself
                LOG.log(System.Logger.Level.ERROR, told + error.getMessage());
                LOG.log(System.Logger.Level.DEBUG, told, error);
            } else {
                LOG.log(System.Logger.Level.ERROR, told + error, error);
            }
            tellFailure(seat.agent, error);
            return 1;
        }
    }

    /** The other agents, and those who wait for a task, need this thread whatever happens here. */
    private void tellFailure(final Agent agent, final Throwable error) {
        try {
            failures.onFailure(agent, error);
        } catch (final Exception | Error e) {
            LOG.log(System.Logger.Level.ERROR, "taking " + agent.roleName() + " down: " + e, e);
        }
    }

    private long pauseNs(final long nowNs) {
        long shortestNs = pauseNs.getAsLong();
        for (int i = 0; i < seats.size(); i++) {
            final Seat seat = seats.get(i);
            final long seatNs =
                    seat.bell == null ? seat.pauseNs.getAsLong() : Math.max(0, seat.dueNs - nowNs);
            shortestNs = Math.min(shortestNs, seatNs);
        }
        return shortestNs;
    }

    /** Runs an agent from now on, in each cycle. On the thread. */
    void add(final Agent agent) {
        add(agent, null, () -> Long.MAX_VALUE);
    }

    /**
     * Runs an agent from now on, when it is called. On the thread.
     *
     * @param agent the agent.
     * @param bell what has something for it rings this; null to run it in each cycle.
     * @param agentPauseNs how long the agent can be let alone, asked when it had no work; without a
     *     bell, before each pause.
     */
    void add(final Agent agent, final Bell bell, final LongSupplier agentPauseNs) {
        agent.onStart();
        seats.add(new Seat(agent, bell, agentPauseNs));
    }

    /** Runs an agent no more; it is not closed. On the thread. */
    void remove(final Agent agent) {
        seats.removeIf(seat -> seat.agent == agent);
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
