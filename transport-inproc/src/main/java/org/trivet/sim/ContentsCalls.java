package org.trivet.sim;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.InodeFileSystem;
import org.trivet.sim.ContentsOperation.Kind;
import org.trivet.sim.FileActor.Handle;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;

/** What a client does with the contents of files that it has open. */
final class ContentsCalls {
    private final FileActor actor;
    private final FileWorkload workload;
    private final FileLayout layout;
    private final Random random;

    /** The read that has ended last, and at which event. */
    private ContentsOperation lastRead;

    private long lastReadInode;
    private long lastReadEvent;

    ContentsCalls(final FileActor actor) {
        this.actor = actor;
        workload = actor.workload;
        layout = workload.layout;
        random = workload.random;
    }

    private InodeFileSystem fileSystem() {
        return actor.fileSystem();
    }

    void operate(final Handle handle) {
        final int choice = random.nextInt(100);
        final FilePlan plan = workload.plan;
        if (choice < 6) {
            if (handle.uses == 0) {
                release(handle, actor::pause);
            } else {
                sync(handle);
            }
        } else if (choice < 12) {
            sync(handle);
        } else if (handle.isLog) {
            if (random.nextInt(3) > 0) {
                append(handle);
            } else {
                readLog(handle, hash -> actor.pause(), actor::pause);
            }
        } else if (random.nextInt(100) < plan.resizeShare()) {
            resize(handle);
        } else if (random.nextInt(100) < plan.readShare()) {
            look(handle);
        } else if (random.nextInt(8) == 0) {
            allocate(handle);
        } else {
            write(handle);
        }
    }

    private ContentsOperation begin(
            final Kind kind, final Handle handle, final int from, final int to) {
        return workload.begin(
                kind, actor.client.number(), handle.inode, from, to, actor.lookedAt(handle.inode));
    }

    private Runnable using(final Handle handle, final Runnable next) {
        handle.uses++;
        return () -> {
            handle.uses--;
            next.run();
        };
    }

    /** What is open can be used, as long as its session lives. */
    private Consumer<ErrorCode> refusal(final Handle handle, final String what) {
        final boolean isKept = actor.isKept(handle);
        return code -> {
            if (isKept && actor.isKept(handle)) {
                throw new SimulationFailure(
                        "%s of inode %d, which is open: %s".formatted(what, handle.inode, code));
            }
        };
    }

    private int drawEnd(final int from) {
        final int most = Math.min(workload.plan.maxCells(), layout.endOfPatch(from) - from);
        return from + 1 + random.nextInt(most);
    }

    private void write(final Handle handle) {
        final int from = random.nextInt(layout.cells());
        final int to = drawEnd(from);
        final ContentsOperation operation = begin(Kind.WRITE, handle, from, to);
        final UnsafeBuffer bytes = layout.fill(from, to, operation.value);
        final Runnable next = using(handle, actor::pause);
        actor.<Integer>call(
                "write",
                done ->
                        fileSystem()
                                .write(
                                        handle.handle,
                                        layout.startOf(from),
                                        bytes,
                                        0,
                                        bytes.capacity(),
                                        done),
                written -> {
                    operation.done(workload.nextStamp());
                    if (workload.file(handle.inode).wasRacedByCut(operation)) {
                        workload.cluster.occurrences().count(Occurrence.WRITE_RACED_BY_TRUNCATE);
                    }
                    next.run();
                },
                refusal(handle, "a write"),
                next);
    }

    private void resize(final Handle handle) {
        final int cells = random.nextInt(layout.cells() + 1);
        final Runnable next = using(handle, actor::pause);
        if (cells == layout.cells() || random.nextInt(3) == 0) {
            resize(handle, cells, next, next);
        } else {
            cutAndGrow(handle, cells, next);
        }
    }

    /** Cuts, lets the file be as long as before, or so, and looks at what was cut off. */
    private void cutAndGrow(final Handle handle, final int cells, final Runnable next) {
        final int grown = cells + 1 + random.nextInt(layout.cells() - cells);
        final int to = Math.min(grown, layout.endOfPatch(cells));
        resize(
                handle,
                cells,
                () ->
                        resize(
                                handle,
                                grown,
                                () -> read(handle, cells, to, values -> next.run(), next),
                                next),
                next);
    }

