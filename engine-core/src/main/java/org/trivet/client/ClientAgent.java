package org.trivet.client;

import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.NanoClock;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.WakeableIdleStrategy;
import org.trivet.fs.VolumeFileSystem;
import org.trivet.meta.MetadataClient;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.MessageHeaderDecoder;

import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A client: one endpoint, the metadata client, the volume client and the file system over both, as
 * one agent.
 *
 * <p>Everything belongs to the thread that runs the agent; other threads hand it work with {@link
 * #execute}. It is driven by an AgentRunner or invoker, or by a simulator.
 */
public final class ClientAgent implements Agent, Executor {
    private static final int QUEUE_CAPACITY = 4096;
    private static final int POLL_LIMIT = 64;
    private static final int MAX_BACKOFF_NS = 100_000;
    private static final long WAITING_PAUSE_NS = 5_000_000L;

    private static final Completion<Void> IGNORED =
            new Completion<>() {
                @Override
                public void succeeded(final Void value) {
                    // the session has ended
                }

                @Override
                public void failed(final TrivetException error) {
                    // it ends by itself
                }
            };

    private final ManyToOneConcurrentArrayQueue<Runnable> queue =
            new ManyToOneConcurrentArrayQueue<>(QUEUE_CAPACITY);
    private final ReentrantLock lastDrain = new ReentrantLock();
    private final Transport transport;
    private final NanoClock clock;
    private final WakeableIdleStrategy idleStrategy;
    private final ErrorHandler errorHandler;
    private final MetadataClient metadata;
    private final VolumeClient blocks;
    private final VolumeFileSystem fileSystem;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final Transport.Handler handler = this::onMessage;
    private volatile Thread thread;
    private volatile boolean closed;

    /**
     * A client that has not spoken yet.
     *
     * @param config what it is made of.
     * @param transport its endpoint; closed with the agent.
     * @param clock monotonic time.
     * @param idleStrategy of the thread that runs the agent, to be woken; or null.
     * @param errorHandler told what a command threw: the agent goes on.
     */
    public ClientAgent(
            final ClientConfig config,
            final Transport transport,
            final NanoClock clock,
            final WakeableIdleStrategy idleStrategy,
            final ErrorHandler errorHandler) {
        this.transport = transport;
        this.clock = clock;
        this.idleStrategy = idleStrategy;
        this.errorHandler = errorHandler;
        if (idleStrategy != null) {
            idleStrategy.watch(transport);
        }
        final long nowNs = clock.nanoTime();
        metadata = new MetadataClient(config.metadata(), transport);
        blocks =
                new VolumeClient(
                        config.volume(),
                        config.blocks(),
                        transport,
                        (file, done) -> fileSystem().refresh(file, done),
                        nowNs);
        fileSystem = new VolumeFileSystem(config.volume(), metadata, blocks, clock);
        metadata.onSession(
                session -> {
                    blocks.onSession(session);
                    fileSystem.onSession();
                });
    }

    /**
     * The file system. Only on the agent's thread.
     *
     * @return it.
     */
    public VolumeFileSystem fileSystem() {
        return fileSystem;
    }

    /**
     * The block operations. Only on the agent's thread.
     *
     * @return them.
     */
    public VolumeClient blocks() {
        return blocks;
    }

    /**
     * The metadata operations. Only on the agent's thread.
     *
     * @return them.
     */
    public MetadataClient metadata() {
        return metadata;
    }

    /**
     * Runs a command on the agent's thread, soon. From any thread; waits while the queue is full,
     * but not on the agent's own thread, where the command then runs at once.
     *
     * @param command what to run; must not block.
     * @throws TrivetException with CLOSED if the agent is closed.
     */
    @Override
    public void execute(final Runnable command) {
        long pauseNs = 1_000;
        while (!closed) {
            if (queue.offer(command)) {
                signal();
                if (closed) {
                    drainAfterClose();
                }
                return;
            }
            if (isAgentThread()) {
                command.run();
                return;
            }
            signal();
            LockSupport.parkNanos(pauseNs);
            pauseNs = Math.min(pauseNs * 2, MAX_BACKOFF_NS);
        }
        throw new TrivetException(ErrorCode.CLOSED, "the client is closed");
    }

    /**
     * Whether the calling thread is the one that runs the agent: it must not wait for it.
     *
     * @return true if so.
     */
    public boolean isAgentThread() {
        return Thread.currentThread() == thread;
    }

    /**
     * Whether the agent has been closed: commands run for the last time, and find everything
     * closed.
     *
     * @return true if so.
     */
    public boolean isClosed() {
        return closed;
    }

    @Override
    public String roleName() {
        return "client";
    }

    @Override
    public void onStart() {
        thread = Thread.currentThread();
    }

    @Override
    public int doWork() {
        final long nowNs = clock.nanoTime();
        int workCount = metadata.doWork(nowNs);
        workCount += blocks.doWork(nowNs);
        workCount += fileSystem.doWork(nowNs);
        workCount += runCommands();
        workCount += transport.poll(handler, POLL_LIMIT);
        if (idleStrategy != null) {
            idleStrategy.limit(idleNs());
        }
        return workCount;
    }

    /**
     * How long the agent may be left alone, if nothing arrives. Only on the agent's thread.
     *
     * @return nanoseconds until its next timer; Long.MAX_VALUE for none.
     */
    public long idleNs() {
        return metadata.pending() > 0
                ? Math.min(WAITING_PAUSE_NS, blocks.idleNs())
                : blocks.idleNs();
    }

    @Override
    public void onClose() {
        if (!closed) {
            closed = true;
            blocks.close();
            metadata.close(IGNORED); // whoever waits for it is told, and so is the metadata node
            drainAfterClose();
            transport.close();
        }
    }

    private int runCommands() {
        int count = 0;
        while (count < QUEUE_CAPACITY) {
            final Runnable command = queue.poll();
            if (command == null) {
                break;
            }
            run(command);
            count++;
        }
        return count;
    }

    /**
     * What was put in while the agent closed is told so, on whatever thread: nothing else runs any
     * more.
     */
    private void drainAfterClose() {
        lastDrain.lock();
        try {
            for (Runnable command = queue.poll(); command != null; command = queue.poll()) {
                run(command);
            }
        } finally {
            lastDrain.unlock();
        }
    }

    private void run(final Runnable command) {
        try {
            command.run();
        } catch (final RuntimeException error) {
            errorHandler.onError(error);
        }
    }

    private void onMessage(final DirectBuffer buffer, final int offset, final int length) {
        if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
            blocks.onMessage(buffer, offset, length); // which counts it
            return;
        }
        header.wrap(buffer, offset);
        if (!metadata.onMessage(header.templateId(), buffer, offset, length)) {
            blocks.onMessage(buffer, offset, length);
        }
    }

    private void signal() {
        if (idleStrategy != null) {
            idleStrategy.signal();
        }
    }
}
