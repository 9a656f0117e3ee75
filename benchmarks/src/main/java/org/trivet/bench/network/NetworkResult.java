package org.trivet.bench.network;

import org.trivet.bench.measure.Figures;
import org.trivet.bench.measure.Rounds;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What was measured, round by round. */
final class NetworkResult {
    /** A write goes to the primary, from there to the backups, and the same way back. */
    private static final int ROUND_TRIPS_OF_WRITE = 2;

    private final Rounds<Subject, Task> rounds = new Rounds<>(Subject.class);
    private final List<Task> tasks;

    NetworkResult(final List<Task> tasks) {
        this.tasks = tasks;
    }

    /** A round of one subject and task: each has as many. */
    void add(final Subject subject, final Task task, final Figures figures) {
        rounds.add(subject, task, figures);
    }

    /** Medians over the rounds, by subject, as {@link Rounds#figures} tells. */
    Map<Subject, Figures> figures(final Task task) {
        return rounds.figures(task);
    }

    List<Task> tasks() {
        return tasks;
    }

    /**
     * How a volume compares with plain Aeron: the median of what each round says.
     *
     * @param subject one of the volumes.
     * @return by what is compared; empty if it was not measured.
     */
    Map<String, Double> ratios(final Subject subject) {
        final Map<String, Double> ratios = new LinkedHashMap<>();
        if (!rounds.has(subject)) {
            return ratios;
        }
        for (final Task task : tasks) {
            if (task.work() == Work.ECHO) {
                continue;
            }
            if (!task.isOneAtATime()) {
                ratios.put(
                        task + ": rate / that of plain Aeron",
                        ratio(subject, task, task, Figures::perSecond));
                continue;
            }
            ratios.put(
                    task + ": median / that of plain Aeron",
                    ratio(subject, task, task, Figures::medianUs));
            // One at a time, the rate is the inverse of the mean, which counts both modes of
            // waking; the median lies in the one or in the other.
            ratios.put(
                    task + ": mean / that of plain Aeron",
                    rounds.ratio(Subject.AERON, task, subject, task, Figures::perSecond));
            if (task.work() == Work.WRITE) {
                ratios.put(
                        task + ": median / that of two round trips",
                        ratio(subject, task, new Task(Work.ECHO, 1), Figures::medianUs)
                                / ROUND_TRIPS_OF_WRITE);
            }
            ratios.put(
                    task + ": 99th percentile / that of plain Aeron",
                    ratio(subject, task, task, Figures::p99Us));
        }
        return ratios;
    }

    private double ratio(
            final Subject subject,
            final Task task,
            final Task compared,
            final ToDoubleFunction<Figures> figure) {
        return rounds.ratio(subject, task, Subject.AERON, compared, figure);
    }
}
