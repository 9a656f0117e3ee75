package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.InvalidateEncoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;

/**
 * Tells all other sessions what a command changed. Never repeated: caches time out by themselves.
 */
final class Invalidations {
    private static final byte[] NO_NAME = {};

    private final long volumeId;
    private final Transport transport;
    private final SessionTable sessions;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[512]);
    private final UnsafeBuffer noName = new UnsafeBuffer(NO_NAME);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final InvalidateEncoder encoder = new InvalidateEncoder();
    private long dropped;

    /** The session whose command it is. */
    private long origin;

    Invalidations(final long volumeId, final Transport transport, final SessionTable sessions) {
        this.volumeId = volumeId;
        this.transport = transport;
        this.sessions = sessions;
    }

    void origin(final long session) {
        origin = session;
    }

    void inodeChanged(final long inode, final boolean contents) {
        if (hasOthers()) {
            send(inode, contents, noName);
        }
    }

    void entryChanged(final long parent, final DirectBuffer name) {
        if (hasOthers()) {
            send(parent, false, name);
        }
    }

    private boolean hasOthers() {
        final int count = sessions.all().size();
        return count > 1 || count == 1 && !sessions.all().containsKey(origin);
    }

    private void send(final long inode, final boolean contents, final DirectBuffer name) {
        for (final SessionTable.Session session : sessions.all().values()) {
            if (session.id != origin && !session.ending) {
                encoder.wrapAndApplyHeader(buffer, 0, header)
                        .volumeId(volumeId)
                        .source(EndpointId.METADATA)
                        .session(session.id)
                        .request(0)
                        .inode(inode)
                        .contents((short) (contents ? 1 : 0))
                        .putName(name, 0, name.capacity());
                final int length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
                if (transport.offer(session.source, buffer, 0, length) < 0) {
                    dropped++;
                }
            }
        }
    }

    /** Those that could not be sent. */
    long dropped() {
        return dropped;
    }
}
