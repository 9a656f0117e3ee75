package org.trivet.fuse.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.fuse.MemoryFileSystem;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.LongStream;

class MalformedRequestTest {
    private static final int EIO = 5;
    private static final int EINVAL = 22;
    private static final int ENOSYS = 38;

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    private static byte[] message(
            final int length, final int opcode, final long unique, final byte[] body) {
        final ByteBuffer bytes =
                ByteBuffer.allocate(40 + body.length).order(ByteOrder.nativeOrder());
        bytes.putInt(length)
                .putInt(opcode)
                .putLong(unique)
                .putLong(1)
                .putInt(0)
                .putInt(0)
                .putInt(0)
                .putInt(0);
        return bytes.put(body).array();
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void randomBytesAreAnsweredOnceOrNotAtAllAndTheSessionGoesOn(final long seed) {
        final Random random = new Random(seed);
        final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());
        kernel.create("file");
        for (int i = 1; i <= 5000; i++) {
            final byte[] body = new byte[random.nextInt(random.nextBoolean() ? 20 : 200)];
            random.nextBytes(body);
            for (int k = 0; k < body.length; k++) {
                body[k] =
                        random.nextInt(3) == 0
                                ? body[k]
                                : 0; // small numbers get further than large ones
            }
            final Opcode opcode = Opcode.of(random.nextInt(54));
            final long unique = 1_000_000 + i;
            final int before = kernel.replyCount;
            kernel.sendRaw(
                    message(40 + body.length, opcode == null ? 99 : opcode.code(), unique, body));
            kernel.runAgent();
            final int expected = opcode == null || opcode.isAnswered() ? 1 : 0;
            if (opcode != Opcode.INTERRUPT) { // may be told to come again
                assertEquals(
                        expected,
                        kernel.replyCount - before,
                        "seed " + seed + ", request " + i + " " + opcode);
            }
        }
        assertEquals(0, kernel.dispatcher.counters().failures(), "seed " + seed + ": exceptions");
        assertEquals(0, kernel.call(Opcode.STATFS, 1, Message.empty()).errno());
    }

    @Test
    void everyRequestThatIsTooShortIsRefused() {
        for (final Opcode opcode : Opcode.values()) {
            final int needed = opcode.argumentLength() + opcode.nameCount();
            if (needed == 0 || !opcode.isAnswered()) {
                continue;
            }
            final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());
            kernel.sendRaw(message(40 + needed - 1, opcode.code(), 2, new byte[needed - 1]));
            assertEquals(EINVAL, kernel.replies.get(2L).errno(), opcode.name());
            assertEquals(1, kernel.dispatcher.counters().malformed(), opcode.name());
        }
    }

    @Test
    void nameWithoutAnEndIsRefused() {
        final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());
        kernel.sendRaw(message(43, Opcode.LOOKUP.code(), 2, new byte[] {'a', 'b', 'c'}));
        assertEquals(EINVAL, kernel.replies.get(2L).errno());
        kernel.sendRaw(message(44, Opcode.SYMLINK.code(), 4, new byte[] {'a', 0, 'c', 'd'}));
        assertEquals(EINVAL, kernel.replies.get(4L).errno());
    }

    @Test
    void lengthThatIsNotTheMessagesIsRefused() {
        final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());
        kernel.sendRaw(message(41, Opcode.STATFS.code(), 2, new byte[0]));
        assertEquals(EIO, kernel.replies.get(2L).errno());
    }

    @Test
    void messageWithoutAHeaderIsDropped() {
        final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());
        kernel.sendRaw(new byte[39]);
        assertEquals(0, kernel.replyCount);
        assertEquals(1, kernel.dispatcher.counters().malformed());
    }

    @Test
    void unknownRequestIsNotImplemented() {
        final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());
        kernel.sendRaw(message(40, 4096, 2, new byte[0]));
        assertEquals(ENOSYS, kernel.replies.get(2L).errno());
        assertEquals(1, kernel.dispatcher.counters().unknown());
    }

    @Test
    void writeThatClaimsMoreThanItBringsIsRefused() {
        final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());
        final long[] file = kernel.create("file");
        final Message write =
                Message.empty()
                        .u64(file[1])
                        .u64(0)
                        .u32(100)
                        .u32(0)
                        .u64(0)
                        .u32(0)
                        .u32(0)
                        .raw(new byte[99]);
        assertEquals(EINVAL, kernel.call(Opcode.WRITE, file[0], write).errno());
    }

    @Test
    void forgetThatClaimsMoreThanItBringsIsCounted() {
        final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());
        kernel.send(Opcode.BATCH_FORGET, 0, Message.empty().u32(1000).u32(0).u64(5).u64(1));
        kernel.runAgent();
        assertEquals(1, kernel.dispatcher.counters().malformed());
        assertNotEquals(-1, kernel.replyCount);
        assertTrue(kernel.replies.isEmpty());
    }
}
