package org.trivet.sim;

import org.trivet.sim.History.Kind;
import org.trivet.sim.History.Operation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether what was read of one cell is what a register would have given that does one operation
 * after the other, each between its beginning and its end (linearizability).
 *
 * <p>Goes through beginnings and ends in order, and keeps all states that the register may be in: a
 * value, and which of the open operations it has done. At the end of an operation only those states
 * remain in which it is done. What keeps the states few:
 *
 * <ul>
 *   <li>A read is done as soon as the register has what it found: that closes no way.
 *   <li>A write of which nobody was told, and which a read found, has taken effect by the end of
 *       that read; one that no read found may as well not have happened.
 *   <li>A write that no read found may as well have come right before any other that is done while
 *       it is open: so with each write that is done, all of these are. One is as good as another.
 *   <li>Trims of which nobody was told may take effect at any time after, or never; they are all
 *       the same, so it is enough to count those that are done.
 * </ul>
 *
 * <p>Degraded reads may show a write before it takes effect; of them it is only asked that what
 * they show had begun, and was not overwritten before they began.
 */
final class RegisterCheck {
    private static final int MAX_OPEN = Long.SIZE;

    /** Stands for the values that no read found. */
    private static final long UNREAD = Long.MIN_VALUE;

    private record Step(long when, boolean begins, int index) {}

    /** What the register holds, and which of the open operations are done. */
    private record State(long value, long done) {}

    private final int cell;
    private final List<Operation> operations;
    private final Operation[] open = new Operation[MAX_OPEN];

    /** Which slots of {@link #open} hold an operation, and which of them a read. */
    private long openSlots;

    private long openReads;
    private long openUnread;

    /** What reads found. */
    private final Set<Long> foundValues = new HashSet<>();

    /** Trims that have begun and never end. */
    private int endlessTrims;

    /** The states, each with how many endless trims it has done; the fewest that lead there. */
    private Map<State, Integer> states = new HashMap<>();

    /**
     * A check of one cell.
     *
     * @param cell its number.
     * @param operations all of the cell's file that are about it.
     */
    RegisterCheck(final int cell, final List<Operation> operations) {
        this.cell = cell;
        this.operations = operations;
    }

    /** Null if all is well, otherwise what is not. */
    String findViolation() {
        final Map<Long, Long> firstFound = new HashMap<>();
        for (final Operation each : operations) {
            if (each.found != null && !each.degraded) {
                firstFound.merge(found(each), each.ended, Math::min);
            }
        }
        foundValues.addAll(firstFound.keySet());
        final List<Step> steps = new ArrayList<>();
        for (int i = 0; i < operations.size(); i++) {
            final Operation each = operations.get(i);
            long ended = each.ended;
            if (each.kind == Kind.WRITE && ended == History.NEVER) {
                ended = firstFound.getOrDefault(each.value, History.NEVER);
                if (ended < each.invoked) {
                    ended = History.NEVER; // the read that found it is to blame
                }
            }
            final boolean matters =
                    each.kind == Kind.TRIM
                            ? ended != History.NEVER || firstFound.containsKey(History.NOTHING)
                            : ended != History.NEVER && !each.degraded;
            if (matters) {
                steps.add(new Step(each.invoked, true, i));
                if (ended != History.NEVER) {
                    steps.add(new Step(ended, false, i));
                }
            }
            if (each.degraded) {
                final String violation = checkDegraded(each);
                if (violation != null) {
                    return violation;
                }
            }
        }
        // Of a read and the write that it found, ending together, the write is first.
        steps.sort(
                Comparator.comparingLong(Step::when)
                        .thenComparing(step -> operations.get(step.index).kind == Kind.READ));
        return linearize(steps);
    }

    private long found(final Operation read) {
        return read.found[cell - read.firstCell];
    }

