package org.trivet.sim;

/**
 * A process that runs one agent: it is driven when something arrives for it, and when its own
 * timers are due; in between time passes at once.
 */
abstract class SimulatedProcess {
    private static final int MAX_ROUNDS = 10_000;
    private static final long NEVER = Long.MAX_VALUE;

    final EventQueue events;
    final VirtualClock clock;
    private final EventQueue.Event duty = new EventQueue.Event(this::onDuty);

    /** When it is driven next. */
    private long dutyNs = NEVER;

    private long latencyNs;
    private boolean running;
    private boolean paused;

    SimulatedProcess(final EventQueue events, final VirtualClock clock) {
        this.events = events;
        this.clock = clock;
    }

    /** One duty cycle; how much was done. */
    abstract int duty();

    /** How long it may be left alone if nothing arrives. */
    abstract long idleNs();

    /** The process has died in the midst of its work. */
    void onCrash() {
        throw new IllegalStateException("only a process with files dies so");
    }

    /** The agent has thrown. */
    abstract void onFailure(Throwable error);

    final boolean isRunning() {
        return running;
    }

    final boolean isPaused() {
        return paused;
    }

    final void started() {
        running = true;
        paused = false;
        latencyNs = 0;
        wake();
    }

    final void ended() {
        running = false;
        dutyNs = NEVER;
        events.remove(duty);
    }

    /** Stops its thread where it stands, or lets it go on. */
    final void paused(final boolean stop) {
        paused = stop;
        wake();
    }

    /** Each wake-up takes so long from now on. */
    final void latencyNs(final long newLatencyNs) {
        latencyNs = newLatencyNs;
    }

    final void wake() {
        schedule(events.nowNs() + latencyNs);
    }

    private void schedule(final long timeNs) {
        if (running && !paused && timeNs < dutyNs) {
            dutyNs = timeNs;
            events.put(timeNs, duty);
        }
    }

    private void onDuty() {
        dutyNs = NEVER;
        if (!running || paused) {
            return;
        }
        try {
            int rounds = 1;
            while (duty() > 0 && running && latencyNs == 0) {
                if (++rounds > MAX_ROUNDS) {
                    throw new IllegalStateException("work without end in one instant");
                }
            }
        } catch (final SimulatedCrash crash) {
            onCrash();
        } catch (final RuntimeException | AssertionError error) {
            onFailure(error);
        }
        if (running) {
            schedule(events.nowNs() + Math.max(latencyNs, idleNs()));
        }
    }
}
