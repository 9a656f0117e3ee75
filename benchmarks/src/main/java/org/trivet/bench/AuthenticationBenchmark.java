package org.trivet.bench;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.trivet.inproc.InprocNetwork;
import org.trivet.transport.Transport;
import org.trivet.transport.TransportFactory;
import org.trivet.transport.auth.AuthenticatedNetwork;
import org.trivet.transport.auth.ClusterKey;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/** A message from one endpoint to another on one thread, with authentication and without. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
public class AuthenticationBenchmark {
    private static final int RECEIVER = 1;

    /** Whether there is a key. */
    @Param({"false", "true"})
    public boolean isAuthenticated;

    /** Bytes of a message. */
    @Param({"64", "4096", "65536", "1048576"})
    public int length;

    private TransportFactory network;
    private Transport sender;
    private Transport receiver;
    private UnsafeBuffer message;
    private int received;

    /** For JMH. */
    public AuthenticationBenchmark() {}

    /** Opens the endpoints, and has them begin a session. */
    @Setup
    public void connect() {
        final TransportFactory inproc = new InprocNetwork();
        network =
                isAuthenticated
                        ? new AuthenticatedNetwork(inproc, ClusterKey.random(new SecureRandom()), 1)
                        : inproc;
        sender = network.open(0);
        receiver = network.open(RECEIVER);
        message = new UnsafeBuffer(ByteBuffer.allocateDirect(length));
        while (send() == 0) {
            sender.poll((buffer, offset, bytes) -> {}, 1);
        }
    }

    /** Ends the network. */
    @TearDown
    public void close() {
        network.close();
    }

    /**
     * Sends one, and takes it.
     *
     * @return how many were taken so far; 0 if there is no session yet.
     */
    @Benchmark
    public int send() {
        sender.offer(RECEIVER, message, 0, length);
        receiver.poll((buffer, offset, bytes) -> received++, 1);
        return received;
    }
}
