package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.SetLockDecoder;

import java.util.ArrayList;
import java.util.List;

/**
 * Requests that wait for a lock, first come first served. They are not durable: clients ask again.
 */
final class LockWaiters {
    /** The most that wait at once. */
    static final int MAX_WAITERS = 4096;

    private final Namespace namespace;
    private final List<Waiter> waiters = new ArrayList<>();
    private final LongHashSet released = new LongHashSet();
    private final List<Waiter> visited = new ArrayList<>();
    private final List<Waiter> toVisit = new ArrayList<>();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final SetLockDecoder decoder = new SetLockDecoder();
    private boolean conflicts;

    /** One that waits. */
    static final class Waiter {
        final UnsafeBuffer command;
        final int source;
        final long session;
        final long request;
        final long inode;
        final long owner;
        final boolean flock;

        private Waiter(
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final SetLockDecoder request) {
            final byte[] copy = new byte[length];
            buffer.getBytes(offset, copy);
            command = new UnsafeBuffer(copy);
            source = request.source();
            session = request.session();
            this.request = request.request();
            inode = request.inode();
            owner = request.owner();
            flock = request.flock() != 0;
        }
    }

    /** Runs a request that need not wait any more. */
    interface Granter {
        /** Whether it was run; otherwise it goes on waiting. */
        boolean grant(Waiter waiter);
    }

    /** What to do with a request. */
    enum Verdict {
        /**
         * Run it now: nothing is in the way, or waiting would be for ever, or it does not want to
         * wait.
         */
        RUN,
        /** It waits. */
        WAITS,
        /** Too many wait. */
        TOO_MANY
    }

    LockWaiters(final Namespace namespace) {
        this.namespace = namespace;
    }

    int size() {
        return waiters.size();
    }

    /** Takes a SetLock that is new, or was heard before. */
    Verdict offer(final DirectBuffer buffer, final int offset, final int length) {
        decoder.wrapAndApplyHeader(buffer, offset, header);
        if (decoder.blocking() == 0 || !isBlocked(decoder)) {
            return Verdict.RUN;
        }
        for (final Waiter waiter : waiters) {
            if (waiter.session == decoder.session() && waiter.request == decoder.request()) {
                return Verdict.WAITS;
            }
        }
        final Waiter waiter = new Waiter(buffer, offset, length, decoder);
        if (!waiter.flock && waitsForItself(waiter)) {
            return Verdict.RUN;
        }
        if (waiters.size() >= MAX_WAITERS) {
            return Verdict.TOO_MANY;
        }
        waiters.add(waiter);
        return Verdict.WAITS;
    }

    private boolean isBlocked(final SetLockDecoder request) {
        conflicts = false;
        namespace.forEachConflict(request, (session, owner) -> conflicts = true);
        return conflicts;
    }

    /** Follows who waits for whom, each waiter once. */
    private boolean waitsForItself(final Waiter first) {
        visited.clear();
        toVisit.clear();
        toVisit.add(first);
        while (!toVisit.isEmpty()) {
            final Waiter next = toVisit.remove(toVisit.size() - 1);
            visited.add(next);
            decoder.wrapAndApplyHeader(next.command, 0, header);
            conflicts = false;
            namespace.forEachConflict(
                    decoder,
                    (session, owner) -> {
                        conflicts |= session == first.session && owner == first.owner;
                        addWaiting(session, owner);
                    });
            if (conflicts) {
                return true;
            }
        }
        return false;
    }

    private void addWaiting(final long session, final long owner) {
        for (final Waiter waiter : waiters) {
            final boolean holds =
                    waiter.session == session && waiter.owner == owner && !waiter.flock;
            if (holds && !visited.contains(waiter) && !toVisit.contains(waiter)) {
                toVisit.add(waiter);
            }
        }
    }

    /** Locks of an inode were released: whoever waits there may try again. */
    void onReleased(final long inode) {
        if (!waiters.isEmpty()) {
            released.add(inode);
        }
    }

    /** Somebody whom nothing was granted before may be granted something now. */
    void tryAll() {
        for (final Waiter waiter : waiters) {
            released.add(waiter.inode);
        }
    }

    /** Grants what can be granted now. */
    int grant(final Granter granter) {
        if (released.isEmpty()) {
            return 0;
        }
        int workCount = 0;
        final LongHashSet now = new LongHashSet();
        now.addAll(released);
        released.clear();
        for (int i = 0; i < waiters.size(); i++) {
            final Waiter waiter = waiters.get(i);
            if (now.contains(waiter.inode)) {
                decoder.wrapAndApplyHeader(waiter.command, 0, header);
                if (!isBlocked(decoder)) {
                    if (!granter.grant(waiter)) {
                        released.add(waiter.inode);
                        continue;
                    }
                    waiters.remove(i--);
                    workCount++;
                }
            }
        }
        return workCount;
    }

    /** Forgets a request. */
    void cancel(final long session, final long request) {
        waiters.removeIf(waiter -> waiter.session == session && waiter.request == request);
    }

    /** Forgets all requests of a session. */
    void cancelAll(final long session) {
        waiters.removeIf(waiter -> waiter.session == session);
    }
}
