package org.trivet.meta;

import org.trivet.ErrorCode;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a tree of files is, said as simply as possible. */
final class TreeModel {
    final Entry root = new Entry(1, true);

    /** A file or directory. */
    static final class Entry {
        final long inode;
        final boolean directory;
        final Map<String, Entry> children = new TreeMap<>();
        Entry parent;
        int names = 1;
        int openings;
        long size;

        Entry(final long inode, final boolean directory) {
            this.inode = inode;
            this.directory = directory;
        }

        int linkCount() {
            return directory
                    ? 2 + (int) children.values().stream().filter(c -> c.directory).count()
                    : names;
        }

        boolean isWithin(final Entry ancestor) {
            Entry at = this;
            while (at != null && at != ancestor) {
                at = at.parent;
            }
            return at == ancestor;
        }
    }

    void add(final Entry parent, final String name, final Entry child) {
        parent.children.put(name, child);
        if (child.directory) {
            child.parent = parent;
        }
    }

    ErrorCode unlink(final Entry parent, final String name) {
        final Entry child = parent.children.get(name);
        if (child == null) {
            return ErrorCode.NOT_FOUND;
        }
        if (child.directory) {
            return ErrorCode.IS_DIRECTORY;
        }
        parent.children.remove(name);
        child.names--;
        return null;
    }

    ErrorCode removeDirectory(final Entry parent, final String name) {
        final Entry child = parent.children.get(name);
        if (child == null) {
            return ErrorCode.NOT_FOUND;
        }
        if (!child.directory) {
            return ErrorCode.NOT_DIRECTORY;
        }
        if (!child.children.isEmpty()) {
            return ErrorCode.NOT_EMPTY;
        }
        parent.children.remove(name);
        return null;
    }

    ErrorCode rename(
            final Entry parent,
            final String name,
            final Entry newParent,
            final String newName,
            final int flags) {
        final Entry source = parent.children.get(name);
        final Entry target = newParent.children.get(newName);
        if (source == null) {
            return ErrorCode.NOT_FOUND;
        }
        if (target != null && flags == 1) {
            return ErrorCode.EXISTS;
        }
        if (target == null && flags == 2) {
            return ErrorCode.NOT_FOUND;
        }
        if (source.directory && newParent.isWithin(source)) {
            return ErrorCode.INVALID;
        }
        if (target != null && target.directory && parent.isWithin(target)) {
            return flags == 2 ? ErrorCode.INVALID : ErrorCode.NOT_EMPTY;
        }
        if (target == source) {
            return null;
        }
        if (flags == 2) {
            add(parent, name, target);
            add(newParent, newName, source);
            return null;
        }
        if (target != null) {
            if (source.directory && !target.directory) {
                return ErrorCode.NOT_DIRECTORY;
            }
            if (!source.directory && target.directory) {
                return ErrorCode.IS_DIRECTORY;
            }
            if (!target.children.isEmpty()) {
                return ErrorCode.NOT_EMPTY;
            }
            target.names--;
        }
        parent.children.remove(name);
        add(newParent, newName, source);
        return null;
    }

    Set<Entry> all() {
        final Set<Entry> found = new HashSet<>();
        gather(root, found);
        return found;
    }

    private static void gather(final Entry from, final Set<Entry> into) {
        into.add(from);
        for (final Entry child : from.children.values()) {
            gather(child, into);
        }
    }
}
