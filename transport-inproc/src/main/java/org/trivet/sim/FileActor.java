package org.trivet.sim;

import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.InvalidationListener;
import org.trivet.fs.Opened;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/** One client of a {@link FileWorkload}: what it has open, and what it has under way. */
final class FileActor {
    /** Of what failed so nobody knows whether it took effect. */
    private static final Set<ErrorCode> UNKNOWN =
            EnumSet.of(ErrorCode.INTERRUPTED, ErrorCode.IO, ErrorCode.NO_SPACE);

    private static final long LONGEST_PATIENCE_NS = 100_000_000L;
    private static final long LONGEST_LAG_NS = 600_000_000L;

    /** A file that is open. */
    static final class Handle {
        final long handle;
        final long inode;
        final boolean isLog;
        private final long session;
        int uses;

        private Handle(final Opened opened, final boolean isLog, final long session) {
            handle = opened.handle();
            inode = opened.attributes().inode();
            this.isLog = isLog;
            this.session = session;
        }
    }

    final SimulatedClient client;
    final FileWorkload workload;
    private final Random random;
    private final NameCalls names;
    private final ContentsCalls contents;
    private final InodeCalls inodes;
    private final List<Handle> handles = new ArrayList<>();

    /** When it began to ask for what it was last told of an inode. */
    private final Map<Long, Long> lookedAt = new HashMap<>();

    private FileSurvey found = new FileSurvey();
    private int left;
    private int pending;

    /** Differs for each life of the client: what belongs to an earlier one is void. */
    private int life;

    FileActor(final SimulatedClient client, final FileWorkload workload) {
        this.client = client;
        this.workload = workload;
        random = workload.random;
        left = workload.plan.operations();
        names = new NameCalls(this);
        contents = new ContentsCalls(this);
        inodes = new InodeCalls(this);
    }

    void begin() {
        fileSystem().onInvalidation(new Cache());
        for (int i = 0; i < workload.plan.depth(); i++) {
            pause();
        }
    }

    void die() {
        life++;
        pending = 0;
        handles.clear();
        lookedAt.clear();
    }

    boolean isDone() {
        return left <= 0 && pending == 0;
    }

    int pending() {
        return pending;
    }

    boolean hasOpen(final long inode) {
        return handles.stream().anyMatch(handle -> handle.inode == inode);
    }

    FileSurvey found() {
        return found;
    }

    NameCalls names() {
        return names;
    }

    InodeFileSystem fileSystem() {
        return client.agent().fileSystem();
    }

    /** Waits for a while, and then does something more. */
    void pause() {
        after(
                random.nextLong(workload.plan.pauseNs()),
                () -> {
                    if (left > 0) {
                        left--;
                        operate();
                    }
                });
    }

    /** Goes on after a while, unless the client has died, or all stop. */
    void after(final long delayNs, final Runnable next) {
        final int now = life;
        workload.cluster
                .events()
                .after(
                        delayNs,
                        () ->
                                client.execute(
                                        () -> {
                                            if (now == life && !workload.isStopped()) {
                                                next.run();
                                            }
                                        }));
    }

    private void operate() {
        if (workload.draws(workload.plan.inodeShare())) {
            inodes.operate();
        } else if (random.nextInt(100) < workload.plan.nameShare() || handles.isEmpty()) {
            names.operate();
        } else {
            contents.operate(handles.get(random.nextInt(handles.size())));
        }
    }

    /** Releases all that is open. */
    void letGo() {
        for (final Handle each : List.copyOf(handles)) {
            contents.release(each, () -> {});
        }
    }

    /** Looks at all that there is. */
    void survey() {
        found = new FileSurvey();
        names.survey(found);
    }

    /** Reads a whole file, and releases it. */
    void readAll(final Handle handle) {
        contents.readAll(handle, found);
    }

    Handle opened(final Opened opened, final boolean isLog, final long since) {
        final Handle handle = new Handle(opened, isLog, session());
        handles.add(handle);
        looked(handle.inode, since);
        return handle;
    }

    void closed(final Handle handle) {
        handles.remove(handle);
    }

