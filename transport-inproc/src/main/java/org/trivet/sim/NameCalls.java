package org.trivet.sim;

import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.Caller;
import org.trivet.fs.DirectoryEntry;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.Opened;
import org.trivet.sim.FileActor.Handle;
import org.trivet.sim.NameOperation.Kind;
import org.trivet.sim.Tree.Name;
import org.trivet.sim.Tree.Node;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What a client does with names. */
final class NameCalls {
    private static final int READ_WRITE = 2;
    private static final int EXCLUSIVE = 0200;
    private static final int TRUNCATE = 01000;
    private static final int APPEND = 02000;
    static final int MODE = 0644;
    private static final int ALL_ENTRIES = 1000;

    private final FileActor actor;
    private final FileWorkload workload;
    private final Random random;

    NameCalls(final FileActor actor) {
        this.actor = actor;
        workload = actor.workload;
        random = workload.random;
    }

    private InodeFileSystem fileSystem() {
        return actor.fileSystem();
    }

    private static byte[] bytes(final Name name) {
        return name.name().getBytes(StandardCharsets.US_ASCII);
    }

    private NameOperation begin(final Kind kind, final Name name, final long inode) {
        return workload.begin(kind, actor.client.number(), name, null, 0, inode);
    }

    private static Node node(final Attributes attributes) {
        return node(attributes.inode(), attributes.mode());
    }

    private static Node node(final long inode, final int mode) {
        final int type = mode & Attributes.TYPE_MASK;
        return new Node(
                inode,
                type == Attributes.DIRECTORY,
                type == Attributes.SYMLINK ? Node.SOMEWHERE : null);
    }

    private void found(
            final NameOperation operation, final Name name, final Attributes attributes) {
        operation.found(node(attributes), workload.nextStamp());
        workload.told(name, attributes);
        workload.toldAttributes(attributes, operation.invoked());
    }

    private Consumer<ErrorCode> refusal(final NameOperation operation) {
        return code -> operation.refused(code, workload.nextStamp());
    }

