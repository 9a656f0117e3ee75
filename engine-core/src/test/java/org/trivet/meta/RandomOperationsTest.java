package org.trivet.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.trivet.meta.MetadataRig.CALLER;
import static org.trivet.meta.MetadataRig.bytes;
import static org.trivet.meta.NamespaceRulesTest.raw;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig.Durability;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.DirectoryEntry;
import org.trivet.store.MemoryKeyValueStore;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Random operations over a bad network and a node that crashes, compared with a model after each.
 */
class RandomOperationsTest {
    private static final int STEPS = 400;

    private MetadataRig rig;
    private MetadataRig.Peer peer;
    private Random random;
    private final TreeModel model = new TreeModel();
    private final List<TreeModel.Entry> opened = new ArrayList<>();

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void killedNodeForgetsNothingItAnswered(final long seed) {
        run(seed, Durability.PROCESS);
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {11, 12, 13, 14})
    void lossOfPowerTakesNothingThatWasAnsweredFromDisk(final long seed) {
        run(seed, Durability.DISK);
    }

    private void run(final long seed, final Durability durability) {
        rig = new MetadataRig(seed, durability);
        rig.journal.keepHistory();
        rig.network.lossRate = 0.05;
        rig.network.repeatRate = 0.1;
        rig.network.reorderRate = 0.1;
        random = new Random(seed);
        peer = rig.connect();
        for (int step = 0; step < STEPS; step++) {
            final String at = "seed " + seed + " step " + step;
            final MetadataRig.Result<Object> result = new MetadataRig.Result<>();
            final Outcome outcome = start(result);
            int steps = 0;
            while (!result.ended) {
                rig.step();
                if (random.nextInt(120) == 0) {
                    crash(durability);
                }
                if (++steps > 100_000) {
                    throw new AssertionError(at + " does not end");
                }
            }
            outcome.check(result, at);
            if (step % 100 == 99) {
                compare(at);
            }
        }
        releaseAll();
        compare("seed " + seed + " at the end");
        replayGivesTheSame("seed " + seed);
    }

    private void crash(final Durability durability) {
        if (durability == Durability.DISK) {
            rig.journal.losePower();
        }
        rig.restartNode();
    }

    private interface Outcome {
        void check(MetadataRig.Result<Object> result, String at);
    }

    private static Outcome expects(
            final ErrorCode expected, final java.util.function.Consumer<Attributes> then) {
        return (result, at) -> {
            assertEquals(expected, result.error == null ? null : result.error.code(), at);
            if (expected == null) {
                then.accept(result.value instanceof Attributes attributes ? attributes : null);
            }
        };
    }

    private TreeModel.Entry directory() {
        final List<TreeModel.Entry> all = new ArrayList<>();
        for (final TreeModel.Entry entry : model.all()) {
            if (entry.directory) {
                all.add(entry);
            }
        }
        all.sort((x, y) -> Long.compare(x.inode, y.inode));
        return all.get(random.nextInt(all.size()));
    }

    private String name() {
        return "n" + random.nextInt(6);
    }

    private Outcome start(final Completion<Object> done) {
        final TreeModel.Entry parent = directory();
        final String name = name();
        final TreeModel.Entry child = parent.children.get(name);
        final ErrorCode exists = child == null ? null : ErrorCode.EXISTS;
        return switch (random.nextInt(10)) {
            case 0, 1 -> {
                peer.client.makeDirectory(CALLER, parent.inode, bytes(name), 0755, raw(done));
                yield expects(
                        exists, a -> model.add(parent, name, new TreeModel.Entry(a.inode(), true)));
            }
            case 2 -> {
                peer.client.makeNode(CALLER, parent.inode, bytes(name), 0100644, 0, raw(done));
                yield expects(
                        exists,
                        a -> model.add(parent, name, new TreeModel.Entry(a.inode(), false)));
            }
            case 3 -> create(parent, name, child, done);
            case 4 -> {
                peer.client.unlink(parent.inode, bytes(name), raw(done));
                yield expects(model.unlink(parent, name), a -> {});
            }
            case 5 -> {
                peer.client.removeDirectory(parent.inode, bytes(name), raw(done));
                yield expects(model.removeDirectory(parent, name), a -> {});
            }
            case 6, 7 -> {
                final TreeModel.Entry newParent = directory();
                final String newName = name();
                final int flags = random.nextInt(3);
                peer.client.rename(
                        parent.inode,
                        bytes(name),
                        newParent.inode,
                        bytes(newName),
                        flags,
                        raw(done));
                yield expects(model.rename(parent, name, newParent, newName, flags), a -> {});
            }
            case 8 -> link(parent, name, done);
            default -> change(child, done);
        };
    }

    private Outcome create(
            final TreeModel.Entry parent,
            final String name,
            final TreeModel.Entry child,
            final Completion<Object> done) {
        peer.client.create(CALLER, parent.inode, bytes(name), 0644, 2, raw(done));
        final ErrorCode expected = child != null && child.directory ? ErrorCode.IS_DIRECTORY : null;
        return expects(
                expected,
                a -> {
                    final TreeModel.Entry entry =
                            child == null ? new TreeModel.Entry(a.inode(), false) : child;
                    assertEquals(entry.inode, a.inode());
                    model.add(parent, name, entry);
                    entry.openings++;
                    opened.add(entry);
                });
    }

