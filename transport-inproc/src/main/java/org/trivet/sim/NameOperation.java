package org.trivet.sim;

import org.trivet.ErrorCode;
import org.trivet.fs.InodeFileSystem;
import org.trivet.sim.Tree.Name;
import org.trivet.sim.Tree.Node;

import java.util.Map;

/** Something that a client asked about names, and what it was told: explained by a {@link Tree}. */
final class NameOperation implements Linearization.Step<Tree> {
    enum Kind {
        LOOKUP,
        STAT,
        LIST,
        CREATE,
        CREATE_NEW,
        MAKE_DIRECTORY,
        SYMLINK,
        READ_LINK,
        LINK,
        UNLINK,
        REMOVE_DIRECTORY,
        RENAME
    }

    final Kind kind;
    final int client;

    /** The name that it is about, or the directory alone. */
    final Name name;

    /** The second name of a rename. */
    final Name newName;

    final int flags;

    /** The inode that is linked, or whose attributes are asked for. */
    final long inode;

    private final long number;
    private final long invoked;
    private long ended = Linearization.NEVER;

    /** What it failed with, having changed nothing; null if it did not. */
    private ErrorCode error;

    /** What the name means, and how many names that has; null and -1 if that was not told. */
    private Node found;

    private int links = -1;
    private Map<String, Node> listed;

    /** Where a symbolic link leads that is made, or read. */
    String target;

    /** Whether the client has the inode open, so that it must be there. */
    boolean isOpen;

    NameOperation(
            final Kind kind,
            final int client,
            final Name name,
            final Name newName,
            final int flags,
            final long inode,
            final long invoked) {
        this.kind = kind;
        this.client = client;
        this.name = name;
        this.newName = newName;
        this.flags = flags;
        this.inode = inode;
        this.number = invoked;
        this.invoked = invoked;
    }

    void done(final long stamp) {
        ended = stamp;
    }

    /** How many names it had may be of a later time than what the name meant. */
    void found(final Node node, final long stamp) {
        found = node;
        ended = stamp;
    }

    void found(final Node node, final int linkCount, final long stamp) {
        links = linkCount;
        found(node, stamp);
    }

    void listed(final Map<String, Node> entries, final long stamp) {
        listed = entries;
        ended = stamp;
    }

    void linkRead(final String found, final long stamp) {
        target = found;
        ended = stamp;
    }

    void refused(final ErrorCode code, final long stamp) {
        error = code;
        ended = stamp;
    }

    @Override
    public long invoked() {
        return invoked;
    }

    @Override
    public boolean isQuery() {
        return switch (kind) {
            case LOOKUP, STAT, LIST, READ_LINK -> true;
            default -> false;
        };
    }

    @Override
    public long ended() {
        return ended;
    }

    private boolean isTold() {
        return ended != Linearization.NEVER;
    }

    @Override
    public Tree apply(final Tree tree) {
        return switch (kind) {
            case LOOKUP -> lookup(tree);
            case STAT -> stat(tree);
            case LIST -> list(tree);
            case CREATE, CREATE_NEW, MAKE_DIRECTORY, SYMLINK -> make(tree);
            case READ_LINK -> readLink(tree);
            case LINK -> link(tree);
            case UNLINK, REMOVE_DIRECTORY -> remove(tree);
            case RENAME -> rename(tree);
        };
    }

    /** The tree, if such a refusal is what was told. */
    private Tree refusal(final ErrorCode code, final Tree tree) {
        return isTold() && error == code ? tree : null;
    }

    private Tree success(final Tree after) {
        return error == null ? after : null;
    }

    /** The tree, if what was found there is a node. */
    private Tree ifFound(final Tree tree, final Node node) {
        if (!isTold() || error != null || !found.isSameType(node)) {
            return null;
        }
        return tree.numbered(node, found.inode());
    }

    private Tree lookup(final Tree tree) {
        if (!tree.hasDirectory(name.parent())) {
            return refusal(ErrorCode.STALE, tree);
        }
        final Node node = tree.get(name);
        return node == null ? refusal(ErrorCode.NOT_FOUND, tree) : ifFound(tree, node);
    }

    /** Of an inode without a name only who has it open knows that it is there. */
    private Tree stat(final Tree tree) {
        if (!isTold()) {
            return null;
        }
        if (error != null) {
            final boolean named = inode == Tree.ROOT.inode() || tree.withInode(inode) != null;
            return named || isOpen ? null : refusal(ErrorCode.STALE, tree);
        }
        return tree.links(found) == links ? tree : null;
    }

    private Tree readLink(final Tree tree) {
        final Node node = tree.withInode(inode);
        if (node == null) {
            return refusal(ErrorCode.STALE, tree);
        }
        return isTold() && error == null && target.equals(node.target()) ? tree : null;
    }

    private Tree list(final Tree tree) {
        if (!isTold()) {
            return null;
        }
        if (!tree.hasDirectory(name.parent())) {
            return error == ErrorCode.STALE || error == null && listed.isEmpty() ? tree : null;
        }
        if (error != null) {
            return null;
        }
        Tree known = tree;
        int count = 0;
        for (final Map.Entry<Name, Node> each : tree.entries().entrySet()) {
            if (each.getKey().parent() == name.parent()) {
                final Node node = listed.get(each.getKey().name());
                if (node == null || !node.isSameType(each.getValue())) {
                    return null;
                }
                known = known.numbered(known.get(each.getKey()), node.inode());
                if (known == null) {
                    return null;
                }
                count++;
            }
        }
        return count == listed.size() ? known : null;
    }