    /** Has been told of an inode what held at an instant, or later. */
    void looked(final long inode, final long since) {
        lookedAt.merge(inode, since, Math::max);
    }

    /** When it last looked at an inode that it has open. */
    long lookedAt(final long inode) {
        return lookedAt.getOrDefault(inode, 0L);
    }

    private long session() {
        return client.agent().metadata().sessionId();
    }

    /** Whether an opening is of the present session, and so is known to the metadata node. */
    boolean isKept(final Handle handle) {
        if (handle.session != session()) {
            workload.cluster.occurrences().count(Occurrence.SESSION_LOST);
        }
        return handle.session == session();
    }

    /** Whether the client has an inode open in the present session. */
    boolean keepsOpen(final long inode) {
        return handles.stream()
                .anyMatch(handle -> handle.inode == inode && handle.session == session());
    }

    /**
     * Begins a call.
     *
     * @param what in words.
     * @param start begins it.
     * @param done told the result; goes on.
     * @param refused told why nothing was done.
     * @param next goes on after a failure.
     */
    <T> void call(
            final String what,
            final Function<Completion<T>, Cancellable> start,
            final Consumer<T> done,
            final Consumer<ErrorCode> refused,
            final Runnable next) {
        pending++;
        final Cancellable call = start.apply(new Ending<>(what, done, refused, next));
        if (!workload.isStopped()
                && random.nextInt(100) < workload.plan.impatientShare()
                && workload.mayCancel()) {
            final int now = life;
            workload.cluster
                    .events()
                    .after(
                            random.nextLong(LONGEST_PATIENCE_NS),
                            () ->
                                    client.execute(
                                            () -> {
                                                if (now == life) {
                                                    call.cancel();
                                                    client.wake();
                                                }
                                            }));
        }
        client.wake();
    }

    /** Takes note of the end of a call. */
    private final class Ending<T> implements Completion<T> {
        private final String what;
        private final Consumer<T> done;
        private final Consumer<ErrorCode> refused;
        private final Runnable next;
        private final int begunIn = life;
        private boolean ended;

        Ending(
                final String what,
                final Consumer<T> done,
                final Consumer<ErrorCode> refused,
                final Runnable next) {
            this.what = what;
            this.done = done;
            this.refused = refused;
            this.next = next;
        }

        @Override
        public void succeeded(final T value) {
            end();
            done.accept(value);
        }

        @Override
        public void failed(final TrivetException error) {
            end();
            if (!UNKNOWN.contains(error.code())) {
                refused.accept(error.code());
            } else if (error.code() == ErrorCode.INTERRUPTED) {
                workload.cluster.occurrences().count(Occurrence.OPERATION_CANCELLED);
            }
            next.run();
        }

        private void end() {
            if (ended || begunIn != life) {
                throw new SimulationFailure("ended twice, or after its client: " + what);
            }
            ended = true;
            pending--;
            workload.cluster.events().trace(workload.nextStamp());
        }
    }

    /**
     * Is told of degraded reads right after they have ended; and has a cache of which nothing is
     * ever read, and which may obey late, or be held up.
     */
    private final class Cache implements InvalidationListener {
        private void obey(final Outcome outcome) {
            final Random ofCaches = workload.ofCaches;
            if (!workload.cluster.plan().hasLateCaches() || ofCaches.nextBoolean()) {
                outcome.obeyed();
                return;
            }
            if (ofCaches.nextInt(4) == 0) {
                outcome.heldUp();
            }
            after(1 + ofCaches.nextLong(LONGEST_LAG_NS), outcome::obeyed);
        }

        @Override
        public void inodeChanged(
                final long inode, final long offset, final long length, final Outcome outcome) {
            if (length > 0) {
                contents.lastReadWasDegraded(inode);
            }
            obey(outcome);
        }

        @Override
        public void entryChanged(final long parent, final byte[] name, final Outcome outcome) {
            obey(outcome); // names are asked for anew each time
        }

        @Override
        public void everythingChanged(final Outcome outcome) {
            obey(outcome);
        }
    }
}
