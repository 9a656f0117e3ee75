package org.trivet.bench.network;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What was measured, round by round. */
final class NetworkResult {
    /** A write goes to the primary, from there to the backups, and the same way back. */
    private static final int ROUND_TRIPS_OF_WRITE = 2;

    private final Map<Subject, Map<Task, List<Figures>>> rounds = new EnumMap<>(Subject.class);
    private final List<Task> tasks;

    NetworkResult(final List<Task> tasks) {
        this.tasks = tasks;
    }

    /** A round of one subject and task: each has as many. */
    void add(final Subject subject, final Task task, final Figures figures) {
        rounds.computeIfAbsent(subject, key -> new HashMap<>())
                .computeIfAbsent(task, key -> new ArrayList<>())
                .add(figures);
    }

    private List<Figures> of(final Subject subject, final Task task) {
        return rounds.getOrDefault(subject, Map.of()).getOrDefault(task, List.of());
    }

    /**
     * Medians over the rounds.
     *
     * @return by subject; a subject that was not measured, or does no such work, is not in it.
     */
    Map<Subject, Figures> figures(final Task task) {
        final Map<Subject, Figures> figures = new EnumMap<>(Subject.class);
        for (final Subject subject : rounds.keySet()) {
            final List<Figures> measured = of(subject, task);
            if (!measured.isEmpty()) {
                figures.put(subject, Figures.ofRounds(measured));
            }
        }
        return figures;
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
        if (!rounds.containsKey(subject)) {
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
        final List<Figures> ours = of(subject, task);
        final List<Figures> plain = of(Subject.AERON, compared);
        final double[] each = new double[ours.size()];
        for (int i = 0; i < each.length; i++) {
            each[i] = figure.applyAsDouble(ours.get(i)) / figure.applyAsDouble(plain.get(i));
        }
        return Figures.median(each);
    }
}