    private Outcome link(
            final TreeModel.Entry parent, final String name, final Completion<Object> done) {
        if (opened.isEmpty()) {
            peer.client.lookup(1, bytes("nothing"), raw(done));
            return expects(ErrorCode.NOT_FOUND, a -> {});
        }
        final TreeModel.Entry file = opened.get(random.nextInt(opened.size()));
        peer.client.link(file.inode, parent.inode, bytes(name), raw(done));
        final ErrorCode exists = parent.children.containsKey(name) ? ErrorCode.EXISTS : null;
        return expects(
                file.names == 0 ? ErrorCode.NOT_FOUND : exists,
                a -> {
                    file.names++;
                    model.add(parent, name, file);
                    assertEquals(file.names, a.linkCount());
                });
    }

    private Outcome change(final TreeModel.Entry child, final Completion<Object> done) {
        if (!opened.isEmpty() && random.nextBoolean()) {
            final TreeModel.Entry file = opened.remove(random.nextInt(opened.size()));
            peer.client.release(file.inode, raw(done));
            return expects(null, a -> file.openings--);
        }
        if (child == null || child.directory) {
            peer.client.getAttributes(1, raw(done));
            return expects(null, a -> assertEquals(model.root.linkCount(), a.linkCount()));
        }
        final long size = random.nextInt(4) * 1000L;
        peer.client.setAttributes(child.inode, AttributeChange.ofSize(size), raw(done));
        return expects(
                null,
                a -> {
                    child.size = size;
                    assertEquals(size, a.size());
                });
    }

    private void releaseAll() {
        for (final TreeModel.Entry file : opened) {
            peer.<Void>await(c -> peer.client.release(file.inode, c));
        }
        opened.clear();
    }

    private void compare(final String at) {
        final Set<TreeModel.Entry> all = new HashSet<>(model.all());
        for (final TreeModel.Entry entry : all) {
            final Attributes attributes = peer.attributes(entry.inode);
            assertEquals(entry.linkCount(), attributes.linkCount(), at);
            if (entry.directory) {
                final List<String> names = new ArrayList<>();
                for (final DirectoryEntry listed : peer.list(entry.inode, 0, 1000)) {
                    final String name = MetadataRig.text(listed.name());
                    names.add(name);
                    assertEquals(entry.children.get(name).inode, listed.inode(), at);
                }
                assertEquals(entry.children.keySet(), new HashSet<>(names), at);
            } else {
                assertEquals(entry.size, attributes.size(), at);
            }
        }
        for (final TreeModel.Entry file : opened) {
            all.add(file);
        }
        assertEquals(all.size(), peer.inodes(), at);
    }

    private void replayGivesTheSame(final String at) {
        rig.run(3000 * MetadataRig.MS);
        final MemoryKeyValueStore store = new MemoryKeyValueStore();
        final Namespace namespace = new Namespace(store, 7);
        long position = 0;
        for (final byte[] record : rig.journal.history()) {
            final UnsafeBuffer buffer = new UnsafeBuffer(record);
            namespace.apply(buffer.getLong(0, ByteOrder.LITTLE_ENDIAN), buffer, 8, Effects.NONE);
            position++;
        }
        namespace.checkpoint(position);
        assertEquals(MetadataRig.rows(store, "IEKLXOPRBQTND"), rig.rows("IEKLXOPRBQTND"), at);
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {21, 22, 23})
    void manyClientsOverABadNetworkAppendEachOnce(final long seed) {
        rig = new MetadataRig(seed, Durability.PROCESS);
        rig.network.lossRate = 0.1;
        rig.network.repeatRate = 0.2;
        rig.network.reorderRate = 0.2;
        random = new Random(seed);
        final MetadataRig.Peer first = rig.connect();
        final Attributes file = first.created(1, "f");
        final Set<Long> offsets = new HashSet<>();
        final int[] left = {600};
        for (int i = 0; i < 3; i++) {
            final MetadataRig.Peer each = i == 0 ? first : rig.connect();
            for (int j = 0; j < 200; j++) {
                each.client.reserveAppend(
                        file.inode(),
                        file.dataId(),
                        file.cut(),
                        10,
                        new Completion<>() {
                            @Override
                            public void succeeded(final Long value) {
                                offsets.add(value);
                                left[0]--;
                            }

                            @Override
                            public void failed(final TrivetException error) {
                                throw error;
                            }
                        });
            }
        }
        while (left[0] > 0) {
            rig.step();
            if (random.nextInt(100) == 0) {
                rig.restartNode();
            }
        }
        assertEquals(600, offsets.size(), "seed " + seed);
        assertEquals(5990L, offsets.stream().mapToLong(x -> x).max().orElse(0), "seed " + seed);
    }
}
