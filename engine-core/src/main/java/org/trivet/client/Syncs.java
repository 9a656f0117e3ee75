package org.trivet.client;

import org.trivet.wire.sbe.Refusal;

import java.util.ArrayList;
import java.util.BitSet;

/**
 * Syncs under way: at most one request to each group; what is asked meanwhile shares the next one,
 * since a request covers only what was acknowledged before it was sent.
 */
final class Syncs {
    /** Numbers begin here, so that a refusal tells a sync from a write. */
    static final long FIRST_REQUEST = 1L << 62;

    private static final class GroupSync {
        final ArrayList<Operation> current = new ArrayList<>();
        final ArrayList<Operation> next = new ArrayList<>();
        boolean open;
        boolean sent;
        long request = FIRST_REQUEST - 1;
        long resendAtNs;
        long timeoutNs;
        long pauseNs;
    }

    private final Exchange exchange;
    private final GroupSync[] groups;
    private int openGroups;

    Syncs(final Exchange exchange) {
        this.exchange = exchange;
        groups = new GroupSync[exchange.volume.nodeCount()];
        for (int group = 0; group < groups.length; group++) {
            groups[group] = new GroupSync();
        }
    }

    void start(final Operation operation, final BitSet wanted) {
        for (int group = wanted.nextSetBit(0); group >= 0; group = wanted.nextSetBit(group + 1)) {
            operation.openParts++;
            groups[group].next.add(operation);
            if (!groups[group].open) {
                begin(group);
            }
        }
    }

    private void begin(final int group) {
        final GroupSync sync = groups[group];
        if (exchange.session == 0 || sync.next.isEmpty()) {
            return;
        }
        sync.current.addAll(sync.next);
        sync.next.clear();
        sync.open = true;
        openGroups++;
        sync.request++;
        sync.sent = false;
        sync.timeoutNs = exchange.config.resendNs();
        sync.pauseNs = 0;
        send(group, sync);
    }

    private void send(final int group, final GroupSync sync) {
        final long result = exchange.publisher.sendSync(group, exchange.session, sync.request);
        if (exchange.offered(group, result)) {
            sync.sent = true;
            final boolean isDown = exchange.health.isDown(group, exchange.nowNs);
            sync.resendAtNs =
                    exchange.nowNs + (isDown ? exchange.config.resendNs() : sync.timeoutNs);
            sync.timeoutNs = exchange.nextTimeout(sync.timeoutNs);
        } else if (exchange.isBlocked(group)) {
            sync.resendAtNs = exchange.nowNs;
        } else {
            pause(sync);
        }
    }

    private void pause(final GroupSync sync) {
        sync.pauseNs = exchange.nextPause(sync.pauseNs);
        sync.resendAtNs = exchange.nowNs + sync.pauseNs;
    }

    int doWork() {
        int workCount = 0;
        for (int group = 0, left = openGroups; left > 0 && group < groups.length; group++) {
            final GroupSync sync = groups[group];
            if (sync.open) {
                left--;
                if (exchange.nowNs - sync.resendAtNs >= 0 && !exchange.isBlocked(group)) {
                    if (sync.sent) {
                        exchange.counters.resends++;
                    }
                    send(group, sync);
                    workCount++;
                }
            }
        }
        return workCount;
    }

    void onOk(final int group, final long request) {
        final GroupSync sync = groups[group];
        if (!sync.open || sync.request != request) {
            return;
        }
        sync.open = false;
        openGroups--;
        while (!sync.current.isEmpty()) {
            exchange.operations.partDone(sync.current.removeLast());
        }
        if (!sync.open) {
            begin(group);
        }
    }

    void onRefused(final int group, final long request, final Refusal refusal) {
        final GroupSync sync = groups[group];
        if (sync.open && sync.request == request) {
            exchange.counters.refusals++;
            pause(sync);
        }
    }

    /** Forgets an operation; its requests go on until answered. */
    void drop(final Operation operation) {
        for (final GroupSync sync : groups) {
            if (sync.current.remove(operation)) {
                operation.openParts--;
            }
            if (sync.next.remove(operation)) {
                operation.openParts--;
            }
        }
    }

    void newSession() {
        for (int group = 0; group < groups.length; group++) {
            if (groups[group].open) {
                groups[group].open = false;
                openGroups--;
                groups[group].next.addAll(groups[group].current);
                groups[group].current.clear();
            }
            begin(group);
        }
    }

    boolean isIdle() {
        return openGroups == 0;
    }

    void waitingFor(final Operation operation, final BitSet nodes) {
        for (int group = 0; group < groups.length; group++) {
            final GroupSync sync = groups[group];
            final boolean waits =
                    operation == null
                            ? sync.open
                            : sync.current.contains(operation) || sync.next.contains(operation);
            if (waits) {
                nodes.set(group);
            }
        }
    }
}
