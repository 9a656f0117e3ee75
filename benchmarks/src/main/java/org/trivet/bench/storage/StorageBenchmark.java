package org.trivet.bench.storage;

import org.trivet.bench.measure.Latencies;
import org.trivet.bench.measure.Rounds;
import org.trivet.bench.measure.WorkDirectory;
import org.trivet.node.os.CompilerThreads;
import org.trivet.node.os.SchedulerSlice;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Opens what is compared, and measures it by turns. */
final class StorageBenchmark {
    private final StorageSettings settings;
    private final BlockShape shape;
    private final List<Task> tasks;

    private StorageBenchmark(final StorageSettings settings) {
        this.settings = settings;
        shape = BlockShape.timed(settings.blockLength());
        tasks =
                shape.isReadAlone()
                        ? List.of(Task.WRITE, Task.WRITE_AHEAD, Task.READ)
                        : List.of(Task.WRITE, Task.WRITE_AHEAD);
    }

    /**
     * Measures, on the caller's thread.
     *
     * @param settings what.
     * @return what was measured; nothing is left of the files.
     */
    static StorageResult run(final StorageSettings settings) {
        SchedulerSlice.requestShort(); // as a node's thread does
        try (WorkDirectory work = new WorkDirectory(settings.directory())) {
            final StorageBenchmark benchmark = new StorageBenchmark(settings);
            final Rounds<Subject, Task> rounds = benchmark.measureTime(work.path());
            return new StorageResult(
                    benchmark.tasks, rounds, benchmark.measureSpace(work.path().resolve("space")));
        }
    }

    private Rounds<Subject, Task> measureTime(final Path directory) {
        final int batchCount = settings.batchCount(shape);
        try (Load store = new MeasuredStore(directory.resolve("node-0"), shape, batchCount);
                Load file = new FileLoad(directory.resolve("file"), shape, batchCount)) {
            final Map<Subject, Load> loads = new EnumMap<>(Subject.class);
            loads.put(Subject.STORE, store);
            loads.put(Subject.FILE, file);
            for (int i = 0; i < settings.warmUps(); i++) {
                measureRound(loads, new Rounds<>(Subject.class));
            }
            CompilerThreads.yieldToOthers();
            final Rounds<Subject, Task> rounds = new Rounds<>(Subject.class);
            for (int i = 0; i < settings.rounds(); i++) {
                measureRound(loads, rounds);
            }
            return rounds;
        }
    }

    /** Both do the same, one after the other, before they do something else. */
    private void measureRound(final Map<Subject, Load> loads, final Rounds<Subject, Task> rounds) {
        for (final Task task : tasks) {
            loads.forEach(
                    (subject, load) -> {
                        final Latencies latencies =
                                Latencies.of(settings.time().toNanos(), () -> load.run(task));
                        load.settle();
                        rounds.add(subject, task, latencies.figures(shape.blocksPerBatch()));
                    });
        }
    }

    private SpaceUse measureSpace(final Path directory) {
        final BlockShape stored = BlockShape.stored(settings.blockLength());
        return SpaceUse.measure(directory, stored, settings.batchCount(stored));
    }
}
