package org.trivet.meta;

import org.agrona.collections.LongArrayList;
import org.trivet.Completion;
import org.trivet.TrivetException;

import java.util.ArrayDeque;

/**
 * Has the data nodes do what is intended, as far as it is durable that it is: a bounded number of
 * intents at once, and in each group a bounded number of trims.
 */
final class IntentRunner {
    private static final int MAX_ACTIVE = 1024;
    private static final int LISTED_AT_ONCE = 64;
    private static final long PAUSE_NS = 1_000_000_000L;
    private static final int STEP_LIMIT = 64;

    private final MetadataConfig config;
    private final Namespace namespace;
    private final CommandLog log;
    private final TrimPort port;
    private final ArrayDeque<Active>[] waiting;
    private final int[] inFlight;
    private final ArrayDeque<Retry> retries = new ArrayDeque<>();
    private final LongArrayList finished = new LongArrayList();
    private final long[] listed = new long[LISTED_AT_ONCE];

    private int active;
    private int waitingCount;
    private long loadedTo;
    private long allowedTo;
    private long gatePosition = -1;
    private long gateIntent;
    private long nowNs;

    private record Active(
            long intent,
            long dataId,
            long cut,
            long[] cuts,
            boolean wholeStrip,
            int[] groupsLeft) {}

    private record Retry(long timeNs, Active active, int group, long tail) {}

    @SuppressWarnings({"unchecked", "rawtypes"})
    IntentRunner(
            final MetadataConfig config,
            final Namespace namespace,
            final CommandLog log,
            final TrimPort port) {
        this.config = config;
        this.namespace = namespace;
        this.log = log;
        this.port = port;
        waiting = new ArrayDeque[config.volume().nodeCount()];
        for (int i = 0; i < waiting.length; i++) {
            waiting[i] = new ArrayDeque<>();
        }
        inFlight = new int[waiting.length];
    }

    /** Intents under way. */
    int active() {
        return active;
    }

    /** Whether nothing is intended that is not done. */
    boolean isIdle() {
        return active == 0 && loadedTo >= namespace.nextIntent() - 1;
    }

    /** Goes on; must not be called while commands have to wait. */
    int doWork(final long now) {
        nowNs = now;
        int workCount = allow() + load() + retry();
        for (int group = 0; waitingCount > 0 && group < waiting.length; group++) {
            while (inFlight[group] < config.trimsPerGroup() && !waiting[group].isEmpty()) {
                waitingCount--;
                issue(waiting[group].poll(), group);
                workCount++;
            }
        }
        for (int i = 0; i < STEP_LIMIT && !finished.isEmpty(); i++) {
            if (!finish(finished.getLong(finished.size() - 1))) {
                break;
            }
            workCount++;
        }
        return workCount;
    }

    /** Only what is synced may be done: data removed for a command that is lost would be missed. */
    private int allow() {
        if (gatePosition >= 0 && log.isSynced(gatePosition)) {
            allowedTo = gateIntent;
            gatePosition = -1;
            return 1;
        }
        if (gatePosition < 0 && namespace.nextIntent() - 1 > allowedTo) {
            gatePosition = log.appended();
            gateIntent = namespace.nextIntent() - 1;
        }
        return 0;
    }

    private int load() {
        if (loadedTo >= allowedTo || active + LISTED_AT_ONCE > MAX_ACTIVE) {
            return 0;
        }
        final int count = namespace.intents().list(loadedTo, listed);
        for (int i = 0; i < count && listed[i] <= allowedTo; i++) {
            loadedTo = listed[i];
            begin(loadedTo);
        }
        if (count < LISTED_AT_ONCE) {
            loadedTo = allowedTo;
        }
        return count;
    }

    private void begin(final long intent) {
        final Intents intents = namespace.intents();
        if (!intents.load(intent)) {
            return;
        }
        active++;
        if (intents.kind == Intents.TAIL) {
            finished.addLong(intent);
            return;
        }
        final Active begun =
                new Active(
                        intent,
                        intents.dataId,
                        intents.cut,
                        intents.cuts,
                        intents.kind == Intents.REMOVE,
                        new int[] {waiting.length});
        for (final ArrayDeque<Active> queue : waiting) {
            queue.add(begun);
            waitingCount++;
        }
    }

    private int retry() {
        int workCount = 0;
        while (!retries.isEmpty() && retries.peek().timeNs - nowNs <= 0) {
            final Retry due = retries.poll();
            if (due.active == null) {
                finished.addLong(due.tail);
            } else {
                waiting[due.group].add(due.active);
                waitingCount++;
            }
            workCount++;
        }
        return workCount;
    }

    private void issue(final Active of, final int group) {
        inFlight[group]++;
        port.trim(
                of.dataId,
                of.cut,
                of.cuts,
                of.wholeStrip,
                group,
                new Completion<>() {
                    @Override
                    public void succeeded(final Void value) {
                        inFlight[group]--;
                        if (--of.groupsLeft[0] == 0) {
                            finished.addLong(of.intent);
                        }
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        inFlight[group]--;
                        retries.add(new Retry(nowNs + PAUSE_NS, of, group, 0));
                    }
                });
    }

    private boolean finish(final long intent) {
        if (!log.finishIntent(intent)) {
            return false;
        }
        finished.removeAt(finished.size() - 1);
        if (namespace.intents().load(intent)) {
            retries.add(
                    new Retry(nowNs + PAUSE_NS, null, 0, intent)); // a tail that cannot be cut yet
        } else {
            active--;
        }
        return true;
    }
}