    private String linearize(final List<Step> steps) {
        final int[] slots = new int[operations.size()];
        states.put(new State(History.NOTHING, 0), 0);
        for (final Step step : steps) {
            final Operation operation = operations.get(step.index);
            if (!step.begins) {
                end(slots[step.index]);
                if (states.isEmpty()) {
                    return "cell %d of file %d: no order of operations explains %s, which found %s;%n%s"
                            .formatted(
                                    cell,
                                    operation.file,
                                    operation,
                                    operation.kind == Kind.READ ? found(operation) : "nothing",
                                    describe());
                }
            } else if (operation.kind == Kind.TRIM && operation.ended == History.NEVER) {
                endlessTrims++;
            } else {
                slots[step.index] = begin(operation);
            }
        }
        return null;
    }

    private int begin(final Operation operation) {
        final int slot = Long.numberOfTrailingZeros(~openSlots);
        if (slot == MAX_OPEN) {
            throw new IllegalStateException("too many operations are open at once");
        }
        open[slot] = operation;
        openSlots |= 1L << slot;
        if (operation.kind != Kind.READ) {
            openUnread |= foundValues.contains(operation.value) ? 0 : 1L << slot;
        } else {
            openReads |= 1L << slot;
            final Map<State, Integer> before = states;
            states = new HashMap<>();
            before.forEach((state, trims) -> reach(state.value, state.done, trims, null));
        }
        return slot;
    }

    /** The states in which an operation is done, after others have been done, too, or not. */
    private void end(final int slot) {
        final long bit = 1L << slot;
        final Map<State, Integer> after = new HashMap<>();
        final ArrayDeque<State> left = new ArrayDeque<>(states.keySet());
        while (!left.isEmpty()) {
            final State state = left.poll();
            final int trims = states.get(state);
            if ((state.done & bit) != 0) {
                // What else is open can be done later as well.
                after.merge(new State(state.value, state.done & ~bit), trims, Math::min);
                continue;
            }
            if (trims < endlessTrims && state.value != History.NOTHING) {
                reach(History.NOTHING, state.done | openUnread, trims + 1, left);
            }
            for (long writes = openSlots & ~openReads & ~state.done;
                    writes != 0;
                    writes &= writes - 1) {
                final int write = Long.numberOfTrailingZeros(writes);
                final boolean isFound = (openUnread & 1L << write) == 0;
                reach(
                        isFound ? open[write].value : UNREAD,
                        state.done | openUnread | 1L << write,
                        trims,
                        left);
            }
        }
        states = after;
        open[slot] = null;
        openSlots &= ~bit;
        openReads &= ~bit;
        openUnread &= ~bit;
    }

    /** Takes note that the register may be in a state, in which it does all reads that it can. */
    private void reach(
            final long value, final long done, final int trims, final ArrayDeque<State> left) {
        long all = done;
        for (long reads = openReads & ~done; reads != 0; reads &= reads - 1) {
            final int read = Long.numberOfTrailingZeros(reads);
            if (found(open[read]) == value) {
                all |= 1L << read;
            }
        }
        final State state = new State(value, all);
        final Integer known = states.get(state);
        if (known == null || known > trims) {
            states.put(state, trims);
            if (left != null) {
                left.add(state);
            }
        }
    }

    private String checkDegraded(final Operation read) {
        final long value = found(read);
        for (final Operation source : operations) {
            if (source.kind != Kind.READ
                    && source.value == value
                    && source.invoked < read.ended
                    && !isOverwritten(source.ended, read)) {
                return null;
            }
        }
        if (value == History.NOTHING && !isOverwritten(0, read)) {
            return null;
        }
        return "cell %d: %s found %d, which was overwritten before, or not written yet;%n%s"
                .formatted(cell, read, value, describe());
    }

    /** Whether a write that began after an instant was acknowledged before the read began. */
    private boolean isOverwritten(final long since, final Operation read) {
        for (final Operation each : operations) {
            if (each.kind != Kind.READ && each.invoked > since && each.ended < read.invoked) {
                return true;
            }
        }
        return false;
    }

    private String describe() {
        final StringBuilder text = new StringBuilder();
        for (final Operation each : operations) {
            text.append("    ").append(each);
            if (each.kind == Kind.READ && each.found != null) {
                text.append(", found ").append(found(each));
            }
            text.append(System.lineSeparator());
        }
        return text.toString();
    }
}
