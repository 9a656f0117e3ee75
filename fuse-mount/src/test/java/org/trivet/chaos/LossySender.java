package org.trivet.chaos;

import io.aeron.driver.MediaDriver;
import io.aeron.driver.SendChannelEndpointSupplier;
import io.aeron.driver.media.SendChannelEndpoint;
import io.aeron.driver.media.UdpChannel;

import org.agrona.concurrent.status.AtomicCounter;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Makes the driver's sending ends: data, setup and heartbeats go out over a bad {@link Line}. */
public final class LossySender implements SendChannelEndpointSupplier {
    private final Line line = Line.at(Path.of(System.getProperty(Line.FILE_PROPERTY)));

    /** For the driver. */
    public LossySender() {}

    @Override
    public SendChannelEndpoint newInstance(
            final UdpChannel channel,
            final AtomicCounter status,
            final MediaDriver.Context context) {
        return new Endpoint(channel, status, context, line);
    }

    private static final class Endpoint extends SendChannelEndpoint {
        private final Line.Way way;

        Endpoint(
                final UdpChannel channel,
                final AtomicCounter status,
                final MediaDriver.Context context,
                final Line line) {
            super(channel, status, context);
            way = line.new Way();
        }

        @Override
        public int send(final ByteBuffer packet) {
            final long delayNs = way.next();
            if (delayNs == 0) {
                return super.send(packet);
            }
            if (delayNs > 0) {
                Delays.send(packet, delayNs, super::send);
            }
            return packet.remaining();
        }
    }
}
