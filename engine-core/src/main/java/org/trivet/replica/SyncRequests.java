package org.trivet.replica;

import org.trivet.wire.sbe.Refusal;

import java.util.ArrayList;

/** At a primary: clients that wait for all they have written to be synced by every member. */
final class SyncRequests {
    private static final int MAX_SYNCS = 4096;

    private record PendingSync(int client, long session, long request, long target) {}

    private final GroupPrimary group;
    private final NodeContext node;
    private final ArrayList<PendingSync> pending = new ArrayList<>();
    private long wanted;

    SyncRequests(final GroupPrimary group) {
        this.group = group;
        this.node = group.node;
    }

    boolean areWanted() {
        return !pending.isEmpty();
    }

    /** The log is to be synced up to here. */
    long wanted() {
        return wanted;
    }

    void onSync(final int client, final long session, final long request) {
        final long end = group.log.end();
        if (!group.isActive()) {
            node.publisher.writeRefused(client, group.group, session, request, Refusal.RETRY, -1);
        } else if (end <= group.allSynced()) {
            node.publisher.syncOk(client, group.group, session, request);
        } else if (pending.size() >= MAX_SYNCS) {
            node.publisher.writeRefused(client, group.group, session, request, Refusal.BUSY, -1);
        } else {
            pending.add(new PendingSync(client, session, request, end));
            if (end > wanted) {
                wanted = end;
                node.store.requestSync(node.store.endPosition());
            }
        }
    }

    /** Answers those that every member has done. */
    int finish() {
        int count = 0;
        for (int i = pending.size() - 1; i >= 0; i--) {
            final PendingSync sync = pending.get(i);
            if (sync.target <= group.allSynced()) {
                node.publisher.syncOk(sync.client, group.group, sync.session, sync.request);
                pending.set(i, pending.getLast());
                pending.removeLast();
                count++;
            }
        }
        return count;
    }
}
