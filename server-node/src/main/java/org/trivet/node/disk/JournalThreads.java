package org.trivet.node.disk;

import org.trivet.node.os.SchedulerSlice;
import org.trivet.store.segment.JournalWorker;

import java.util.ArrayList;
import java.util.List;

/** The threads of a journal's workers. */
public final class JournalThreads implements AutoCloseable {
    private final List<JournalWorker> workers;
    private final List<Thread> threads = new ArrayList<>();

    /**
     * Starts a thread for each worker.
     *
     * @param owner whose journal it is, one word.
     * @param workers of the journal.
     */
    public JournalThreads(final String owner, final List<JournalWorker> workers) {
        this.workers = workers;
        for (final JournalWorker worker : workers) {
            final String name = worker.name() + "-" + owner;
            threads.add(Thread.ofPlatform().daemon().name(name).start(() -> run(worker)));
        }
    }

    private static void run(final JournalWorker worker) {
        SchedulerSlice.requestShort();
        worker.run();
    }

    /** Stops the workers, and waits for the threads' ends: before the journal is closed. */
    @Override
    public void close() {
        workers.forEach(JournalWorker::stop);
        boolean interrupted = false;
        for (final Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (final InterruptedException e) {
                    interrupted = true; // the files must not be closed under a worker
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
