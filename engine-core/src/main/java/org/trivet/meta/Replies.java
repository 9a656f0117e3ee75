package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.fs.FileLock;
import org.trivet.transport.EndpointId;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.MetaAttributesEncoder;
import org.trivet.wire.sbe.MetaBytesEncoder;
import org.trivet.wire.sbe.MetaDoneEncoder;
import org.trivet.wire.sbe.MetaEntriesEncoder;
import org.trivet.wire.sbe.MetaErrorEncoder;
import org.trivet.wire.sbe.MetaLockEncoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.RegisteredEncoder;
import org.trivet.wire.sbe.SessionOpenedEncoder;

/** Encodes replies, one at a time, into one buffer. Each method gives the reply's length. */
final class Replies {
    /** The most bytes of entries in one reply. */
    static final int MAX_ENTRIES_LENGTH = 768 * 1024;

    private static final int FIRST_CAPACITY = 4096;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(FIRST_CAPACITY);
    private final UnsafeBuffer cuts = new UnsafeBuffer(new byte[16 * InodeRow.MAX_CUTS]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MetaDoneEncoder done = new MetaDoneEncoder();
    private final MetaAttributesEncoder attributes = new MetaAttributesEncoder();
    private final MetaBytesEncoder bytes = new MetaBytesEncoder();
    private final MetaEntriesEncoder entries = new MetaEntriesEncoder();
    private final MetaLockEncoder lock = new MetaLockEncoder();
    private final MetaErrorEncoder error = new MetaErrorEncoder();
    private final SessionOpenedEncoder opened = new SessionOpenedEncoder();
    private final RegisteredEncoder registered = new RegisteredEncoder();
    private final long volumeId;

    private long session;
    private long request;

    Replies(final long volumeId) {
        this.volumeId = volumeId;
    }

    DirectBuffer buffer() {
        return buffer;
    }

    /** Says which request the next reply answers. */
    void begin(final long ofSession, final long ofRequest) {
        session = ofSession;
        request = ofRequest;
    }

    int done(final long result) {
        done.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(EndpointId.METADATA)
                .session(session)
                .request(request)
                .result(result);
        return MessageHeaderEncoder.ENCODED_LENGTH + done.encodedLength();
    }

    int attributes(final InodeRow row, final boolean shared) {
        attributes
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(EndpointId.METADATA)
                .session(session)
                .request(request)
                .shared((short) (shared ? 1 : 0));
        row.encodeAttributes(attributes.attributes());
        row.encodeCuts(cuts, 0);
        attributes.putCuts(cuts, 0, 16 * row.cutCount);
        return MessageHeaderEncoder.ENCODED_LENGTH + attributes.encodedLength();
    }

    int bytes(final DirectBuffer source, final int length) {
        bytes.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(EndpointId.METADATA)
                .session(session)
                .request(request)
                .putBytes(source, 0, length);
        return MessageHeaderEncoder.ENCODED_LENGTH + bytes.encodedLength();
    }

    int entries(final boolean withAttributes, final DirectBuffer source, final int length) {
        entries.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(EndpointId.METADATA)
                .session(session)
                .request(request)
                .withAttributes((short) (withAttributes ? 1 : 0))
                .putEntries(source, 0, length);
        return MessageHeaderEncoder.ENCODED_LENGTH + entries.encodedLength();
    }

    /** The lock found by the last search for a conflict, or none. */
    int lock(final long inode, final boolean flock, final boolean found, final Locks locks) {
        lock.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(EndpointId.METADATA)
                .session(session)
                .request(request)
                .inode(inode)
                .lockType((short) (found ? locks.foundType : FileLock.UNLOCK))
                .flock((short) (flock ? 1 : 0))
                .start(found ? locks.foundStart : 0)
                .end(found ? locks.foundEnd : 0)
                .owner(found ? locks.foundOwner : 0)
                .pid(found && locks.foundSession == session ? locks.foundPid : 0);
        return MessageHeaderEncoder.ENCODED_LENGTH + lock.encodedLength();
    }

    int error(final ErrorCode code, final Refusal refusal) {
        error.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(EndpointId.METADATA)
                .session(session)
                .request(request)
                .errno(code.errno())
                .refusal(refusal);
        return MessageHeaderEncoder.ENCODED_LENGTH + error.encodedLength();
    }

    int sessionOpened(final long newSession, final long clientId) {
        opened.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(EndpointId.METADATA)
                .session(newSession)
                .request(request)
                .clientId(clientId);
        return MessageHeaderEncoder.ENCODED_LENGTH + opened.encodedLength();
    }

    int registered(
            final int node,
            final long storageId,
            final long incarnation,
            final boolean first,
            final long start) {
        registered
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volumeId)
                .source(EndpointId.METADATA)
                .node(node)
                .storageId(storageId)
                .incarnation(incarnation)
                .firstStorage((short) (first ? 1 : 0))
                .start(start);
        return MessageHeaderEncoder.ENCODED_LENGTH + registered.encodedLength();
    }

    /** A reply that was recorded. */
    int recorded(final DirectBuffer reply) {
        buffer.putBytes(0, reply, 0, reply.capacity());
        return reply.capacity();
    }
}
