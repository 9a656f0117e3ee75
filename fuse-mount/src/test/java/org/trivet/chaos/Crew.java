package org.trivet.chaos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** The threads of one round, one for each actor. */
final class Crew {
    /** Actors leave each other, and the machine, some time. */
    private static final long LONGEST_GAP_NS = TimeUnit.MILLISECONDS.toNanos(24);

    private final List<Thread> threads = new ArrayList<>();
    private final AtomicReference<Throwable> failure;
    private volatile boolean isStopped;

    Crew(
            final List<Workload> workloads,
            final SplittableRandom seeds,
            final AtomicReference<Throwable> failure) {
        this.failure = failure;
        for (final Workload workload : workloads) {
            int number = 0;
            for (final Workload.Actor actor : workload.actors()) {
                final Random random = new Random(seeds.nextLong());
                threads.add(
                        Thread.ofPlatform()
                                .daemon()
                                .name(workload.name() + "-" + number++)
                                .start(() -> act(actor, random)));
            }
        }
    }

    private void act(final Workload.Actor actor, final Random random) {
        try {
            while (!isStopped && failure.get() == null) {
                actor.act();
                LockSupport.parkNanos(random.nextLong(LONGEST_GAP_NS));
            }
        } catch (final IOException | RuntimeException | AssertionError e) {
            failure.compareAndSet(
                    null,
                    new ChaosFailure(Thread.currentThread().getName() + ": " + e.getMessage(), e));
        }
    }

    /** Ends all, each after what it is about to do; and fails if one hangs. */
    void stop(final long patienceS) throws InterruptedException {
        isStopped = true;
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(patienceS);
        for (final Thread thread : threads) {
            thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime())));
            if (thread.isAlive()) {
                throw new ChaosFailure(hanging());
            }
        }
    }

    private String hanging() {
        final StringBuilder text = new StringBuilder("these hang without a fault:");
        for (final Thread thread : threads) {
            if (thread.isAlive()) {
                text.append("%n%s%n".formatted(thread.getName()));
                for (final StackTraceElement frame : thread.getStackTrace()) {
                    text.append("        at ").append(frame).append(System.lineSeparator());
                }
            }
        }
        return text.toString();
    }
}