    private void resize(
            final Handle handle, final int cells, final Runnable then, final Runnable next) {
        final ContentsOperation operation = begin(Kind.RESIZE, handle, 0, cells);
        final long size = layout.sizeOf(cells);
        actor.<Attributes>call(
                "truncate",
                done ->
                        fileSystem()
                                .setAttributes(
                                        handle.inode,
                                        handle.handle,
                                        AttributeChange.ofSize(size),
                                        done),
                attributes -> {
                    if (attributes.size() != size) {
                        throw new SimulationFailure(
                                "inode %d was cut to %d, and has size %d"
                                        .formatted(handle.inode, size, attributes.size()));
                    }
                    operation.done(workload.nextStamp());
                    actor.looked(handle.inode, operation.invoked());
                    if (workload.cluster.isAnyNodeDown()) {
                        workload.cluster.occurrences().count(Occurrence.TRUNCATED_WITH_NODE_DOWN);
                    }
                    then.run();
                },
                refusal(handle, "a truncation"),
                next);
    }

    /** Reads; mostly after having asked for the size, so that cuts by others are known. */
    private void look(final Handle handle) {
        final int from = random.nextInt(layout.cells());
        final int to = drawEnd(from);
        final Runnable next = using(handle, actor::pause);
        if (random.nextInt(4) == 0) {
            read(handle, from, to, values -> next.run(), next);
        } else {
            stat(handle, size -> read(handle, from, to, values -> next.run(), next), next);
        }
    }

    private void stat(final Handle handle, final Consumer<Attributes> then, final Runnable next) {
        final ContentsOperation operation =
                workload.begin(
                        Kind.SIZE, actor.client.number(), handle.inode, 0, 0, Long.MAX_VALUE);
        actor.names()
                .stat(
                        handle.inode,
                        attributes -> {
                            final int cells = layout.cellsIn(attributes.size());
                            if (cells < 0) {
                                throw new SimulationFailure(
                                        "inode %d has size %d, to which nobody wrote"
                                                .formatted(handle.inode, attributes.size()));
                            }
                            operation.sizeFound(cells, workload.nextStamp());
                            then.accept(attributes);
                        },
                        next);
    }

