package org.trivet.bench;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.RegisterDecoder;
import org.trivet.wire.sbe.RegisteredEncoder;
import org.trivet.wire.sbe.SessionsEncoder;
import org.trivet.wire.sbe.SessionsQueryDecoder;

import java.nio.ByteOrder;

/** What data nodes need of a metadata node: incarnations, and one session. */
final class FixedMetadata implements AutoCloseable {
    static final long SESSION = 7;

    private final long volumeId;
    private final Transport transport;
    private final Transport.Handler handler = this::onMessage;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final MessageHeaderEncoder headerOut = new MessageHeaderEncoder();
    private final UnsafeBuffer out = new UnsafeBuffer(new byte[512]);
    private long incarnations;

    FixedMetadata(final long volumeId, final Transport transport) {
        this.volumeId = volumeId;
        this.transport = transport;
    }

    void doWork() {
        transport.poll(handler, 16);
    }

    private void onMessage(final DirectBuffer buffer, final int offset, final int length) {
        header.wrap(buffer, offset);
        if (header.templateId() == RegisterDecoder.TEMPLATE_ID) {
            final RegisterDecoder register =
                    new RegisterDecoder().wrapAndApplyHeader(buffer, offset, header);
            final RegisteredEncoder reply =
                    new RegisteredEncoder().wrapAndApplyHeader(out, 0, headerOut);
            reply.volumeId(volumeId)
                    .source(EndpointId.METADATA)
                    .node(register.node())
                    .storageId(register.storageId())
                    .incarnation(++incarnations)
                    .firstStorage((short) 1)
                    .start(register.start());
            send(register.source(), reply.encodedLength());
        } else if (header.templateId() == SessionsQueryDecoder.TEMPLATE_ID) {
            final SessionsQueryDecoder query =
                    new SessionsQueryDecoder().wrapAndApplyHeader(buffer, offset, header);
            final SessionsEncoder reply =
                    new SessionsEncoder().wrapAndApplyHeader(out, 0, headerOut);
            final UnsafeBuffer live = new UnsafeBuffer(new byte[Long.BYTES]);
            live.putLong(0, SESSION, ByteOrder.LITTLE_ENDIAN);
            reply.volumeId(volumeId)
                    .source(EndpointId.METADATA)
                    .highest(SESSION)
                    .start(query.start())
                    .putLive(live, 0, Long.BYTES);
            send(query.source(), reply.encodedLength());
        }
    }

    private void send(final int to, final int length) {
        transport.offer(to, out, 0, MessageHeaderEncoder.ENCODED_LENGTH + length);
    }

    @Override
    public void close() {
        transport.close();
    }
}
