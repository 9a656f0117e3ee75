package org.trivet.meta;

import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.LongArrayList;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.SessionsEncoder;

import java.nio.ByteOrder;
import java.util.Arrays;

/** Tells the data nodes which sessions live: from time to time, on a change, and when they ask. */
final class Announcements {
    private static final long UNASKED = 0;

    private final MetadataConfig config;
    private final Transport transport;
    private final Namespace namespace;
    private final CommandLog log;
    private final ExpandableArrayBuffer live = new ExpandableArrayBuffer();
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final LongArrayList ids = new LongArrayList();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final SessionsEncoder encoder = new SessionsEncoder();
    private long deadlineNs;
    private boolean changed = true;
    private long changePosition;

    Announcements(
            final MetadataConfig config,
            final Transport transport,
            final Namespace namespace,
            final CommandLog log) {
        this.config = config;
        this.transport = transport;
        this.namespace = namespace;
        this.log = log;
    }

    /** A session began or ended, by the last command. */
    void onChange() {
        changed = true;
        changePosition = log.appended();
    }

    /** Answers one node, and this start of its process. */
    void onQuery(final int node, final long start) {
        if (log.isSynced(changePosition)) {
            transport.offer(node, buffer, 0, encode(start));
        }
    }

    int doWork(final long nowNs) {
        if (!changed && deadlineNs - nowNs > 0 || !log.isSynced(changePosition)) {
            return 0;
        }
        changed = false;
        deadlineNs = nowNs + config.announceIntervalNs();
        final int length = encode(UNASKED);
        for (int node = 0; node < config.volume().nodeCount(); node++) {
            transport.offer(node, buffer, 0, length);
        }
        return 1;
    }

    private int encode(final long start) {
        ids.clear();
        for (final SessionTable.Session session : namespace.sessions().all().values()) {
            if (!session.ending) {
                ids.addLong(session.id);
            }
        }
        final long[] sorted = ids.toLongArray();
        Arrays.sort(sorted);
        for (int i = 0; i < sorted.length; i++) {
            live.putLong(8 * i, sorted[i], ByteOrder.LITTLE_ENDIAN);
        }
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(config.volume().volumeId())
                .source(EndpointId.METADATA)
                .highest(namespace.highestSession())
                .start(start)
                .putLive(live, 0, 8 * sorted.length);
        return MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
    }
}
