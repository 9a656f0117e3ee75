package org.trivet.sim;

import java.util.ArrayList;
import java.util.List;

/**
 * What clients asked of the contents of one file, and were told. Its size and each of its cells are
 * objects of their own, that must each have done one thing after the other.
 *
 * <p>A client hears of a cut by another one when it looks at the file: opens it, or asks for its
 * attributes. Until then it may read, and write, what was cut off, as if that had come before the
 * cut. So where another client may have cut the file since, what it does through an opening may
 * have been done as early as it last looked. A write that a cut meets is done again after the cut:
 * it may take effect twice.
 */
final class FileHistory {
    private final long inode;
    private final FileLayout layout;
    private final List<ContentsOperation> operations = new ArrayList<>();

    FileHistory(final long inode, final FileLayout layout) {
        this.inode = inode;
        this.layout = layout;
    }

    long inode() {
        return inode;
    }

    void add(final ContentsOperation operation) {
        operations.add(operation);
    }

    /** Whether somebody may have cut the file while something was under way. */
    boolean wasRacedByCut(final ContentsOperation operation) {
        return operations.stream()
                .anyMatch(
                        each ->
                                each.mayCut()
                                        && each.invoked() < operation.ended()
                                        && each.ended() > operation.invoked());
    }

    /**
     * Null if all is well, otherwise what is not.
     *
     * @param sessionsMayEnd from when on clients' sessions may have ended: with one the ends of the
     *     files are cut to which its client may have been writing.
     */
    String findViolation(final long sessionsMayEnd) {
        for (final ContentsOperation each : operations) {
            if (mayNotKnowOfACut(each)) {
                each.mayHaveBegunWhenLookedAt();
            }
        }
        final Linearization.Step<Integer> unexplained =
                new Linearization<>(Integer.valueOf(0), operations).findUnexplained();
        if (unexplained != null) {
            return "size of inode %d: no order of operations explains %s;%n%s"
                    .formatted(inode, unexplained, describe());
        }
        for (int cell = 0; cell < layout.cells(); cell++) {
            final List<History.Operation> onCell = new ArrayList<>();
            for (final ContentsOperation each : operations) {
                final History.Operation operation = each.onCell(cell);
                if (operation != null) {
                    onCell.add(operation);
                    if (each.kind == ContentsOperation.Kind.WRITE
                            && (each.ended() > sessionsMayEnd || wasRacedByCut(each))) {
                        onCell.add(each.onCell(cell));
                    }
                }
            }
            final String violation = new RegisterCheck(cell, onCell).findViolation();
            if (violation != null) {
                return "contents of inode %d: %s%nall of it:%n%s"
                        .formatted(inode, violation, describe());
            }
        }
        return null;
    }

    private boolean mayNotKnowOfACut(final ContentsOperation operation) {
        if (operation.mayCut() || operation.lookedAt >= operation.invoked()) {
            return false;
        }
        for (final ContentsOperation cut : operations) {
            if (cut.mayCut()
                    && cut.client != operation.client
                    && cut.invoked() < operation.ended()
                    && cut.ended() > operation.lookedAt) {
                return true;
            }
        }
        return false;
    }

    private String describe() {
        final StringBuilder text = new StringBuilder();
        for (final ContentsOperation each : operations) {
            text.append("    ").append(each).append(System.lineSeparator());
        }
        return text.toString();
    }
}
