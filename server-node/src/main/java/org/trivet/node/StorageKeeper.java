package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Looks, more than twice a second, whether the storage of each node is still where it was. A node
 * whose storage has been deleted under it is taken out of service, with its files still open; these
 * are written back to where they belong, one node after the other, and the node starts again from
 * there, as after its death. Only if they cannot be written does it begin anew with the copies of
 * its neighbours, and only if those have all of them.
 *
 * <p>Has two threads of its own: one looks, one writes.
 */
final class StorageKeeper implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StorageKeeper.class.getName());
    private static final long INTERVAL_MS = 400;
    private static final long RETRY_MS = 1_000;

    /** A node, as far as its storage goes. */
    interface Member {
        /** What it is called. */
        String name();

        /**
         * Whether the names still lead to the open files. From any thread; true if there is nothing
         * to be lost.
         */
        boolean isIntact();

        /** On the nodes' thread: takes it out of service if its storage is lost; false if not. */
        boolean lose();

        /** Writes what is held open to where it belongs; false if nothing is held. */
        boolean putBack();

        /** On the nodes' thread: starts it again from what was put back. */
        void reopen();

        /** On the nodes' thread: starts it without storage; false if the others lack something. */
        boolean beginAnew();
    }

    /** The thread of the nodes. */
    interface Nodes {
        /** Runs something there, and waits for it. */
        <T> T call(Callable<T> task) throws InterruptedException;
    }

    private final List<Member> members;
    private final Runnable commonFiles;
    private final Nodes nodes;
    private final ScheduledThreadPoolExecutor looking = newThread("storage-watch");
    private final ScheduledThreadPoolExecutor writing = newThread("storage-writer");

    /** What has been told is not told again every second. */
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    /**
     * Begins to look.
     *
     * @param members the nodes.
     * @param commonFiles puts what the nodes have in common back where it belongs, if need be.
     * @param nodes their thread.
     */
    StorageKeeper(final List<Member> members, final Runnable commonFiles, final Nodes nodes) {
        this.members = List.copyOf(members);
        this.commonFiles = commonFiles;
        this.nodes = nodes;
        looking.scheduleWithFixedDelay(this::look, INTERVAL_MS, INTERVAL_MS, TimeUnit.MILLISECONDS);
    }

    private static ScheduledThreadPoolExecutor newThread(final String name) {
        final var executor =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name(name).factory());
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        executor.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        return executor;
    }

    private void look() {
        try {
            commonFiles.run();
            for (final Member member : members) {
                if (!member.isIntact() && call(member::lose)) {
                    onLost(member);
                }
            }
        } catch (final RuntimeException e) {
            tell("looking after the storage", e);
        }
    }

    /** Has a member written back that has been taken out of service. From any thread. */
    void onLost(final Member member) {
        LOG.log(
                System.Logger.Level.ERROR,
                "the storage of " + member.name() + " has been deleted while it was in use");
        writing.execute(() -> restore(member));
    }

    /** Has a member started again, after a pause, that is out of service. From any thread. */
    void reopenSoon(final Member member) {
        writing.schedule(() -> restore(member), RETRY_MS, TimeUnit.MILLISECONDS);
    }

    private void restore(final Member member) {
        try {
            if (!putBack(member) && !call(member::beginAnew)) {
                reopenSoon(member);
                return;
            }
            told.clear();
            LOG.log(System.Logger.Level.INFO, "the storage of " + member.name() + " is back");
        } catch (final RuntimeException e) {
            tell("starting " + member.name() + " again", e);
            reopenSoon(member);
        }
    }

    private boolean putBack(final Member member) {
        try {
            if (!member.putBack()) {
                return false;
            }
        } catch (final TrivetException e) {
            tell("writing back the storage of " + member.name(), e);
            return false;
        }
        call(
                () -> {
                    member.reopen();
                    return null;
                });
        return true;
    }

    private void tell(final String doing, final RuntimeException e) {
        if (told.add(doing + e.getMessage())) {
            LOG.log(System.Logger.Level.ERROR, doing + ": " + e.getMessage(), e);
        }
    }

    private <T> T call(final Callable<T> task) {
        try {
            return nodes.call(task);
        } catch (final InterruptedException e) {
            throw new TrivetException(
                    ErrorCode.INTERRUPTED, "a thread of the storage was interrupted", e);
        }
    }

    /**
     * Looks no more, and starts no other node again; one that is just being written back is
     * completed. Members that are lost from now on put back what they have where they are stopped.
     */
    @Override
    public void close() {
        looking.close();
        writing.close();
    }
}