    private Tree make(final Tree tree) {
        if (!tree.hasDirectory(name.parent())) {
            return refusal(ErrorCode.STALE, tree);
        }
        final Node there = tree.get(name);
        if (there == null) {
            final boolean directory = kind == Kind.MAKE_DIRECTORY;
            if (!isTold()) {
                return tree.with(name, new Node(-number, directory, target));
            }
            if (error != null || tree.withInode(found.inode()) != null) {
                return null;
            }
            final Node made = new Node(found.inode(), directory, target);
            return made.isSameType(found) ? tree.with(name, made) : null;
        }
        if (kind != Kind.CREATE) {
            return refusal(ErrorCode.EXISTS, tree);
        }
        if (there.isLink()) {
            return refusal(ErrorCode.LOOP, tree);
        }
        return there.directory() ? refusal(ErrorCode.IS_DIRECTORY, tree) : ifFound(tree, there);
    }

    private Tree link(final Tree tree) {
        final Node node = tree.withInode(inode);
        if (node == null) {
            final Tree gone = refusal(ErrorCode.NOT_FOUND, tree);
            return gone != null || isOpen ? gone : refusal(ErrorCode.STALE, tree);
        }
        if (!tree.hasDirectory(name.parent())) {
            return refusal(ErrorCode.STALE, tree);
        }
        if (tree.get(name) != null) {
            return refusal(ErrorCode.EXISTS, tree);
        }
        return success(tree.with(name, node));
    }

    private Tree remove(final Tree tree) {
        if (!tree.hasDirectory(name.parent())) {
            return refusal(ErrorCode.STALE, tree);
        }
        final Node node = tree.get(name);
        if (node == null) {
            return refusal(ErrorCode.NOT_FOUND, tree);
        }
        if (node.directory() != (kind == Kind.REMOVE_DIRECTORY)) {
            return refusal(
                    node.directory() ? ErrorCode.IS_DIRECTORY : ErrorCode.NOT_DIRECTORY, tree);
        }
        if (node.directory() && !tree.isEmpty(node)) {
            return refusal(ErrorCode.NOT_EMPTY, tree);
        }
        return success(tree.without(name));
    }

    /** In the order of checks that Linux has. */
    private Tree rename(final Tree tree) {
        if (!tree.hasDirectory(name.parent()) || !tree.hasDirectory(newName.parent())) {
            return refusal(ErrorCode.STALE, tree);
        }
        final boolean exchange = flags == InodeFileSystem.RENAME_EXCHANGE;
        final Node source = tree.get(name);
        final Node target = tree.get(newName);
        if (source == null) {
            return refusal(ErrorCode.NOT_FOUND, tree);
        }
        if (target != null && flags == InodeFileSystem.RENAME_NO_REPLACE) {
            return refusal(ErrorCode.EXISTS, tree);
        }
        if (target == null && exchange) {
            return refusal(ErrorCode.NOT_FOUND, tree);
        }
        if (source.directory() && tree.isWithin(newName.parent(), source)) {
            return refusal(ErrorCode.INVALID, tree);
        }
        if (target != null && target.directory() && tree.isWithin(name.parent(), target)) {
            return refusal(exchange ? ErrorCode.INVALID : ErrorCode.NOT_EMPTY, tree);
        }
        if (source.equals(target)) {
            return success(tree);
        }
        if (exchange) {
            return success(tree.with(name, target).with(newName, source));
        }
        if (target != null && source.directory() != target.directory()) {
            return refusal(
                    source.directory() ? ErrorCode.NOT_DIRECTORY : ErrorCode.IS_DIRECTORY, tree);
        }
        if (target != null && target.directory() && !tree.isEmpty(target)) {
            return refusal(ErrorCode.NOT_EMPTY, tree);
        }
        return success(tree.without(name).with(newName, source));
    }

    /** Whether it may have given a name a meaning, or taken it away. */
    boolean mayChange(final Name changed) {
        return !isQuery() && error == null && (changed.equals(name) || changed.equals(newName));
    }

    /** Whether a name certainly had a meaning right after it. */
    boolean leavesThere(final Name there) {
        if (!isTold() || error != null) {
            return false;
        }
        return switch (kind) {
            case LOOKUP, CREATE, CREATE_NEW, MAKE_DIRECTORY, SYMLINK, LINK -> there.equals(name);
            case RENAME -> there.equals(newName);
            default -> false;
        };
    }

    /** Whether a name certainly had no meaning right after it. */
    boolean leavesFree(final Name free) {
        if (!isTold() || !free.equals(name)) {
            return false;
        }
        return switch (kind) {
            case LOOKUP -> error == ErrorCode.NOT_FOUND;
            case UNLINK, REMOVE_DIRECTORY -> error == null || error == ErrorCode.NOT_FOUND;
            default -> false;
        };
    }

    @Override
    public String toString() {
        return "client %d %s %s%s%s, %d to %s: %s"
                .formatted(
                        client,
                        kind,
                        name == null ? "inode " + inode : name.parent() + "/" + name.name(),
                        newName == null ? "" : " to " + newName.parent() + "/" + newName.name(),
                        flags == 0 ? "" : " flags " + flags,
                        invoked,
                        isTold() ? String.valueOf(ended) : "?",
                        !isTold()
                                ? "nobody was told"
                                : error != null
                                        ? error.toString()
                                        : target != null
                                                ? "leads to " + target
                                                : found != null
                                                        ? found
                                                                + (links < 0
                                                                        ? ""
                                                                        : ", links " + links)
                                                        : listed != null
                                                                ? listed.toString()
                                                                : "done");
    }
}
