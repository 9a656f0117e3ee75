package org.trivet.fuse.proto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.MutableDirectBuffer;
import org.junit.jupiter.api.Test;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.Attributes;
import org.trivet.fuse.MemoryFileSystem;
import org.trivet.fuse.proto.SimulatedKernel.Reply;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

class FuseDispatcherTest {
    private static final int ENOENT = 2;
    private static final int EINTR = 4;
    private static final int EIO = 5;
    private static final int ENODATA = 61;
    private static final int EAGAIN = 11;
    private static final int ENODEV = 19;

    private final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());

    private static byte[] bytes(final int length, final long seed) {
        final byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void sessionBeginsWithWhatBothSidesCanDo() {
        assertFalse(kernel.dispatcher.begun().isDone());
        final Reply reply = kernel.init();
        assertTrue(kernel.dispatcher.begun().isDone());
        assertEquals(0, reply.errno());
        assertEquals(7, reply.u32(0));
        assertEquals(1 << 20, reply.u32(Layouts.INIT_OUT.at("max_write")));
        assertEquals(64, reply.payload().getShort(Layouts.INIT_OUT.at("max_background")));
        assertEquals(256, reply.payload().getShort(Layouts.INIT_OUT.at("max_pages")));
        final int flags = reply.u32(Layouts.INIT_OUT.at("flags"));
        assertEquals(0, flags & Flags.INIT_WRITEBACK_CACHE);
        assertNotEquals(0, flags & Flags.INIT_POSIX_LOCKS & Flags.INIT_POSIX_LOCKS);
        assertEquals(Flags.INIT2_DIRECT_IO_ALLOW_MMAP, reply.u32(Layouts.INIT_OUT.at("flags2")));
    }

    @Test
    void flagsThatTheKernelDoesNotOfferAreNotTaken() {
        final Reply reply =
                kernel.call(
                        Opcode.INIT,
                        0,
                        new Message().u32(7).u32(31).u32(131072).u32(Flags.INIT_ASYNC_READ));
        assertEquals(Flags.INIT_ASYNC_READ, reply.u32(Layouts.INIT_OUT.at("flags")));
        assertEquals(0, reply.u32(Layouts.INIT_OUT.at("flags2")));
        assertEquals(31, reply.u32(Layouts.INIT_OUT.at("minor")));
    }

    @Test
    void kernelThatIsTooOldIsRefused() {
        final Reply reply = kernel.call(Opcode.INIT, 0, new Message().u32(7).u32(26).u32(0).u32(0));
        assertEquals(71, reply.errno());
        assertTrue(kernel.dispatcher.begun().isCompletedExceptionally());
    }

    @Test
    void kernelThatIsNewerIsAskedToSpeakVersionSeven() {
        final Reply reply = kernel.call(Opcode.INIT, 0, new Message().u32(8).u32(0).u32(0).u32(0));
        assertEquals(0, reply.errno());
        assertEquals(7, reply.u32(0));
        assertFalse(kernel.dispatcher.begun().isDone());
    }

    /** A file system that answers a look-up when the test says so. */
    private static final class LateFileSystem extends MemoryFileSystem {
        private Runnable answer;

        @Override
        public Cancellable lookup(
                final long parent, final byte[] name, final Completion<Attributes> done) {
            return super.lookup(
                    parent,
                    name,
                    new Completion<>() {
                        @Override
                        public void succeeded(final Attributes value) {
                            answer = () -> done.succeeded(value);
                        }

                        @Override
                        public void failed(final TrivetException error) {
                            done.failed(error);
                        }
                    });
        }
    }

    @Test
    void attributesAreNotTrustedIfSomethingHasChangedSinceTheyWereAskedFor() {
        final LateFileSystem late = new LateFileSystem();
        final SimulatedKernel kernelOfIt = new SimulatedKernel(late);
        final long inode = kernelOfIt.create("file")[0];
        final int valid = Layouts.ENTRY_OUT.at("attr_valid");
        final long first = kernelOfIt.send(Opcode.LOOKUP, 1, Message.empty().name("file"));
        kernelOfIt.runAgent();
        late.answer.run();
        assertEquals(1, kernelOfIt.replies.get(first).u64(valid));
        final long second = kernelOfIt.send(Opcode.LOOKUP, 1, Message.empty().name("file"));
        kernelOfIt.runAgent();
        kernelOfIt.dispatcher.inodeChanged(inode);
        late.answer.run();
        assertEquals(0, kernelOfIt.replies.get(second).u64(valid), "they may be of before");
    }

    @Test
    void whatIsWrittenIsRead() {
        final long[] file = kernel.create("file");
        final byte[] large = bytes(1 << 20, 1);
        final byte[] small = bytes(100, 2);
        assertEquals(
                1 << 20,
                kernel.call(Opcode.WRITE, file[0], Message.write(file[1], 0, large)).u32(0));
        assertEquals(
                100,
                kernel.call(Opcode.WRITE, file[0], Message.write(file[1], 1 << 20, small)).u32(0));
        assertArrayEquals(
                large,
                kernel.call(Opcode.READ, file[0], Message.read(file[1], 0, 1 << 20)).bytes());
        assertArrayEquals(
                small,
                kernel.call(Opcode.READ, file[0], Message.read(file[1], 1 << 20, 4096)).bytes());
        assertEquals(
                0,
                kernel.call(Opcode.READ, file[0], Message.read(file[1], 2 << 20, 4096))
                        .payload()
                        .capacity());
    }

    @Test
    void attributesSayWhatTheFileIs() {
        final long[] file = kernel.create("file");
        kernel.call(Opcode.WRITE, file[0], Message.write(file[1], 0, bytes(1000, 1)));
        final Reply reply =
                kernel.call(Opcode.GETATTR, file[0], Message.empty().u32(0).u32(0).u64(0));
        final int attr = Layouts.ATTR_OUT.at("attr");
        assertEquals(1, reply.u64(0), "valid for a second");
        assertEquals(file[0], reply.u64(attr + Layouts.ATTR.at("ino")));
        assertEquals(1000, reply.u64(attr + Layouts.ATTR.at("size")));
        assertEquals(2, reply.u64(attr + Layouts.ATTR.at("blocks")));
        assertEquals(0100644, reply.u32(attr + Layouts.ATTR.at("mode")));
        assertEquals(1000, reply.u32(attr + Layouts.ATTR.at("uid")));
        assertEquals(4096, reply.u32(attr + Layouts.ATTR.at("blksize")));
    }

    @Test
    void errorsOfTheFileSystemBecomeErrnos() {
        assertEquals(ENOENT, kernel.call(Opcode.LOOKUP, 1, Message.empty().name("none")).errno());
        kernel.create("file");
        assertEquals(
                17,
                kernel.call(Opcode.MKDIR, 1, Message.empty().u32(0755).u32(022).name("file"))
                        .errno());
        assertEquals(20, kernel.call(Opcode.RMDIR, 1, Message.empty().name("file")).errno());
        assertEquals(9, kernel.call(Opcode.READ, 1, Message.read(12345, 0, 10)).errno());
    }

    @Test
    void namesAreCheckedBeforeTheFileSystemSeesThem() {
        assertEquals(
                36, kernel.call(Opcode.LOOKUP, 1, Message.empty().name("n".repeat(256))).errno());
        assertEquals(
                ENOENT,
                kernel.call(Opcode.LOOKUP, 1, Message.empty().name("n".repeat(255))).errno());
        for (final String name : List.of("", ".", "..", "a/b")) {
            assertEquals(
                    22, kernel.call(Opcode.LOOKUP, 1, Message.empty().name(name)).errno(), name);
        }
    }

    @Test
    void namesAreBytesAndNotText() {
        final byte[] name = {(byte) 0xff, 'x', (byte) 0xc3, 0};
        final Message create = Message.empty().u32(2).u32(0100644).u32(0).u32(0).raw(name);
        assertEquals(0, kernel.call(Opcode.CREATE, 1, create).errno());
        assertEquals(0, kernel.call(Opcode.LOOKUP, 1, Message.empty().raw(name)).errno());
    }

    @Test
    void extendedAttributesAreAskedForBySizeFirst() {
        final long inode = kernel.create("file")[0];
        final byte[] value = bytes(20_000, 3);
        final Message set = Message.empty().u32(value.length).u32(0).name("user.a").raw(value);
        assertEquals(0, kernel.call(Opcode.SETXATTR, inode, set).errno());
        assertEquals(20_000, get(inode, 0).u32(0));
        assertEquals(34, get(inode, 100).errno());
        assertArrayEquals(value, get(inode, 65536).bytes());
        final Reply list = kernel.call(Opcode.LISTXATTR, inode, Message.empty().u32(4096).u32(0));
        assertEquals("user.a\0", new String(list.bytes(), StandardCharsets.UTF_8));
        assertEquals(
                0, kernel.call(Opcode.REMOVEXATTR, inode, Message.empty().name("user.a")).errno());
        assertEquals(61, get(inode, 0).errno());
        final Message acl =
                Message.empty().u32(1).u32(0).name("system.posix_acl_access").raw(new byte[1]);
        assertEquals(95, kernel.call(Opcode.SETXATTR, inode, acl).errno());
    }

    private Reply get(final long inode, final int size) {
        return kernel.call(Opcode.GETXATTR, inode, Message.empty().u32(size).u32(0).name("user.a"));
    }

    @Test
    void setattrSetsWhatItsBitsName() {
        final long inode = kernel.create("file")[0];
        final int valid =
                Flags.SETATTR_MODE | Flags.SETATTR_SIZE | Flags.SETATTR_MTIME | Flags.SETATTR_UID;
        final Message set =
                Message.empty().u32(valid).u32(0).u64(0).u64(777).u64(0).u64(5).u64(-3).u64(0);
        set.u32(9).u32(500).u32(0).u32(0600).u32(0).u32(7).u32(8).u32(0);
        final Reply reply = kernel.call(Opcode.SETATTR, inode, set);
        final int attr = Layouts.ATTR_OUT.at("attr");
        assertEquals(777, reply.u64(attr + Layouts.ATTR.at("size")));
        assertEquals(0100600, reply.u32(attr + Layouts.ATTR.at("mode")));
        assertEquals(7, reply.u32(attr + Layouts.ATTR.at("uid")));
        assertEquals(1000, reply.u32(attr + Layouts.ATTR.at("gid")), "not named");
        assertEquals(-3, reply.u64(attr + Layouts.ATTR.at("mtime")), "before 1970");
        assertEquals(500, reply.u32(attr + Layouts.ATTR.at("mtimensec")));
        assertNotEquals(5, reply.u64(attr + Layouts.ATTR.at("atime")), "not named");
    }

    @Test
    void locksConflictWaitAndAreReleased() {
        final long[] file = kernel.create("file");
        assertEquals(
                0, kernel.call(Opcode.SETLK, file[0], Message.lock(file[1], 1, 0, 9, 1)).errno());
        assertEquals(
                EAGAIN,
                kernel.call(Opcode.SETLK, file[0], Message.lock(file[1], 2, 5, 5, 1)).errno());
        final Reply conflict =
                kernel.call(Opcode.GETLK, file[0], Message.lock(file[1], 2, 5, 5, 1));
        assertEquals(9, conflict.u64(8));
        assertEquals(1, conflict.u32(16));
        final long waiting = kernel.send(Opcode.SETLKW, file[0], Message.lock(file[1], 2, 5, 5, 1));
        kernel.runAgent();
        assertFalse(kernel.replies.containsKey(waiting));
        final Message flush = Message.empty().u64(file[1]).u32(0).u32(0).u64(1);
        assertEquals(0, kernel.call(Opcode.FLUSH, file[0], flush).errno());
        assertEquals(0, kernel.replies.get(waiting).errno());
    }

    @Test
    void extendedAttributesLiveInKnownNamespaces() {
        final long inode = kernel.create("file")[0];
        for (final String name : List.of("other.a", "a", "", "system.posix_acl_access", "user")) {
            final Message set = Message.empty().u32(1).u32(0).name(name).raw(new byte[1]);
            assertEquals(95, kernel.call(Opcode.SETXATTR, inode, set).errno(), name);
            final Message get = Message.empty().u32(0).u32(0).name(name);
            assertEquals(95, kernel.call(Opcode.GETXATTR, inode, get).errno(), name);
        }
        final Message nothingBehind = Message.empty().u32(1).u32(0).name("user.").raw(new byte[1]);
        assertEquals(22, kernel.call(Opcode.SETXATTR, inode, nothingBehind).errno());
    }

    @Test
    void openingToTruncateTakesSetIdBitsAwayFromOthersThanRoot() {
        final long inode = kernel.create("file")[0];
        final int setIds = 06755;
        final Message mode =
                Message.empty()
                        .u32(Flags.SETATTR_MODE)
                        .u32(0)
                        .raw(new byte[60])
                        .u32(setIds)
                        .raw(new byte[16]);
        assertEquals(0, kernel.call(Opcode.SETATTR, inode, mode).errno());
        final Message plain = Message.empty().u32(Flags.O_WRITE_ONLY).u32(0);
        assertEquals(0, kernel.call(Opcode.OPEN, inode, plain).errno());
        assertEquals(setIds, mode(inode));
        final Message truncate = Message.empty().u32(Flags.O_WRITE_ONLY | Flags.O_TRUNCATE).u32(0);
        assertNotEquals(0, kernel.call(Opcode.OPEN, inode, truncate).u64(0));
        assertEquals(0755, mode(inode));
    }

    private int mode(final long inode) {
        final Message get = Message.empty().u32(0).u32(0).u64(0);
        final int at = Layouts.ATTR_OUT.at("attr") + Layouts.ATTR.at("mode");
        return kernel.call(Opcode.GETATTR, inode, get).u32(at) & 07777;
    }

    @Test
    void nothingIsBeforeTheBeginningOfAFile() {
        final long[] file = kernel.create("file");
        final Message seek = Message.empty().u64(file[1]).u64(-1).u32(3).u32(0);
        assertEquals(6, kernel.call(Opcode.LSEEK, file[0], seek).errno());
    }

    @Test
    void interruptReleasesWhoWaits() {
        final long[] file = kernel.create("file");
        kernel.call(Opcode.SETLK, file[0], Message.lock(file[1], 1, 0, 9, 1));
        final long waiting = kernel.send(Opcode.SETLKW, file[0], Message.lock(file[1], 2, 0, 9, 1));
        kernel.runAgent();
        final long interrupt = kernel.send(Opcode.INTERRUPT, 0, Message.empty().u64(waiting));
        kernel.runAgent();
        assertEquals(EINTR, kernel.replies.get(waiting).errno());
        assertFalse(kernel.replies.containsKey(interrupt), "an interrupt has no reply");
    }

    @Test
    void interruptThatComesBeforeItsRequestIsSentAgain() {
        final long early = kernel.send(Opcode.INTERRUPT, 0, Message.empty().u64(12345));
        kernel.runAgent();
        assertEquals(EAGAIN, kernel.replies.get(early).errno());
    }

    /** Reads wait until the test ends them, and writes too. */
    private static final class HoldingFileSystem extends MemoryFileSystem {
        private final List<Completion<Integer>> held = new ArrayList<>();

        @Override
        public Cancellable read(
                final long handle,
                final long offset,
                final MutableDirectBuffer destination,
                final int destinationOffset,
                final int length,
                final Completion<Integer> done) {
            held.add(done);
            return () -> {
                if (held.remove(done)) {
                    done.failed(new TrivetException(ErrorCode.INTERRUPTED, "held"));
                }
            };
        }
    }

    @Test
    void aSignalDoesNotBreakACallThatProgresses() {
        final HoldingFileSystem fs = new HoldingFileSystem();
        final SimulatedKernel holding = new SimulatedKernel(fs);
        final long[] file = holding.create("file");
        final long read = holding.send(Opcode.READ, file[0], Message.read(file[1], 0, 4096));
        holding.runAgent();
        holding.send(Opcode.INTERRUPT, 0, Message.empty().u64(read));
        holding.runAgent();
        fs.held.get(0).succeeded(4096);
        assertEquals(4096, holding.replies.get(read).payload().capacity());
        final long next = holding.send(Opcode.READ, file[0], Message.read(file[1], 0, 4096));
        holding.runAgent();
        holding.dispatcher.expire(System.nanoTime() + 2 * FuseDispatcher.INTERRUPT_GRACE_NS);
        assertFalse(holding.replies.containsKey(next), "nobody interrupted this one");
    }

    @Test
    void heldReadIsReleasedByAnInterruptAndItsReplyIsNotSentTwice() {
        final HoldingFileSystem fs = new HoldingFileSystem();
        final SimulatedKernel holding = new SimulatedKernel(fs);
        final long[] file = holding.create("file");
        final long first = holding.send(Opcode.READ, file[0], Message.read(file[1], 0, 4096));
        final long second = holding.send(Opcode.READ, file[0], Message.read(file[1], 0, 1 << 20));
        holding.runAgent();
        final long beginNs = System.nanoTime();
        holding.send(Opcode.INTERRUPT, 0, Message.empty().u64(first));
        holding.runAgent();
        holding.dispatcher.expire(beginNs);
        assertFalse(holding.replies.containsKey(first));
        holding.dispatcher.expire(System.nanoTime() + FuseDispatcher.INTERRUPT_GRACE_NS);
        assertEquals(EINTR, holding.replies.get(first).errno());
        assertFalse(holding.replies.containsKey(second));
        fs.held.get(0).succeeded(1 << 20);
        assertEquals(1 << 20, holding.replies.get(second).payload().capacity());
    }

    @Test
    void readaheadHasADeadlineAndTheReadOnDemandAfterItHasNone() {
        final SimulatedKernel holding = new SimulatedKernel(new HoldingFileSystem());
        final long[] file = holding.create("file");
        final long readahead = holding.send(Opcode.READ, file[0], Message.read(file[1], 0, 131072));
        final long onePage = holding.send(Opcode.READ, file[0], Message.read(file[1], 0, 4096));
        final Message direct =
                Message.empty()
                        .u64(file[1])
                        .u64(0)
                        .u32(131072)
                        .u32(0)
                        .u64(0)
                        .u32(Flags.oDirect())
                        .u32(0);
        final long asked = holding.send(Opcode.READ, file[0], direct);
        holding.runAgent();
        final long beginNs = System.nanoTime();
        holding.dispatcher.expire(beginNs + SimulatedKernel.READAHEAD_TIMEOUT_NS / 2);
        assertFalse(holding.replies.containsKey(readahead));
        holding.dispatcher.expire(beginNs + SimulatedKernel.READAHEAD_TIMEOUT_NS);
        assertEquals(EIO, holding.replies.get(readahead).errno());
        final long folio = holding.send(Opcode.READ, file[0], Message.read(file[1], 16384, 16384));
        holding.runAgent();
        holding.dispatcher.expire(System.nanoTime() + 1000 * SimulatedKernel.READAHEAD_TIMEOUT_NS);
        List.of(onePage, asked, folio)
                .forEach(unique -> assertFalse(holding.replies.containsKey(unique)));
    }

    @Test
    void xattrsAreAskedOfTheFileSystemOnlyWhereAttributesSayThatThereAreAny() {
        final int[] asked = new int[1];
        final SimulatedKernel counting =
                new SimulatedKernel(
                        new MemoryFileSystem() {
                            @Override
                            public Cancellable getXattr(
                                    final long inode,
                                    final byte[] name,
                                    final Completion<byte[]> done) {
                                asked[0]++;
                                return super.getXattr(inode, name, done);
                            }
                        });
        final long inode = counting.create("file")[0];
        final Message get = Message.empty().u32(0).u32(0).name("security.capability");
        final Message getOther = Message.empty().u32(0).u32(0).name("user.other");
        assertEquals(ENODATA, counting.call(Opcode.GETXATTR, inode, get).errno());
        assertEquals(ENODATA, counting.call(Opcode.GETXATTR, inode, getOther).errno());
        assertEquals(0, asked[0], "a new file has none");
        final Message setOther = Message.empty().u32(3).u32(0).name("user.other").raw(new byte[3]);
        assertEquals(0, counting.call(Opcode.SETXATTR, inode, setOther).errno());
        assertEquals(3, counting.call(Opcode.GETXATTR, inode, getOther).u32(0));
        asked[0] = 0;
        for (int i = 0; i < 10; i++) {
            assertEquals(ENODATA, counting.call(Opcode.GETXATTR, inode, get).errno());
        }
        assertEquals(1, asked[0], "not before each write");
        final Message set =
                Message.empty().u32(3).u32(0).name("security.capability").raw(new byte[3]);
        assertEquals(0, counting.call(Opcode.SETXATTR, inode, set).errno());
        assertEquals(3, counting.call(Opcode.GETXATTR, inode, get).u32(0));
    }

    @Test
    void closingGivesUpEveryHeldRequestAndRefusesLaterOnes() {
        final SimulatedKernel holding = new SimulatedKernel(new HoldingFileSystem());
        final long[] file = holding.create("file");
        final List<Long> held = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            held.add(holding.send(Opcode.READ, file[0], Message.read(file[1], 0, 4096)));
        }
        holding.runAgent();
        holding.dispatcher.close();
        held.forEach(unique -> assertEquals(EINTR, holding.replies.get(unique).errno()));
        assertEquals(ENODEV, holding.call(Opcode.STATFS, 1, Message.empty()).errno());
    }

    @Test
    void manyWaitingWritersLeaveReadsAnswered() {
        final List<Completion<Integer>> writers = new ArrayList<>();
        final SimulatedKernel waiting =
                new SimulatedKernel(
                        new MemoryFileSystem() {
                            @Override
                            public Cancellable write(
                                    final long handle,
                                    final long offset,
                                    final org.agrona.DirectBuffer source,
                                    final int sourceOffset,
                                    final int length,
                                    final Completion<Integer> done) {
                                writers.add(done);
                                return Cancellable.NONE;
                            }
                        });
        final long[] file = waiting.create("file");
        final List<Long> writes = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            writes.add(
                    waiting.send(
                            Opcode.WRITE, file[0], Message.write(file[1], 0, bytes(1 << 20, i))));
        }
        waiting.runAgent();
        for (int i = 0; i < 1000; i++) {
            assertEquals(
                    0, waiting.call(Opcode.READ, file[0], Message.read(file[1], 0, 65536)).errno());
        }
        List.copyOf(writers).forEach(done -> done.succeeded(1 << 20));
        writes.forEach(unique -> assertEquals(0, waiting.replies.get(unique).errno()));
    }

    @Test
    void dataIsFoundByOffsetButNotBehindAWritebackCache() {
        final long[] file = kernel.create("file");
        kernel.call(Opcode.WRITE, file[0], Message.write(file[1], 1 << 20, new byte[1]));
        assertEquals(1 << 20, seek(kernel, file, 0).u64(0));
        assertEquals(6, seek(kernel, file, 1L << 40).errno());
        final SimulatedKernel gathering = new SimulatedKernel(new MemoryFileSystem(), true);
        assertEquals(38, seek(gathering, gathering.create("file"), 0).errno());
    }

    private static Reply seek(final SimulatedKernel kernel, final long[] file, final long offset) {
        return kernel.call(
                Opcode.LSEEK, file[0], Message.empty().u64(file[1]).u64(offset).u32(3).u32(0));
    }

    @Test
    void exceptionInTheFileSystemBecomesEio() {
        final SimulatedKernel broken =
                new SimulatedKernel(
                        new MemoryFileSystem() {
                            @Override
                            public Cancellable readLink(
                                    final long inode, final Completion<byte[]> done) {
                                throw new IllegalStateException("on purpose");
                            }
                        });
        assertEquals(EIO, broken.call(Opcode.READLINK, 1, Message.empty()).errno());
        assertEquals(1, broken.dispatcher.counters().failures());
        assertEquals(
                0, broken.call(Opcode.STATFS, 1, Message.empty()).errno(), "the session goes on");
    }

    @Test
    void whatIsNotImplementedIsSaidSo() {
        for (final Opcode opcode :
                List.of(Opcode.ACCESS, Opcode.POLL, Opcode.SYNCFS, Opcode.STATX, Opcode.TMPFILE)) {
            assertEquals(
                    38,
                    kernel.call(opcode, 1, Message.empty().u64(0).u64(0)).errno(),
                    opcode.name());
        }
        assertEquals(25, kernel.call(Opcode.IOCTL, 1, Message.empty().raw(new byte[32])).errno());
    }

    @Test
    void inodeIsForgottenWhenTheKernelDropsItsLastReference() {
        final List<Long> forgotten = new ArrayList<>();
        final SimulatedKernel counting =
                new SimulatedKernel(
                        new MemoryFileSystem() {
                            @Override
                            public void forget(final long inode) {
                                forgotten.add(inode);
                            }
                        });
        final long inode = counting.create("file")[0];
        counting.call(Opcode.LOOKUP, 1, Message.empty().name("file"));
        final int before = counting.replyCount;
        counting.send(Opcode.FORGET, inode, Message.empty().u64(1));
        counting.runAgent();
        assertEquals(List.of(), forgotten);
        counting.send(Opcode.BATCH_FORGET, 0, Message.empty().u32(1).u32(0).u64(inode).u64(1));
        counting.runAgent();
        assertEquals(List.of(inode), forgotten);
        assertEquals(before, counting.replyCount, "no replies");
    }

    @Test
    void whatIsNotAppendedThroughAHandleThatAppendsGoesToItsOffset() {
        final Reply created = kernel.call(Opcode.CREATE, 1, Message.create("file", 02001));
        final long inode = created.u64(0);
        final long handle = created.u64(128);
        kernel.call(Opcode.WRITE, inode, Message.write(handle, 0, new byte[4096], Flags.O_APPEND));
        final Message page =
                Message.empty()
                        .u64(handle)
                        .u64(0)
                        .u32(4)
                        .u32(Flags.WRITE_CACHE)
                        .u64(0)
                        .u32(0)
                        .u32(0);
        assertEquals(
                4,
                kernel.call(Opcode.WRITE, inode, page.raw("page".getBytes(StandardCharsets.UTF_8)))
                        .u32(0));
        kernel.call(
                Opcode.WRITE,
                inode,
                Message.write(handle, 0, "tail".getBytes(StandardCharsets.UTF_8), Flags.O_APPEND));
        final byte[] placed = "after O_APPEND was taken back".getBytes(StandardCharsets.UTF_8);
        kernel.call(Opcode.WRITE, inode, Message.write(handle, 100, placed, 1));
        final byte[] all = kernel.call(Opcode.READ, inode, Message.read(handle, 0, 8192)).bytes();
        assertEquals(4100, all.length);
        assertArrayEquals(placed, Arrays.copyOfRange(all, 100, 100 + placed.length));
        assertEquals("page", new String(all, 0, 4, StandardCharsets.UTF_8));
        assertEquals("tail", new String(all, 4096, 4, StandardCharsets.UTF_8));
        final Message release = Message.empty().u64(handle).u32(0).u32(0).u64(0);
        assertEquals(0, kernel.call(Opcode.RELEASE, inode, release).errno());
    }
}
