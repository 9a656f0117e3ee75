package org.trivet.meta;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.ChecksumType;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.Caller;
import org.trivet.fs.DirectoryEntry;
import org.trivet.store.MemoryKeyValueStore;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** A metadata node and clients over a network in memory, in virtual time. */
final class MetadataRig {
    static final long ROOT = Attributes.ROOT_INODE;
    static final Caller CALLER = new Caller(1000, 100, 7);
    static final long MS = 1_000_000L;
    static final int NODES = 4;

    final LossyNetwork network;
    final MemoryJournal journal = new MemoryJournal();
    final MemoryKeyValueStore store = new MemoryKeyValueStore();
    final List<Peer> peers = new ArrayList<>();
    final List<Trim> trims = new ArrayList<>();
    final MetadataConfig config;
    boolean trimsDone = true;
    boolean nodeIsUp = true;
    long nowNs = 1_000 * MS;
    MetadataNode node;

    /** A trim that was asked for. */
    record Trim(
            long dataId,
            long cut,
            long[] cuts,
            boolean wholeStrip,
            int group,
            Completion<Void> done) {}

    /** A client and its endpoint. */
    final class Peer {
        final Transport transport;
        final MetadataClient client;
        boolean alive = true;

        /** Hears, and is not heard. */
        boolean mute;

        private Peer(final int index) {
            transport = network.open(EndpointId.FIRST_CLIENT + index);
            client = new MetadataClient(MetadataClientConfig.of(7, 100 + index), transport);
        }

        void step() {
            transport.poll(
                    (buffer, offset, length) ->
                            client.onMessage(
                                    Verbs.templateId(buffer, offset), buffer, offset, length),
                    100);
            if (!mute) {
                client.doWork(nowNs);
            }
        }

        <T> T await(final Consumer<Completion<T>> operation) {
            final Result<T> result = new Result<>();
            operation.accept(result);
            runUntil(() -> result.ended);
            return result.get();
        }

        ErrorCode fails(final Consumer<Completion<Object>> operation) {
            try {
                await(operation);
            } catch (final TrivetException failure) {
                return failure.code();
            }
            return null;
        }

        Attributes file(final long parent, final String name) {
            return await(
                    c ->
                            client.makeNode(
                                    CALLER, parent, bytes(name), Attributes.REGULAR | 0644, 0, c));
        }

        Attributes directory(final long parent, final String name) {
            return await(c -> client.makeDirectory(CALLER, parent, bytes(name), 0755, c));
        }

        Attributes created(final long parent, final String name) {
            return await(c -> client.create(CALLER, parent, bytes(name), 0644, 2, c));
        }

        Attributes lookup(final long parent, final String name) {
            return await(c -> client.lookup(parent, bytes(name), c));
        }

        Attributes attributes(final long inode) {
            return await(c -> client.getAttributes(inode, c));
        }

        Attributes resized(final long inode, final long size) {
            return await(c -> client.setAttributes(inode, AttributeChange.ofSize(size), c));
        }

        void unlink(final long parent, final String name) {
            this.<Void>await(c -> client.unlink(parent, bytes(name), c));
        }

        void rename(final long from, final String name, final long to, final String newName) {
            this.<Void>await(c -> client.rename(from, bytes(name), to, bytes(newName), 0, c));
        }

        List<DirectoryEntry> list(final long inode, final long cookie, final int max) {
            return await(c -> client.readDirectory(inode, cookie, max, false, c));
        }

        long inodes() {
            return this.<Long>await(client::status);
        }
    }

    /** What an operation came to. */
    static final class Result<T> implements Completion<T> {
        boolean ended;
        T value;
        TrivetException error;

        @Override
        public void succeeded(final T result) {
            if (ended) {
                throw new AssertionError("completed twice");
            }
            ended = true;
            value = result;
        }

        @Override
        public void failed(final TrivetException failure) {
            if (ended) {
                throw new AssertionError("completed twice");
            }
            ended = true;
            error = failure;
        }

        T get() {
            if (error != null) {
                throw error;
            }
            return value;
        }
    }

    MetadataRig() {
        this(0, VolumeConfig.Durability.PROCESS);
    }

    MetadataRig(final long seed, final VolumeConfig.Durability durability) {
        network = new LossyNetwork(seed);
        config =
                MetadataConfig.of(
                        new VolumeConfig(7, NODES, 3, 4096, ChecksumType.CRC32C, durability));
        startNode();
    }

    private void startNode() {
        node =
                new MetadataNode(
                        config,
                        network.open(EndpointId.METADATA),
                        store,
                        journal,
                        (dataId, cut, cuts, whole, group, done) -> {
                            trims.add(new Trim(dataId, cut, cuts, whole, group, done));
                            if (trimsDone) {
                                done.succeeded(null);
                            }
                        },
                        () -> nowNs,
                        () -> nowNs);
    }

    /** Kills the metadata node, and starts it again: as of its last commit and its journal. */
    void restartNode() {
        node.onClose();
        store.reopen();
        startNode();
    }

    Peer connect() {
        final Peer peer = new Peer(peers.size());
        peers.add(peer);
        return peer;
    }

    void step() {
        nowNs += MS;
        if (nodeIsUp) {
            node.doWork();
        }
        for (final Peer peer : peers) {
            if (peer.alive) {
                peer.step();
            }
        }
    }

    void run(final long durationNs) {
        final long end = nowNs + durationNs;
        while (nowNs < end) {
            step();
        }
    }

    interface Condition {
        boolean holds();
    }

    void runUntil(final Condition condition) {
        for (int i = 0; !condition.holds(); i++) {
            if (i > 200_000) {
                throw new AssertionError("not within 200 s of virtual time");
            }
            step();
        }
    }

    /** All rows, in order, for comparisons. */
    String rows(final String kinds) {
        return rows(store, kinds);
    }

    static String rows(final MemoryKeyValueStore store, final String kinds) {
        final StringBuilder text = new StringBuilder();
        final BiConsumer<byte[], byte[]> add =
                (k, v) ->
                        text.append(HexFormat.of().formatHex(k))
                                .append('=')
                                .append(HexFormat.of().formatHex(v))
                                .append('\n');
        final var from = new UnsafeBuffer(new byte[] {0});
        store.forward(
                from,
                0,
                1,
                (key, value) -> {
                    if (kinds.indexOf(key.getByte(0)) >= 0) {
                        final byte[] k = new byte[key.capacity()];
                        final byte[] v = new byte[value.capacity()];
                        key.getBytes(0, k);
                        value.getBytes(0, v);
                        add.accept(k, v);
                    }
                    return true;
                });
        return text.toString();
    }

    static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(final byte[] name) {
        return new String(name, StandardCharsets.UTF_8);
    }
}
