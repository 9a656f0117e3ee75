package org.trivet.fuse.proto;

import org.agrona.DirectBuffer;
import org.trivet.fs.InodeFileSystem;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * The kernel's side of a session: sends requests to a dispatcher, and keeps the replies by number.
 * What the dispatcher hands to the agent runs when the test says so.
 */
final class SimulatedKernel {
    static final int HEADER = 40;
    static final long READAHEAD_TIMEOUT_NS = 5_000_000_000L;

    final FuseDispatcher dispatcher;
    final ArrayDeque<Runnable> agent = new ArrayDeque<>();
    final Map<Long, Reply> replies = new HashMap<>();
    int replyCount;

    private MessageBuffer buffer;
    private long lastUnique;

    /** A reply: an errno, and what follows the header. */
    record Reply(int errno, ByteBuffer payload) {
        int u32(final int offset) {
            return payload.getInt(offset);
        }

        long u64(final int offset) {
            return payload.getLong(offset);
        }

        byte[] bytes() {
            final byte[] bytes = new byte[payload.capacity()];
            payload.get(0, bytes);
            return bytes;
        }
    }

    SimulatedKernel(final InodeFileSystem fs) {
        this(fs, false);
    }

    SimulatedKernel(final InodeFileSystem fs, final boolean writeback) {
        dispatcher =
                new FuseDispatcher(
                        fs,
                        agent::add,
                        this::reply,
                        new SessionOptions(
                                writeback,
                                false,
                                64,
                                1_000_000_000L,
                                1_000_000_000L,
                                READAHEAD_TIMEOUT_NS));
        buffer = dispatcher.receiveBuffer();
    }

    private int reply(final DirectBuffer from, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        from.getBytes(offset, bytes);
        final ByteBuffer reply = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        if (reply.getInt(0) != length) {
            throw new AssertionError(
                    "a reply of " + length + " bytes says that it has " + reply.getInt(0));
        }
        replyCount++;
        final Reply old =
                replies.put(
                        reply.getLong(8),
                        new Reply(
                                -reply.getInt(4),
                                reply.slice(16, length - 16).order(ByteOrder.nativeOrder())));
        if (old != null) {
            throw new AssertionError("answered twice: " + reply.getLong(8));
        }
        return 0;
    }

    /** Sends a request; returns its number. */
    long send(final Opcode opcode, final long node, final Message arguments) {
        final long unique = lastUnique += 2;
        final byte[] body = arguments.toBytes();
        final ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.nativeOrder());
        header.putInt(HEADER + body.length).putInt(opcode.code()).putLong(unique).putLong(node);
        header.putInt(1000).putInt(1000).putInt(42).putInt(0);
        sendRaw(new Message().raw(header.array()).raw(body).toBytes());
        return unique;
    }

    void sendRaw(final byte[] message) {
        buffer.bytes().putBytes(0, message);
        buffer = dispatcher.received(buffer, message.length);
    }

    /** Runs what waits for the agent. */
    void runAgent() {
        for (Runnable task = agent.poll(); task != null; task = agent.poll()) {
            task.run();
        }
    }

    /** Sends a request, runs the agent, and returns the reply. */
    Reply call(final Opcode opcode, final long node, final Message arguments) {
        final long unique = send(opcode, node, arguments);
        runAgent();
        final Reply reply = replies.get(unique);
        if (reply == null) {
            throw new AssertionError(opcode + " was not answered");
        }
        return reply;
    }

    /** Begins the session. */
    Reply init() {
        return call(
                Opcode.INIT,
                0,
                new Message().u32(7).u32(45).u32(131072).u32(-1).u32(-1).raw(new byte[44]));
    }

    /** Creates a file in the root; returns its inode and handle. */
    long[] create(final String name) {
        final Reply reply = call(Opcode.CREATE, 1, Message.create(name, 2));
        if (reply.errno() != 0) {
            throw new AssertionError("CREATE: errno " + reply.errno());
        }
        return new long[] {reply.u64(0), reply.u64(128)};
    }
}
