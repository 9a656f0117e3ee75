package org.trivet.fs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.ChecksumType;
import org.trivet.client.ClientAgent;
import org.trivet.client.ClientConfig;
import org.trivet.client.FakeCluster;
import org.trivet.meta.CommandJournal;
import org.trivet.meta.MetadataClient;
import org.trivet.meta.MetadataClientConfig;
import org.trivet.meta.MetadataConfig;
import org.trivet.meta.MetadataNode;
import org.trivet.store.MemoryKeyValueStore;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.MessageHeaderDecoder;

import java.util.ArrayList;
import java.util.Random;
import java.util.function.Function;

/** A client, a metadata node, and data nodes in memory, driven by the test in virtual time. */
final class TestVolume implements AutoCloseable {
    final VolumeConfig volume;
    final FakeCluster cluster;
    final MemoryJournal journal = new MemoryJournal();
    final MetadataNode metadata;
    final ClientAgent client;

    /** Another client, of which the metadata node alone hears. */
    final MetadataClient other;

    long nowNs = 1;

    /** Whether the metadata node does anything. */
    boolean metadataRuns = true;

    /** Whether the client does anything. */
    boolean clientRuns = true;

    /** Of 100 requests to cut a strip, how many fail at first. */
    int failingTrims = 50;

    private final Random random;
    private final Transport othersTransport;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();

    TestVolume(final int blockLength, final int nodeCount, final long seed) {
        this(blockLength, nodeCount, VolumeConfig.Durability.PROCESS, seed);
    }

    TestVolume(
            final int blockLength,
            final int nodeCount,
            final VolumeConfig.Durability durability,
            final long seed) {
        volume = new VolumeConfig(9, nodeCount, 3, blockLength, ChecksumType.CRC32C, durability);
        cluster = new FakeCluster(volume, seed);
        random = new Random(seed);
        metadata =
                new MetadataNode(
                        MetadataConfig.of(volume),
                        cluster.metadataTransport(),
                        new MemoryKeyValueStore(),
                        journal,
                        this::trim,
                        () -> 1_000_000_000_000_000L + nowNs,
                        () -> nowNs);
        client =
                new ClientAgent(
                        ClientConfig.of(volume, seed + 1),
                        cluster.transport(),
                        () -> nowNs,
                        null,
                        error -> {
                            throw new AssertionError(error);
                        });
        othersTransport = cluster.onlookersTransport();
        other = new MetadataClient(MetadataClientConfig.of(9, seed + 2), othersTransport);
        metadata.onStart();
        client.onStart();
    }

    private void trim(
            final long dataId,
            final long cut,
            final long[] cuts,
            final boolean whole,
            final int group,
            final Completion<Void> done) {
        if (random.nextInt(100) < failingTrims) {
            done.failed(new TrivetException(ErrorCode.IO, "not now"));
        } else {
            cluster.trimGroup(dataId, cut, cuts, whole, group);
            done.succeeded(null);
        }
    }

    VolumeFileSystem files() {
        return client.fileSystem();
    }

    void cycle() {
        nowNs += 200_000;
        if (metadataRuns) {
            metadata.doWork();
        }
        if (clientRuns) {
            client.doWork();
        }
        othersTransport.poll(
                (buffer, offset, length) -> {
                    header.wrap(buffer, offset);
                    other.onMessage(header.templateId(), buffer, offset, length);
                },
                Integer.MAX_VALUE);
        other.doWork(nowNs);
    }

    void run(final long ms) {
        for (long i = 0; i < ms * 5; i++) {
            cycle();
        }
    }

    <T> Ending<T> start(final Function<Completion<T>, Cancellable> operation) {
        final Ending<T> ending = new Ending<>();
        ending.operation = operation.apply(ending);
        return ending;
    }

    <T> T call(final Function<Completion<T>, Cancellable> operation) {
        return await(start(operation));
    }

    <T> T await(final Ending<T> ending) {
        for (int i = 0; i < 500_000 && !ending.ended; i++) {
            cycle();
        }
        assertTrue(ending.ended, "never ended");
        if (ending.error != null) {
            throw ending.error;
        }
        return ending.value;
    }

    static byte[] name(final String name) {
        return name.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    Opened create(final String name, final int flags) {
        return call(done -> files().create(Caller.ROOT, 1, name(name), 0644, flags, done));
    }

    int write(final Opened file, final long offset, final byte[] bytes) {
        return await(startWrite(file, offset, bytes));
    }

    Ending<Integer> startWrite(final Opened file, final long offset, final byte[] bytes) {
        final UnsafeBuffer source = new UnsafeBuffer(bytes);
        return start(done -> files().write(file.handle(), offset, source, 0, bytes.length, done));
    }

    byte[] read(final Opened file, final long offset, final int length) {
        final byte[] bytes = new byte[length];
        final int got =
                call(
                        done ->
                                files().read(
                                                file.handle(),
                                                offset,
                                                new UnsafeBuffer(bytes),
                                                0,
                                                length,
                                                done));
        return java.util.Arrays.copyOf(bytes, got);
    }

    Attributes attributes(final Opened file) {
        return call(done -> files().getAttributes(file.attributes().inode(), done));
    }

    void truncate(final Opened file, final long size) {
        call(
                (Completion<Attributes> done) ->
                        files().setAttributes(
                                        file.attributes().inode(),
                                        file.handle(),
                                        AttributeChange.ofSize(size),
                                        done));
    }

    void allocate(final Opened file, final int mode, final long offset, final long length) {
        call(
                (Completion<Void> done) ->
                        files().allocate(file.handle(), mode, offset, length, done));
    }

    void release(final Opened file) {
        call((Completion<Void> done) -> files().release(file.handle(), 0, done));
    }

    @Override
    public void close() {
        client.onClose();
        metadata.onClose();
    }

    /** How an operation ended. */
    static final class Ending<T> implements Completion<T> {
        Cancellable operation;
        boolean ended;
        T value;
        TrivetException error;

        @Override
        public void succeeded(final T result) {
            assertTrue(!ended, "ended twice");
            ended = true;
            value = result;
        }

        @Override
        public void failed(final TrivetException failure) {
            assertTrue(!ended, "ended twice");
            ended = true;
            error = failure;
        }
    }

    /** A journal that is durable at once. */
    static final class MemoryJournal implements CommandJournal {
        private final ArrayList<byte[]> records = new ArrayList<>();

        @Override
        public long append(
                final DirectBuffer buffer,
                final int offset,
                final int length,
                final boolean reserve) {
            final byte[] bytes = new byte[length];
            buffer.getBytes(offset, bytes);
            records.add(bytes);
            return records.size();
        }

        @Override
        public long writtenPosition() {
            return records.size();
        }

        @Override
        public long syncedPosition() {
            return records.size();
        }

        @Override
        public void requestSync() {}

        @Override
        public int doWork() {
            return 0;
        }

        @Override
        public void replay(final long after, final Handler handler) {
            for (int i = (int) after; i < records.size(); i++) {
                handler.onRecord(i + 1, new UnsafeBuffer(records.get(i)), 0, records.get(i).length);
            }
        }

        @Override
        public void release(final long position) {}

        @Override
        public void close() {}
    }
}
