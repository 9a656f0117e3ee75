package org.trivet.sim;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether what was asked of an object, and what was answered, is what it would have answered doing
 * one thing after the other, each between its beginning and its end (linearizability).
 *
 * <p>Goes through beginnings and ends in order, and keeps the states that the object may be in,
 * each with the open operations that it has done. At the end of an operation only those remain in
 * which it is done, each of them after as few others as possible. If that leads nowhere, all ways
 * are gone. What only asks is done as soon as the state explains the answer: that closes no way.
 *
 * @param <S> a state; a value.
 */
final class Linearization<S> {
    /** When an operation of which nobody was told has ended. */
    static final long NEVER = History.NEVER;

    private static final int MAX_OPEN = 1024;
    private static final int MAX_STATES = 200_000;

    /**
     * Something that was asked.
     *
     * @param <S> a state.
     */
    interface Step<S> {
        /** When it began. */
        long invoked();

        /** Whether it changes nothing. */
        boolean isQuery();

        /** When it had ended; {@link #NEVER} if nobody was told. */
        long ended();

        /**
         * The state after it; null if in that state it would have been answered otherwise, or, if
         * nobody was told, if it would change nothing.
         */
        S apply(S state);
    }

    private record Reached<S>(S state, SlotSet done) {}

    private record Instant(long when, boolean begins, int step) {}

    private final S initial;
    private final List<? extends Step<S>> steps;
    private final List<Instant> instants = new ArrayList<>();
    private final Map<Integer, Step<S>> open = new HashMap<>();
    private Set<Reached<S>> states = new HashSet<>();
    private boolean allWays;

    Linearization(final S initial, final List<? extends Step<S>> steps) {
        this.initial = initial;
        this.steps = steps;
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i).isQuery() && steps.get(i).ended() == NEVER) {
                continue; // nobody was told anything
            }
            instants.add(new Instant(steps.get(i).invoked(), true, i));
            if (steps.get(i).ended() != NEVER) {
                instants.add(new Instant(steps.get(i).ended(), false, i));
            }
        }
        instants.sort(Comparator.comparingLong(Instant::when).thenComparing(Instant::begins));
    }

    /** The operation whose end no order explains; null if all are explained. */
    Step<S> findUnexplained() {
        return attempt(false) == null ? null : attempt(true);
    }

    private Step<S> attempt(final boolean tryAllWays) {
        allWays = tryAllWays;
        open.clear();
        states = new HashSet<>(Set.of(new Reached<>(initial, SlotSet.EMPTY)));
        final int[] slots = new int[steps.size()];
        for (final Instant instant : instants) {
            if (instant.begins) {
                slots[instant.step] = begin(steps.get(instant.step));
            } else {
                end(slots[instant.step]);
                if (states.isEmpty()) {
                    return steps.get(instant.step);
                }
            }
        }
        return null;
    }

    private int begin(final Step<S> step) {
        for (int slot = 0; slot < MAX_OPEN; slot++) {
            if (open.putIfAbsent(slot, step) == null) {
                if (step.isQuery()) {
                    final Set<Reached<S>> before = states;
                    states = new HashSet<>();
                    before.forEach(each -> states.add(answered(each.state, each.done)));
                }
                return slot;
            }
        }
        throw new IllegalStateException("too many operations are open at once");
    }

    /** A state, with all done that only asks and is explained there. */
    private Reached<S> answered(final S state, final SlotSet done) {
        SlotSet all = done;
        for (final Map.Entry<Integer, Step<S>> each : open.entrySet()) {
            final int slot = each.getKey();
            final Step<S> step = each.getValue();
            if (step.isQuery() && !all.has(slot) && state.equals(step.apply(state))) {
                all = all.with(slot);
            }
        }
        return new Reached<>(state, all);
    }

    /** The states in which an operation is done, after others have been done, too, or not. */
    private void end(final int slot) {
        final Set<Reached<S>> after = new HashSet<>();
        final Set<Reached<S>> seen = new HashSet<>(states);
        List<Reached<S>> frontier = new ArrayList<>(states);
        while (!frontier.isEmpty() && (allWays || after.isEmpty())) {
            final List<Reached<S>> next = new ArrayList<>();
            for (final Reached<S> each : frontier) {
                if (each.done.has(slot)) {
                    after.add(new Reached<>(each.state, each.done.without(slot)));
                } else {
                    advance(each, seen, next);
                }
            }
            frontier = next;
        }
        states = after;
        open.remove(slot);
        forgetWhatIsDone();
    }

    /** What nobody was told of, and is done in all states, is over. */
    private void forgetWhatIsDone() {
        final List<Integer> over =
                open.entrySet().stream()
                        .filter(each -> each.getValue().ended() == NEVER)
                        .map(Map.Entry::getKey)
                        .filter(slot -> states.stream().allMatch(each -> each.done.has(slot)))
                        .toList();
        if (over.isEmpty() || states.isEmpty()) {
            return;
        }
        open.keySet().removeAll(over);
        final Set<Reached<S>> before = states;
        states = new HashSet<>();
        for (final Reached<S> each : before) {
            SlotSet done = each.done;
            for (final int slot : over) {
                done = done.without(slot);
            }
            states.add(new Reached<>(each.state, done));
        }
    }

    private void advance(
            final Reached<S> from, final Set<Reached<S>> seen, final List<Reached<S>> next) {
        open.forEach(
                (slot, step) -> {
                    final S state = from.done.has(slot) ? null : step.apply(from.state);
                    if (state != null) {
                        final Reached<S> reached = answered(state, from.done.with(slot));
                        if (seen.add(reached)) {
                            next.add(reached);
                        }
                    }
                });
        if (seen.size() > MAX_STATES) {
            throw new SimulationFailure(
                    "too many orders of operations to be tried: " + open.values());
        }
    }
}
