package org.trivet.sim;

import org.trivet.fs.Attributes;

import java.util.Map;
import java.util.TreeMap;

/**
 * Which names there are, as simple as can be: a value. An inode whose number nobody has been told
 * yet has a negative one.
 *
 * @param entries what each name in a directory means.
 */
record Tree(Map<Name, Node> entries) {
    static final Node ROOT = new Node(Attributes.ROOT_INODE, true);
    static final Tree EMPTY = new Tree(Map.of());

    /** A name in a directory. */
    record Name(long parent, String name) implements Comparable<Name> {
        @Override
        public int compareTo(final Name other) {
            return parent != other.parent
                    ? Long.compare(parent, other.parent)
                    : name.compareTo(other.name);
        }
    }

    /**
     * What a name means.
     *
     * @param inode its number.
     * @param directory whether it is a directory.
     * @param target of a symbolic link, {@link #SOMEWHERE} if that was not told; of others null.
     */
    record Node(long inode, boolean directory, String target) {
        /** The target of a link that was not read. */
        static final String SOMEWHERE = "";

        Node(final long inode, final boolean directory) {
            this(inode, directory, null);
        }

        boolean isLink() {
            return target != null;
        }

        boolean isSameType(final Node other) {
            return directory == other.directory && isLink() == other.isLink();
        }

        boolean isNumbered() {
            return inode > 0;
        }
    }

    Node get(final Name name) {
        return entries.get(name);
    }

    /** What has an inode number; null if nothing that has a name. */
    Node withInode(final long inode) {
        for (final Node node : entries.values()) {
            if (node.inode == inode) {
                return node;
            }
        }
        return null;
    }

    /** Whether there is a directory with an inode number. */
    boolean hasDirectory(final long inode) {
        return inode == Attributes.ROOT_INODE || entries.containsValue(new Node(inode, true));
    }

    Tree with(final Name name, final Node node) {
        final Map<Name, Node> changed = new TreeMap<>(entries);
        changed.put(name, node);
        return new Tree(changed);
    }

    Tree without(final Name name) {
        final Map<Name, Node> changed = new TreeMap<>(entries);
        changed.remove(name);
        return new Tree(changed);
    }

    /** The same, knowing the number of an inode that had none; null if that cannot be. */
    Tree numbered(final Node node, final long inode) {
        if (node.inode == inode) {
            return this;
        }
        final Node known = new Node(inode, node.directory, node.target);
        if (node.isNumbered() || withInode(inode) != null) {
            return null;
        }
        final Map<Name, Node> changed = new TreeMap<>(entries);
        changed.replaceAll((name, each) -> each.equals(node) ? known : each);
        return new Tree(changed);
    }

    /** How many names a file has; of a directory 2, and its subdirectories. */
    int links(final Node node) {
        int links = node.directory ? 2 : 0;
        for (final Map.Entry<Name, Node> each : entries.entrySet()) {
            if (node.directory) {
                links += each.getKey().parent == node.inode && each.getValue().directory ? 1 : 0;
            } else {
                links += each.getValue().inode == node.inode ? 1 : 0;
            }
        }
        return links;
    }

    boolean isEmpty(final Node directory) {
        return entries.keySet().stream().noneMatch(name -> name.parent == directory.inode);
    }

    /** Whether a directory is another, or lies below it. */
    boolean isWithin(final long directory, final Node ancestor) {
        long at = directory;
        while (at != ancestor.inode && at != Attributes.ROOT_INODE) {
            at = parentOf(at);
        }
        return at == ancestor.inode;
    }

    private long parentOf(final long directory) {
        for (final Map.Entry<Name, Node> each : entries.entrySet()) {
            if (each.getValue().inode == directory) {
                return each.getKey().parent;
            }
        }
        throw new IllegalArgumentException("directory " + directory + " has no name");
    }
}
