package org.trivet.bench.measure;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What was measured of several subjects that did the same tasks by turns, round by round.
 *
 * @param <S> subjects.
 * @param <T> tasks.
 */
public final class Rounds<S extends Enum<S>, T> {
    private final Class<S> subjects;
    private final Map<S, Map<T, List<Figures>>> rounds;

    /**
     * Nothing yet.
     *
     * @param subjects their type.
     */
    public Rounds(final Class<S> subjects) {
        this.subjects = subjects;
        rounds = new EnumMap<>(subjects);
    }

    /**
     * Adds a round of one subject and task: each has as many.
     *
     * @param subject who.
     * @param task did what.
     * @param figures how.
     */
    public void add(final S subject, final T task, final Figures figures) {
        rounds.computeIfAbsent(subject, key -> new HashMap<>())
                .computeIfAbsent(task, key -> new ArrayList<>())
                .add(figures);
    }

    /**
     * Whether a subject was measured.
     *
     * @param subject who.
     * @return true if it has done anything.
     */
    public boolean has(final S subject) {
        return rounds.containsKey(subject);
    }

    private List<Figures> of(final S subject, final T task) {
        return rounds.getOrDefault(subject, Map.of()).getOrDefault(task, List.of());
    }

    /**
     * Medians over the rounds.
     *
     * @param task what was done.
     * @return by subject; a subject that was not measured, or does no such task, is not in it.
     */
    public Map<S, Figures> figures(final T task) {
        final Map<S, Figures> figures = new EnumMap<>(subjects);
        for (final S subject : rounds.keySet()) {
            final List<Figures> measured = of(subject, task);
            if (!measured.isEmpty()) {
                figures.put(subject, Figures.ofRounds(measured));
            }
        }
        return figures;
    }

    /**
     * How one subject compares with another: the median of what each round says.
     *
     * @param subject who.
     * @param task did what.
     * @param other compared with whom.
     * @param otherTask who did what.
     * @param figure what is compared.
     * @return the subject's figure divided by the other's.
     */
    public double ratio(
            final S subject,
            final T task,
            final S other,
            final T otherTask,
            final ToDoubleFunction<Figures> figure) {
        final List<Figures> ours = of(subject, task);
        final List<Figures> others = of(other, otherTask);
        final double[] each = new double[ours.size()];
        for (int i = 0; i < each.length; i++) {
            each[i] = figure.applyAsDouble(ours.get(i)) / figure.applyAsDouble(others.get(i));
        }
        return Figures.median(each);
    }
}
