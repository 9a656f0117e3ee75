package org.trivet.fs;

import org.agrona.collections.Long2LongCounterMap;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;

/**
 * The listener above a file system, as one who is not waited for without end: what it has not
 * obeyed after {@value #PATIENCE_NS} ns is said to be held up, for it may wait for what itself
 * waits for the client that made the change.
 */
final class CacheAbove implements InvalidationListener {
    private static final long PATIENCE_NS = 250_000_000L;

    /** In the place of an inode: any of them. */
    private static final long EVERYTHING = 0;

    private final ArrayDeque<Told> awaited = new ArrayDeque<>();
    private final HashSet<Told> open = new HashSet<>();
    private final Long2LongCounterMap unobeyed = new Long2LongCounterMap(0);
    private InvalidationListener listener;
    private long nowNs;

    private final class Told implements Outcome {
        private final long inode;
        private final Outcome outcome;
        private final long sinceNs = nowNs;
        private boolean isObeyed;

        private Told(final long inode, final Outcome outcome) {
            this.inode = inode;
            this.outcome = outcome;
            awaited.add(this);
            open.add(this);
            unobeyed.incrementAndGet(inode);
        }

        @Override
        public void obeyed() {
            if (!isObeyed) {
                isObeyed = true;
                open.remove(this);
                unobeyed.decrementAndGet(inode);
                outcome.obeyed();
            }
        }

        @Override
        public void heldUp() {
            if (!isObeyed) {
                outcome.heldUp();
            }
        }
    }

    /** Whom to tell from now on; null for nobody, as there is no cache any more. */
    void listener(final InvalidationListener newListener) {
        listener = newListener;
        if (newListener == null) {
            List.copyOf(open).forEach(Outcome::obeyed);
        }
    }

    void doWork(final long instantNs) {
        nowNs = instantNs;
        while (!awaited.isEmpty()
                && (awaited.peek().isObeyed || nowNs - awaited.peek().sinceNs >= PATIENCE_NS)) {
            awaited.remove().heldUp();
        }
    }

    /** Whether it may hold of an inode what was before something that it was told of. */
    boolean mayHoldFormer(final long inode) {
        return unobeyed.get(inode) > 0 || unobeyed.get(EVERYTHING) > 0;
    }

    @Override
    public void inodeChanged(
            final long inode, final long offset, final long length, final Outcome outcome) {
        if (listener == null) {
            outcome.obeyed();
        } else {
            listener.inodeChanged(inode, offset, length, new Told(inode, outcome));
        }
    }

    @Override
    public void entryChanged(final long parent, final byte[] name, final Outcome outcome) {
        if (listener == null) {
            outcome.obeyed();
        } else {
            listener.entryChanged(parent, name, new Told(parent, outcome));
        }
    }

    @Override
    public void everythingChanged(final Outcome outcome) {
        if (listener == null) {
            outcome.obeyed();
        } else {
            listener.everythingChanged(new Told(EVERYTHING, outcome));
        }
    }
}
