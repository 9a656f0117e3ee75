package org.trivet.sim;

import org.trivet.sim.History.Kind;
import org.trivet.sim.History.Operation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether what was read of one cell is what a register would have given that does one operation
 * after the other, each between its beginning and its end (linearizability).
 *
 * <p>Goes through beginnings and ends in order, and keeps all states that the register may be in: a
 * value, and which of the open operations it has done. At the end of an operation only those states
 * remain in which it is done. Operations of which nobody was told stay open for ever.
 *
 * <p>Degraded reads may show a write before it takes effect; of them it is only asked that what
 * they show had begun, and was not overwritten before they began.
 */
final class RegisterCheck {
    private static final int MAX_OPEN = 62;

    private record Step(long when, boolean begins, int index) {}

    private record State(long value, long done) {}

    private final int cell;
    private final List<Operation> operations;
    private final Operation[] open = new Operation[MAX_OPEN];

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
        final List<Operation> checked = new ArrayList<>();
        final Set<Long> found = new HashSet<>();
        for (final Operation each : operations) {
            if (each.kind == Kind.READ && each.found != null) {
                found.add(found(each));
            }
        }
        for (final Operation each : operations) {
            if (each.kind != Kind.READ) {
                if (each.ended != History.NEVER || found.contains(each.value)) {
                    checked.add(each); // others may as well not have happened
                }
            } else if (each.found != null && each.degraded) {
                final String violation = checkDegraded(each);
                if (violation != null) {
                    return violation;
                }
            } else if (each.found != null) {
                checked.add(each);
            }
        }
        return linearize(checked);
    }

    private long found(final Operation read) {
        return read.found[cell - read.firstCell];
    }

    private String linearize(final List<Operation> checked) {
        final List<Step> steps = new ArrayList<>();
        for (int i = 0; i < checked.size(); i++) {
            steps.add(new Step(checked.get(i).invoked, true, i));
            if (checked.get(i).ended != History.NEVER) {
                steps.add(new Step(checked.get(i).ended, false, i));
            }
        }
        steps.sort(Comparator.comparingLong(Step::when));
        final int[] slots = new int[checked.size()];
        Set<State> states = Set.of(new State(History.NOTHING, 0));
        for (final Step step : steps) {
            final Operation operation = checked.get(step.index);
            if (step.begins) {
                slots[step.index] = takeSlot(operation);
            } else {
                final long bit = 1L << slots[step.index];
                states = end(states, bit);
                open[slots[step.index]] = null;
                if (states.isEmpty()) {
                    return "cell %d of file %d: no order of operations explains %s, which found %s;%n%s"
                            .formatted(
                                    cell,
                                    operation.file,
                                    operation,
                                    operation.kind == Kind.READ ? found(operation) : "nothing",
                                    describe());
                }
            }
        }
        return null;
    }

    private int takeSlot(final Operation operation) {
        for (int slot = 0; slot < MAX_OPEN; slot++) {
            if (open[slot] == null) {
                open[slot] = operation;
                return slot;
            }
        }
        throw new IllegalStateException("too many operations are open at once");
    }

    /** The states in which the operation is done, after others have been done, too, or not. */
    private Set<State> end(final Set<State> before, final long bit) {
        final Set<State> seen = new HashSet<>(before);
        final List<State> left = new ArrayList<>(before);
        final Set<State> after = new HashSet<>();
        while (!left.isEmpty()) {
            final State state = left.removeLast();
            if ((state.done & bit) != 0) {
                after.add(new State(state.value, state.done & ~bit));
                continue; // what else is open can be done later as well
            }
            for (int slot = 0; slot < MAX_OPEN; slot++) {
                final Operation operation = open[slot];
                if (operation == null || (state.done & 1L << slot) != 0) {
                    continue;
                }
                final long done = state.done | 1L << slot;
                State next = null;
                if (operation.kind != Kind.READ) {
                    next = new State(operation.value, done);
                } else if (found(operation) == state.value) {
                    next = new State(state.value, done);
                }
                if (next != null && seen.add(next)) {
                    left.add(next);
                }
            }
        }
        return after;
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