    void operate() {
        final Name name = workload.drawName();
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> create(name, Kind.CREATE, READ_WRITE);
            case 3 -> create(name, Kind.CREATE_NEW, READ_WRITE | EXCLUSIVE);
            case 4 -> create(FileWorkload.LOG, Kind.CREATE, READ_WRITE | APPEND);
            case 5, 6 -> lookupAndOpen(name, random.nextInt(3) == 0 ? TRUNCATE : 0);
            case 7 -> list(name.parent());
            case 8, 9 -> rename(name, workload.drawName());
            case 10 -> link(name);
            case 11 -> remove(name, Kind.REMOVE_DIRECTORY);
            case 12 -> makeDirectory(name);
            default -> remove(name, Kind.UNLINK);
        }
    }

    private void create(final Name name, final Kind kind, final int flags) {
        final NameOperation operation = begin(kind, name, 0);
        final long since = operation.invoked();
        actor.<Opened>call(
                "create",
                done ->
                        fileSystem()
                                .create(Caller.ROOT, name.parent(), bytes(name), MODE, flags, done),
                opened -> {
                    found(operation, name, opened.attributes());
                    actor.opened(opened, name.equals(FileWorkload.LOG), since);
                    actor.pause();
                },
                refusal(operation),
                actor::pause);
    }

    private void lookupAndOpen(final Name name, final int flags) {
        final NameOperation operation = begin(Kind.LOOKUP, name, 0);
        actor.<Attributes>call(
                "lookup",
                done -> fileSystem().lookup(name.parent(), bytes(name), done),
                attributes -> {
                    found(operation, name, attributes);
                    if (attributes.isRegular()) {
                        open(
                                attributes.inode(),
                                false,
                                READ_WRITE | flags,
                                handle -> actor.pause(),
                                actor::pause);
                    } else {
                        actor.pause();
                    }
                },
                refusal(operation),
                actor::pause);
    }

    /** Opens an inode that may be gone by now. */
    private void open(
            final long inode,
            final boolean isLog,
            final int flags,
            final Consumer<Handle> then,
            final Runnable next) {
        final ContentsOperation cut =
                (flags & TRUNCATE) == 0
                        ? null
                        : workload.begin(
                                ContentsOperation.Kind.RESIZE,
                                actor.client.number(),
                                inode,
                                0,
                                0,
                                Long.MAX_VALUE);
        final long since = workload.nextStamp();
        final boolean isOpen = actor.keepsOpen(inode);
        actor.<Opened>call(
                "open",
                done -> fileSystem().open(inode, flags, done),
                opened -> {
                    if (cut != null) {
                        cut.done(workload.nextStamp());
                    }
                    then.accept(actor.opened(opened, isLog, since));
                },
                code -> {
                    if (code != ErrorCode.STALE || isOpen && actor.keepsOpen(inode)) {
                        throw new SimulationFailure("opening inode " + inode + ": " + code);
                    }
                },
                next);
    }

    private void list(final long directory) {
        list(directory, entries -> actor.pause(), actor::pause);
    }

    private void list(
            final long directory, final Consumer<List<DirectoryEntry>> then, final Runnable next) {
        final NameOperation operation = begin(Kind.LIST, new Name(directory, ""), 0);
        actor.<Opened>call(
                "open directory",
                done -> fileSystem().openDirectory(directory, done),
                opened ->
                        actor.<List<DirectoryEntry>>call(
                                "list",
                                done ->
                                        fileSystem()
                                                .readDirectory(
                                                        opened.handle(),
                                                        0,
                                                        ALL_ENTRIES,
                                                        false,
                                                        done),
                                entries -> {
                                    listed(operation, directory, entries);
                                    releaseDirectory(opened.handle());
                                    then.accept(entries);
                                },
                                refusal(operation),
                                next),
                refusal(operation),
                next);
    }

    private void listed(
            final NameOperation operation,
            final long directory,
            final List<DirectoryEntry> entries) {
        final Map<String, Node> all = new TreeMap<>();
        for (final DirectoryEntry entry : entries) {
            final String name = new String(entry.name(), StandardCharsets.US_ASCII);
            if (all.put(name, node(entry.inode(), entry.mode())) != null) {
                throw new SimulationFailure(
                        "directory %d lists %s twice".formatted(directory, name));
            }
        }
        operation.listed(all, workload.nextStamp());
    }

    void releaseDirectory(final long handle) {
        actor.<Void>call(
                "release directory",
                done -> fileSystem().releaseDirectory(handle, done),
                nothing -> {},
                code -> {
                    throw new SimulationFailure("releasing a directory: " + code);
                },
                () -> {});
    }

    private void rename(final Name name, final Name newName) {
        final int flags =
                switch (random.nextInt(4)) {
                    case 0 -> InodeFileSystem.RENAME_NO_REPLACE;
                    case 1 -> InodeFileSystem.RENAME_EXCHANGE;
                    default -> 0;
                };
        final boolean isOver = flags == 0 && workload.isOpen(newName);
        final NameOperation operation =
                workload.begin(Kind.RENAME, actor.client.number(), name, newName, flags, 0);
        actor.<Void>call(
                "rename",
                done ->
                        fileSystem()
                                .rename(
                                        name.parent(),
                                        bytes(name),
                                        newName.parent(),
                                        bytes(newName),
                                        flags,
                                        done),
                nothing -> {
                    operation.done(workload.nextStamp());
                    if (isOver) {
                        workload.cluster.occurrences().count(Occurrence.RENAMED_OVER_OPEN_FILE);
                    }
                    actor.pause();
                },
                refusal(operation),
                actor::pause);
    }

    private void link(final Name name) {
        final long inode = workload.drawFile();
        if (inode == 0) {
            actor.pause();
            return;
        }
        final NameOperation operation = begin(Kind.LINK, name, inode);
        final boolean isOpen = actor.keepsOpen(inode);
        actor.<Attributes>call(
                "link",
                done -> fileSystem().link(inode, name.parent(), bytes(name), done),
                attributes -> {
                    found(operation, name, attributes);
                    actor.pause();
                },
                code -> {
                    operation.isOpen = isOpen && actor.keepsOpen(inode);
                    operation.refused(code, workload.nextStamp());
                },
                actor::pause);
    }

    private void makeDirectory(final Name name) {
        if (workload.plan.directories() == 0) {
            remove(name, Kind.UNLINK);
            return;
        }
        final NameOperation operation = begin(Kind.MAKE_DIRECTORY, name, 0);
        actor.<Attributes>call(
                "make directory",
                done ->
                        fileSystem()
                                .makeDirectory(Caller.ROOT, name.parent(), bytes(name), MODE, done),
                attributes -> {
                    found(operation, name, attributes);
                    actor.pause();
                },
                refusal(operation),
                actor::pause);
    }

    void symlink(final Name name, final String target) {
        final NameOperation operation = begin(Kind.SYMLINK, name, 0);
        operation.target = target;
        actor.<Attributes>call(
                "symlink",
                done ->
                        fileSystem()
                                .symlink(
                                        Caller.ROOT,
                                        name.parent(),
                                        bytes(name),
                                        target.getBytes(StandardCharsets.US_ASCII),
                                        done),
                attributes -> {
                    found(operation, name, attributes);
                    actor.pause();
                },
                refusal(operation),
                actor::pause);
    }

    void readLink(final long inode, final Consumer<String> then, final Runnable next) {
        final NameOperation operation = begin(Kind.READ_LINK, null, inode);
        actor.<byte[]>call(
                "readlink",
                done -> fileSystem().readLink(inode, done),
                target -> {
                    operation.linkRead(
                            new String(target, StandardCharsets.US_ASCII), workload.nextStamp());
                    workload.cluster.occurrences().count(Occurrence.LINK_READ);
                    then.accept(operation.target);
                },
                refusal(operation),
                next);
    }

    /** Sets attributes of an inode that may be gone by now. */
    void setAttributes(final long inode, final AttributeChange change) {
        final NameOperation operation = begin(Kind.STAT, null, inode);
        final boolean isOpen = actor.keepsOpen(inode);
        final AttributeHistory.Operation setting =
                workload.attributes(inode).begin(change, operation.invoked());
        actor.<Attributes>call(
                "set attributes",
                done -> fileSystem().setAttributes(inode, 0, change, done),
                attributes -> {
                    final long stamp = workload.nextStamp();
                    operation.found(node(attributes), attributes.linkCount(), stamp);
                    if (workload.attributes(inode).clearsSetUid(change, attributes)) {
                        workload.cluster.occurrences().count(Occurrence.SET_UID_CLEARED);
                    }
                    setting.done(attributes, stamp);
                    workload.cluster.occurrences().count(Occurrence.ATTRIBUTES_SET);
                    actor.pause();
                },
                code -> {
                    operation.isOpen = isOpen && actor.keepsOpen(inode);
                    operation.refused(code, workload.nextStamp());
                    setting.refused();
                },
                actor::pause);
    }

    void remove(final Name name, final Kind kind) {
        final NameOperation operation = begin(kind, name, 0);
        final boolean isOpen = workload.isOpen(name);
        actor.<Void>call(
                "remove",
                done ->
                        kind == Kind.UNLINK
                                ? fileSystem().unlink(name.parent(), bytes(name), done)
                                : fileSystem().removeDirectory(name.parent(), bytes(name), done),
                nothing -> {
                    operation.done(workload.nextStamp());
                    if (isOpen && kind == Kind.UNLINK) {
                        workload.cluster.occurrences().count(Occurrence.UNLINKED_WHILE_OPEN);
                    }
                    actor.pause();
                },
                refusal(operation),
                actor::pause);
    }

    /** Asks for the attributes of an inode. */
    void stat(final long inode, final Consumer<Attributes> then, final Runnable next) {
        final NameOperation operation = begin(Kind.STAT, null, inode);
        final boolean isOpen = actor.keepsOpen(inode);
        actor.<Attributes>call(
                "stat",
                (final Completion<Attributes> done) -> fileSystem().getAttributes(inode, done),
                attributes -> {
                    operation.found(node(attributes), attributes.linkCount(), workload.nextStamp());
                    workload.toldAttributes(attributes, operation.invoked());
                    actor.looked(inode, operation.invoked());
                    then.accept(attributes);
                },
                code -> {
                    operation.isOpen = isOpen && actor.keepsOpen(inode);
                    operation.refused(code, workload.nextStamp());
                },
                next);
    }

    /** Looks at everything there is, from the root on. */
    void survey(final FileSurvey survey) {
        survey(Attributes.ROOT_INODE, survey);
    }

    private void surveyLink(final long inode, final FileSurvey survey) {
        readLink(
                inode,
                target ->
                        stat(
                                inode,
                                attributes -> survey.inode(attributes, target.hashCode()),
                                () -> {}),
                () -> {});
    }

    private void survey(final long directory, final FileSurvey survey) {
        stat(directory, attributes -> survey.inode(attributes, 0), () -> {});
        list(
                directory,
                entries -> {
                    for (final DirectoryEntry entry : entries) {
                        final Name name =
                                new Name(
                                        directory,
                                        new String(entry.name(), StandardCharsets.US_ASCII));
                        survey.name(name, entry.inode());
                        if ((entry.mode() & Attributes.TYPE_MASK) == Attributes.DIRECTORY) {
                            survey(entry.inode(), survey);
                        } else if ((entry.mode() & Attributes.TYPE_MASK) == Attributes.SYMLINK) {
                            surveyLink(entry.inode(), survey);
                        } else if (survey.isNew(entry.inode())) {
                            open(
                                    entry.inode(),
                                    name.equals(FileWorkload.LOG),
                                    0,
                                    actor::readAll,
                                    () -> {});
                        }
                    }
                },
                () -> {});
    }
}
