package org.trivet.chaos;

import io.aeron.driver.DataPacketDispatcher;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ReceiveChannelEndpointSupplier;
import io.aeron.driver.media.ReceiveChannelEndpoint;
import io.aeron.driver.media.UdpChannel;

import org.agrona.concurrent.status.AtomicCounter;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Makes the driver's receiving ends: what they tell the sender goes back over a bad {@link Line}.
 */
public final class LossyReceiver implements ReceiveChannelEndpointSupplier {
    private final Line line = Line.at(Path.of(System.getProperty(Line.FILE_PROPERTY)));

    /** For the driver. */
    public LossyReceiver() {}

    @Override
    public ReceiveChannelEndpoint newInstance(
            final UdpChannel channel,
            final DataPacketDispatcher dispatcher,
            final AtomicCounter status,
            final MediaDriver.Context context) {
        return new Endpoint(channel, dispatcher, status, context, line);
    }

    private static final class Endpoint extends ReceiveChannelEndpoint {
        private final Line.Way way;

        Endpoint(
                final UdpChannel channel,
                final DataPacketDispatcher dispatcher,
                final AtomicCounter status,
                final MediaDriver.Context context,
                final Line line) {
            super(channel, dispatcher, status, context);
            way = line.new Way();
        }

        @Override
        public int sendTo(final ByteBuffer packet, final InetSocketAddress address) {
            final long delayNs = way.next();
            if (delayNs == 0) {
                return super.sendTo(packet, address);
            }
            if (delayNs > 0) {
                Delays.send(packet, delayNs, late -> super.sendTo(late, address));
            }
            return packet.remaining();
        }
    }
}