    private void read(
            final Handle handle,
            final int from,
            final int to,
            final Consumer<long[]> then,
            final Runnable next) {
        final ContentsOperation operation = begin(Kind.READ, handle, from, to);
        final long start = layout.startOf(from);
        final int length = (int) (layout.endOf(to - 1) - start);
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[length]);
        bytes.setMemory(0, length, (byte) 0x55);
        actor.<Integer>call(
                "read",
                done -> fileSystem().read(handle.handle, start, bytes, 0, length, done),
                got -> {
                    operation.found(decode(operation, bytes, got), workload.nextStamp());
                    lastRead = operation;
                    lastReadInode = handle.inode;
                    lastReadEvent = workload.cluster.events().executed();
                    then.accept(operation.found);
                },
                refusal(handle, "a read"),
                next);
    }

    /** The file system tells so right after a read. */
    void lastReadWasDegraded(final long inode) {
        if (lastReadInode == inode && lastReadEvent == workload.cluster.events().executed()) {
            lastRead.degraded = true;
        }
    }

    private long[] decode(
            final ContentsOperation operation, final UnsafeBuffer bytes, final int got) {
        int cells = 0;
        final long start = layout.startOf(operation.from);
        while (operation.from + cells < operation.to
                && layout.endOf(operation.from + cells) - start <= got) {
            cells++;
        }
        if (cells == 0 ? got != 0 : layout.endOf(operation.from + cells - 1) - start != got) {
            throw new SimulationFailure(
                    "read %d bytes, to within a cell: %s".formatted(got, operation));
        }
        final long[] found = new long[cells];
        for (int i = 0; i < cells; i++) {
            final int cell = operation.from + i;
            found[i] = layout.valueIn(bytes, (int) (layout.startOf(cell) - start), cell);
            if (found[i] < 0) {
                throw new SimulationFailure(
                        "cell %d holds bytes that nobody wrote: %s".formatted(cell, operation));
            }
            if (found[i] == History.NOTHING) {
                workload.cluster.occurrences().count(Occurrence.HOLE_READ);
            }
        }
        return found;
    }

    private void allocate(final Handle handle) {
        final int from = random.nextInt(layout.cells());
        final int to = drawEnd(from);
        final int mode =
                switch (random.nextInt(3)) {
                    case 0 ->
                            InodeFileSystem.ALLOCATE_PUNCH_HOLE
                                    | InodeFileSystem.ALLOCATE_KEEP_SIZE;
                    case 1 -> InodeFileSystem.ALLOCATE_ZERO_RANGE;
                    default -> 0;
                };
        final ContentsOperation zeros = mode == 0 ? null : begin(Kind.PUNCH, handle, from, to);
        final boolean grows = (mode & InodeFileSystem.ALLOCATE_KEEP_SIZE) == 0;
        final ContentsOperation growth = grows ? begin(Kind.GROW, handle, from, to) : null;
        final Runnable next = using(handle, actor::pause);
        actor.<Void>call(
                "allocate",
                done ->
                        fileSystem()
                                .allocate(
                                        handle.handle,
                                        mode,
                                        layout.startOf(from),
                                        layout.endOf(to - 1) - layout.startOf(from),
                                        done),
                nothing -> {
                    final long stamp = workload.nextStamp();
                    if (zeros != null) {
                        zeros.done(stamp);
                    }
                    if (growth != null) {
                        growth.done(stamp);
                    }
                    next.run();
                },
                refusal(handle, "an allocation"),
                next);
    }

    private void append(final Handle handle) {
        final long value = workload.nextValue();
        final UnsafeBuffer bytes =
                workload.log.begin(actor.client.number(), value, workload.nextStamp());
        final Runnable next = using(handle, actor::pause);
        actor.<Integer>call(
                "append",
                done -> fileSystem().write(handle.handle, 0, bytes, 0, bytes.capacity(), done),
                written -> {
                    workload.log.done(value, workload.nextStamp());
                    workload.cluster.occurrences().count(Occurrence.APPENDED);
                    next.run();
                },
                refusal(handle, "an append"),
                next);
    }

    private void readLog(final Handle handle, final Consumer<Integer> then, final Runnable goOn) {
        final AppendHistory log = workload.log;
        final UnsafeBuffer bytes =
                new UnsafeBuffer(new byte[(log.size() + 1) * log.recordLength()]);
        final long invoked = workload.nextStamp();
        final Runnable next = using(handle, goOn);
        actor.<Integer>call(
                "read of the log",
                done -> fileSystem().read(handle.handle, 0, bytes, 0, bytes.capacity(), done),
                got -> {
                    handle.uses--;
                    log.read(actor.client.number(), bytes, got, invoked, workload.nextStamp());
                    then.accept(Arrays.hashCode(Arrays.copyOf(bytes.byteArray(), got)));
                },
                refusal(handle, "a read"),
                next);
    }

    private void sync(final Handle handle) {
        final Runnable next = using(handle, actor::pause);
        actor.<Void>call(
                "fsync",
                done -> fileSystem().fsync(handle.handle, random.nextBoolean(), done),
                nothing -> next.run(),
                refusal(handle, "an fsync"),
                next);
    }

    void release(final Handle handle, final Runnable next) {
        actor.closed(handle);
        actor.<Void>call(
                "release",
                done -> fileSystem().release(handle.handle, 0, done),
                nothing -> next.run(),
                code -> {
                    throw new SimulationFailure("releasing inode " + handle.inode + ": " + code);
                },
                next);
    }

    /** Reads a whole file, and releases it. */
    void readAll(final Handle handle, final FileSurvey survey) {
        if (handle.isLog) {
            readLog(
                    handle,
                    hash ->
                            actor.names()
                                    .stat(
                                            handle.inode,
                                            attributes -> {
                                                survey.inode(attributes, hash);
                                                release(handle, () -> {});
                                            },
                                            () -> {}),
                    () -> {});
        } else {
            stat(handle, attributes -> readFrom(handle, 0, 0, attributes, survey), () -> {});
        }
    }

    private void readFrom(
            final Handle handle,
            final int from,
            final int hash,
            final Attributes attributes,
            final FileSurvey survey) {
        if (from == layout.cells()) {
            survey.inode(attributes, hash);
            release(handle, () -> {});
            return;
        }
        final int to = layout.endOfPatch(from);
        read(
                handle,
                from,
                to,
                values ->
                        readFrom(
                                handle,
                                to,
                                31 * hash + Arrays.hashCode(values),
                                attributes,
                                survey),
                () -> {});
    }
}
