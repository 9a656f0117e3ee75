package org.trivet.sim;

import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;

import java.util.ArrayList;
import java.util.List;

/**
 * What clients asked of the attributes of one inode that only they set, and were told: one object
 * that must have done one thing after the other. What else changes the time of modification is not
 * followed: it counts for symbolic links alone.
 */
final class AttributeHistory {
    private static final int PERMISSIONS = 07777;
    private static final int SET_UID = 04000;
    private static final int SET_GID = 02000;
    private static final int GROUP_EXECUTE = 010;

    /** Times below are set by clients, those above by the clock of the metadata node. */
    private static final long FIRST_OF_CLOCK_NS = 1L << 32;

    /** Attributes; a time is 0 if the clock says it. */
    record Values(int permissions, int uid, int gid, long atimeNs, long mtimeNs) {}

    /** Something that was asked. */
    final class Operation implements Linearization.Step<Values> {
        private final AttributeChange change;
        private final long invoked;
        private long ended = Linearization.NEVER;
        private Attributes found;

        private Operation(final AttributeChange change, final long invoked) {
            this.change = change;
            this.invoked = invoked;
        }

        void done(final Attributes told, final long stamp) {
            found = told;
            ended = stamp;
        }

        /** Nothing was done. */
        void refused() {
            operations.remove(this);
        }

        @Override
        public long invoked() {
            return invoked;
        }

        @Override
        public boolean isQuery() {
            return change == null;
        }

        @Override
        public long ended() {
            return ended;
        }

        @Override
        public Values apply(final Values values) {
            final Values after = change == null ? values : changed(values, change);
            if (found == null) {
                return after.equals(values) ? null : after;
            }
            return matches(after, found) ? after : null;
        }

        @Override
        public String toString() {
            return "%s, %d to %s: %s"
                    .formatted(
                            change == null ? "asked" : change,
                            invoked,
                            found == null ? "?" : String.valueOf(ended),
                            found);
        }
    }

    private final int type;
    private final Values initial;
    private final List<Operation> operations = new ArrayList<>();

    AttributeHistory(final int type, final int permissions, final int uid, final int gid) {
        this.type = type;
        initial = new Values(permissions, uid, gid, 0, 0);
    }

    Operation begin(final AttributeChange change, final long invoked) {
        final Operation operation = new Operation(change, invoked);
        operations.add(operation);
        return operation;
    }

    void told(final Attributes found, final long invoked, final long stamp) {
        begin(null, invoked).done(found, stamp);
    }

    private Values changed(final Values from, final AttributeChange change) {
        int permissions = from.permissions;
        final boolean owns = change.sets(AttributeChange.UID) || change.sets(AttributeChange.GID);
        if (owns && type != Attributes.DIRECTORY) {
            permissions &= ~SET_UID;
            permissions &= (permissions & GROUP_EXECUTE) != 0 ? ~SET_GID : -1;
        }
        return new Values(
                change.sets(AttributeChange.MODE) ? change.mode() : permissions,
                change.sets(AttributeChange.UID) ? change.uid() : from.uid,
                change.sets(AttributeChange.GID) ? change.gid() : from.gid,
                change.sets(AttributeChange.ATIME_NOW)
                        ? 0
                        : change.sets(AttributeChange.ATIME) ? change.atimeNs() : from.atimeNs,
                change.sets(AttributeChange.MTIME_NOW)
                        ? 0
                        : change.sets(AttributeChange.MTIME) ? change.mtimeNs() : from.mtimeNs);
    }

    private boolean matches(final Values values, final Attributes found) {
        return found.type() == type
                && (found.mode() & PERMISSIONS) == values.permissions
                && found.uid() == values.uid
                && found.gid() == values.gid
                && isTime(values.atimeNs, found.atimeNs())
                && (type != Attributes.SYMLINK || isTime(values.mtimeNs, found.mtimeNs()));
    }

    private static boolean isTime(final long setNs, final long foundNs) {
        return setNs == 0 ? foundNs >= FIRST_OF_CLOCK_NS : foundNs == setNs;
    }

    /** Whether a change of owner would take the right away to run as that. */
    boolean clearsSetUid(final AttributeChange change, final Attributes after) {
        return type != Attributes.DIRECTORY
                && change.sets(AttributeChange.UID)
                && !change.sets(AttributeChange.MODE)
                && operations.stream().anyMatch(each -> each.found != null && isSetUid(each.found))
                && !isSetUid(after);
    }

    private static boolean isSetUid(final Attributes attributes) {
        return (attributes.mode() & SET_UID) != 0;
    }

    /** Null if all is well, otherwise what is not. */
    String findViolation() {
        final Linearization.Step<Values> unexplained =
                new Linearization<>(initial, operations).findUnexplained();
        if (unexplained == null) {
            return null;
        }
        final StringBuilder text = new StringBuilder();
        operations.forEach(each -> text.append("%n    ".formatted()).append(each));
        return "attributes: no order of operations explains %s;%s".formatted(unexplained, text);
    }
}
