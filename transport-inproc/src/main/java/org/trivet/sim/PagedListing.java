package org.trivet.sim;

import org.trivet.fs.DirectoryEntry;
import org.trivet.sim.Tree.Name;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A directory that was listed in pieces while others changed it. What was in it all the time is
 * listed exactly once, what was not there at any time is not; and after the cookie of an entry come
 * those that came after it before.
 */
final class PagedListing {
    private record Listed(String name, long inode, long cookie) {}

    private final long directory;
    private final long begun;
    private final List<Listed> entries = new ArrayList<>();
    private long ended;
    private int pages;

    /** Once more, from a cookie on. */
    private final List<Listed> again = new ArrayList<>();

    private long againAfter = -1;
    private long againEnded;
    private String violation;

    PagedListing(final long directory, final long begun) {
        this.directory = directory;
        this.begun = begun;
    }

    /** After which entry the next page begins. */
    long cookie() {
        return entries.isEmpty() ? 0 : entries.getLast().cookie;
    }

    int pages() {
        return pages;
    }

    int size() {
        return entries.size();
    }

    long cookieOf(final int entry) {
        return entries.get(entry).cookie;
    }

    /** Takes a page; an empty one is the end. */
    void add(final List<DirectoryEntry> page, final long stamp) {
        take(page, cookie(), entries);
        pages++;
        ended = stamp;
    }

    /** Takes what came after a cookie when asked for once more. */
    void addAgain(final long after, final List<DirectoryEntry> page, final long stamp) {
        take(page, after, again);
        againAfter = after;
        againEnded = stamp;
    }

    private void take(final List<DirectoryEntry> page, final long after, final List<Listed> into) {
        long last = after;
        for (final DirectoryEntry each : page) {
            final String name = new String(each.name(), StandardCharsets.US_ASCII);
            if (each.cookie() <= last) {
                violation = "cookie %d of %s comes after %d".formatted(each.cookie(), name, last);
            }
            last = each.cookie();
            into.add(new Listed(name, each.inode(), each.cookie()));
        }
    }

    boolean mayHaveBeenChangedBy(final NameOperation operation) {
        return (isHere(operation.name) || isHere(operation.newName))
                && !operation.isQuery()
                && operation.invoked() < ended
                && operation.ended() > begun;
    }

    private boolean isHere(final Name name) {
        return name != null && name.parent() == directory;
    }

    /** Null if all is well, otherwise what is not. */
    String findViolation(final List<NameOperation> operations) {
        final Set<Name> names = new HashSet<>();
        operations.forEach(
                each -> {
                    names.add(each.name);
                    names.add(each.newName);
                });
        names.stream()
                .filter(this::isHere)
                .sorted(Comparator.naturalOrder())
                .forEach(each -> check(each, operations));
        return violation == null
                ? null
                : "directory %d, listed from %d to %d: %s; %s, again %s"
                        .formatted(directory, begun, ended, violation, entries, again);
    }

    private void check(final Name name, final List<NameOperation> operations) {
        final long count = count(entries, name);
        if (was(name, true, ended, operations) && count != 1) {
            violation = "%s was there all the time, and is listed %d times".formatted(name, count);
        }
        if (was(name, false, ended, operations) && count != 0) {
            violation = name + " was never there, and is listed";
        }
        if (againAfter >= 0 && was(name, true, againEnded, operations) && count == 1) {
            final Listed first =
                    entries.stream()
                            .filter(each -> each.name.equals(name.name()))
                            .findFirst()
                            .orElseThrow();
            final boolean isListed = again.contains(first);
            if (isListed != first.cookie > againAfter || count(again, name) > 1) {
                violation = "after %d, %s is listed otherwise".formatted(againAfter, first);
            }
        }
    }

    private static long count(final List<Listed> listed, final Name name) {
        return listed.stream().filter(each -> each.name.equals(name.name())).count();
    }

    /** Whether a name certainly was there, or was not, from the beginning to an instant. */
    private boolean was(
            final Name name,
            final boolean there,
            final long until,
            final List<NameOperation> operations) {
        return operations.stream()
                .filter(each -> there ? each.leavesThere(name) : each.leavesFree(name))
                .filter(each -> each.ended() < begun)
                .anyMatch(
                        known ->
                                operations.stream()
                                        .noneMatch(
                                                each ->
                                                        each != known
                                                                && each.mayChange(name)
                                                                && each.ended() > known.invoked()
                                                                && each.invoked() < until));
    }
}
