package org.trivet.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.trivet.meta.MetadataRig.CALLER;
import static org.trivet.meta.MetadataRig.MS;
import static org.trivet.meta.MetadataRig.ROOT;
import static org.trivet.meta.MetadataRig.bytes;
import static org.trivet.meta.NamespaceRulesTest.raw;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.VolumeConfig.Durability;
import org.trivet.fs.Attributes;
import org.trivet.transport.EndpointId;
import org.trivet.transport.Transport;
import org.trivet.wire.sbe.CancelRequestEncoder;
import org.trivet.wire.sbe.LookupEncoder;
import org.trivet.wire.sbe.MakeDirectoryEncoder;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.RegisterEncoder;
import org.trivet.wire.sbe.RegisteredDecoder;
import org.trivet.wire.sbe.SessionsDecoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class MetadataNodeTest {
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1024]);

    private record Registration(long incarnation, boolean first) {}

    private Registration register(
            final MetadataRig rig, final Transport node, final long storageId) {
        final RegisterEncoder encoder = new RegisterEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(7)
                .source(node.endpointId())
                .node(node.endpointId())
                .storageId(storageId)
                .bootHash(1)
                .created((short) 1)
                .start(3);
        node.offer(EndpointId.METADATA, buffer, 0, 8 + encoder.encodedLength());
        final List<Registration> answers = new ArrayList<>();
        final RegisteredDecoder decoder = new RegisteredDecoder();
        rig.runUntil(
                () -> {
                    node.poll(
                            (message, offset, length) -> {
                                if (Verbs.templateId(message, offset)
                                        == RegisteredDecoder.TEMPLATE_ID) {
                                    decoder.wrapAndApplyHeader(
                                            message, offset, new MessageHeaderDecoder());
                                    if (decoder.storageId() == storageId) {
                                        answers.add(
                                                new Registration(
                                                        decoder.incarnation(),
                                                        decoder.firstStorage() != 0));
                                    }
                                }
                            },
                            100);
                    return !answers.isEmpty();
                });
        return answers.get(0);
    }

    @Test
    void onlyTheFirstStorageOfANodeIsNew() {
        final MetadataRig rig = new MetadataRig();
        final Transport node = rig.network.open(2);
        final Registration first = register(rig, node, 50);
        assertTrue(first.first);
        final Registration again = register(rig, node, 50);
        assertTrue(again.first);
        assertTrue(again.incarnation > first.incarnation);
        assertFalse(register(rig, node, 51).first);
        rig.restartNode();
        assertFalse(register(rig, node, 51).first);
        final Registration last = register(rig, node, 50);
        assertTrue(last.first);
        assertTrue(register(rig, rig.network.open(3), 51).first);
    }

    @Test
    void incarnationsAreNeverGivenOutAgainAfterALossOfPower() {
        final MetadataRig rig = new MetadataRig();
        final Transport node = rig.network.open(2);
        final long before = register(rig, node, 50).incarnation;
        rig.journal.losePower();
        rig.restartNode();
        assertTrue(register(rig, node, 50).incarnation > before);
    }

    @Test
    void idsAreNeverGivenOutAgainAfterALossOfPower() {
        final MetadataRig rig = new MetadataRig();
        final MetadataRig.Peer a = rig.connect();
        a.inodes();
        rig.journal.holdSync(true);
        final Attributes lost = a.created(ROOT, "f");
        rig.journal.losePower();
        rig.restartNode();
        rig.journal.holdSync(false);
        assertEquals(ErrorCode.NOT_FOUND, a.fails(c -> a.client.lookup(ROOT, bytes("f"), raw(c))));
        final Attributes next = a.created(ROOT, "f");
        assertTrue(next.inode() > lost.inode() && next.dataId() > lost.dataId());
    }

    @Test
    void diskDurabilityAnswersOnlyWhatIsSynced() {
        final MetadataRig rig = new MetadataRig(0, Durability.DISK);
        final MetadataRig.Peer a = rig.connect();
        a.inodes();
        rig.journal.holdSync(true);
        final var made = new MetadataRig.Result<Attributes>();
        final var read = new MetadataRig.Result<Attributes>();
        a.client.makeDirectory(CALLER, ROOT, bytes("d"), 0755, made);
        rig.run(10 * MS);
        a.client.lookup(ROOT, bytes("d"), read);
        rig.run(100 * MS);
        assertFalse(made.ended || read.ended);
        rig.journal.holdSync(false);
        rig.runUntil(() -> made.ended && read.ended);
        assertEquals(made.get().inode(), read.get().inode());
    }

    @Test
    void syncAnswersWhenEverythingIsSynced() {
        final MetadataRig rig = new MetadataRig();
        final MetadataRig.Peer a = rig.connect();
        a.inodes();
        rig.journal.holdSync(true);
        a.created(ROOT, "f");
        final var synced = new MetadataRig.Result<Void>();
        a.client.sync(synced);
        rig.run(50 * MS);
        assertFalse(synced.ended);
        rig.journal.holdSync(false);
        rig.runUntil(() -> synced.ended);
        rig.journal.losePower();
        rig.restartNode();
        a.lookup(ROOT, "f");
    }

    @Test
    void aFullDiskRefusesWritersButNotReadersAndRemovers() {
        final MetadataRig rig = new MetadataRig();
        final MetadataRig.Peer a = rig.connect();
        a.file(ROOT, "f");
        rig.journal.capacity(0);
        assertEquals(
                ErrorCode.NO_SPACE,
                a.fails(c -> a.client.makeDirectory(CALLER, ROOT, bytes("d"), 0755, raw(c))));
        a.lookup(ROOT, "f");
        a.unlink(ROOT, "f");
        assertEquals(ErrorCode.NOT_FOUND, a.fails(c -> a.client.lookup(ROOT, bytes("d"), raw(c))));
        rig.journal.capacity(Long.MAX_VALUE);
        a.directory(ROOT, "d");
        assertEquals(1, rig.node.refusedFull());
    }

    @Test
    void whatCouldNotBeCommittedIsRefusedBeforeItIsDone() {
        final MetadataRig rig = new MetadataRig();
        final MetadataRig.Peer a = rig.connect();
        a.file(ROOT, "f");
        rig.run(1100 * MS); // the next command is the first since a commit: it looks for room
        rig.journal.roomToCommit(0);
        assertEquals(
                ErrorCode.NO_SPACE,
                a.fails(c -> a.client.makeDirectory(CALLER, ROOT, bytes("d"), 0755, raw(c))));
        final long inode = a.lookup(ROOT, "f").inode();
        a.<Attributes>await(c -> a.client.open(inode, 0, c)); // readers go on
        a.unlink(ROOT, "f");
        rig.restartNode();
        assertEquals(ErrorCode.NOT_FOUND, a.fails(c -> a.client.lookup(ROOT, bytes("f"), raw(c))));
        rig.journal.roomToCommit(1000);
        a.directory(ROOT, "d");
    }

    @Test
    void dataNodesHearWhichSessionsLive() {
        final MetadataRig rig = new MetadataRig();
        final Transport node = rig.network.open(1);
        final MetadataRig.Peer a = rig.connect();
        a.inodes();
        rig.run(1100 * MS);
        final List<String> heard = new ArrayList<>();
        final SessionsDecoder decoder = new SessionsDecoder();
        final DirectBuffer live = new UnsafeBuffer();
        node.poll(
                (message, offset, length) -> {
                    decoder.wrapAndApplyHeader(message, offset, new MessageHeaderDecoder());
                    final boolean highest = decoder.highest() >= a.client.sessionId();
                    decoder.wrapLive(live);
                    heard.add(
                            highest
                                    + " "
                                    + live.capacity() / 8
                                    + " "
                                    + (live.capacity() > 0
                                            && live.getLong(0) == a.client.sessionId()));
                },
                1000);
        assertEquals("true 1 true", heard.get(heard.size() - 1));
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void damagedMessagesAreRefusedAndCounted(final long seed) {
        final MetadataRig rig = new MetadataRig();
        final MetadataRig.Peer a = rig.connect();
        a.inodes();
        final String before = rig.rows("IEK");
        final Transport endpoint = rig.network.open(EndpointId.FIRST_CLIENT + 50);
        final LookupEncoder encoder = new LookupEncoder();
        final Random random = new Random(seed);
        int sent = 0;
        for (int i = 0; i < 2000; i++) {
            encoder.wrapAndApplyHeader(buffer, 0, header)
                    .volumeId(7)
                    .source(endpoint.endpointId())
                    .session(a.client.sessionId())
                    .request(1_000)
                    .lowestOpen(0)
                    .parent(ROOT)
                    .putName(bytes("name"), 0, 4);
            int length = 8 + encoder.encodedLength();
            switch (random.nextInt(4)) {
                case 0 -> length = random.nextInt(length);
                case 1 -> buffer.putInt(8 + LookupEncoder.BLOCK_LENGTH, random.nextInt());
                case 2 -> buffer.putByte(random.nextInt(16), (byte) (0x80 | random.nextInt(128)));
                default -> buffer.putShort(2, (short) random.nextInt());
            }
            endpoint.offer(EndpointId.METADATA, buffer, 0, length);
            sent++;
            rig.step();
        }
        assertTrue(rig.node.malformed() > sent / 2, "seed " + seed);
        assertEquals(before, rig.rows("IEK"), "seed " + seed);
        assertNotEquals(0, a.inodes());
    }

    /** What is given up leaves a reply, which goes when the session gets so far, or ends. */
    @Test
    void onlyARequestThatIsWaitedForCanBeGivenUp() {
        final MetadataRig rig = new MetadataRig();
        final MetadataRig.Peer a = rig.connect();
        a.directory(ROOT, "d");
        final String before = rig.rows("R");
        final CancelRequestEncoder cancel = new CancelRequestEncoder();
        for (final long given : new long[] {Long.MIN_VALUE, 0, 4, 10, 11, Long.MAX_VALUE}) {
            cancel.wrapAndApplyHeader(buffer, 0, header)
                    .volumeId(7)
                    .source(a.transport.endpointId())
                    .session(a.client.sessionId())
                    .request(10)
                    .lowestOpen(5)
                    .given(given);
            a.transport.offer(EndpointId.METADATA, buffer, 0, 8 + cancel.encodedLength());
        }
        rig.run(10 * MS);
        assertEquals(6, rig.node.malformed());
        assertEquals(before, rig.rows("R"));
    }

    @Test
    void aNodeRegistersNobodyButItself() {
        final MetadataRig rig = new MetadataRig();
        final Transport node = rig.network.open(1);
        final RegisterEncoder register = new RegisterEncoder();
        register.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(7)
                .source(1)
                .node(2)
                .storageId(5)
                .bootHash(6)
                .created((short) 1)
                .start(7);
        node.offer(EndpointId.METADATA, buffer, 0, 8 + register.encodedLength());
        rig.run(10 * MS);
        assertEquals(1, rig.node.malformed());
        assertEquals("", rig.rows("DN"));
    }

    @Test
    void aRequestThatNobodyWaitsForAnyMoreIsNotDone() {
        final MetadataRig rig = new MetadataRig();
        final MetadataRig.Peer a = rig.connect();
        a.directory(ROOT, "d");
        a.directory(ROOT, "e");
        a.directory(ROOT, "f");
        final MakeDirectoryEncoder late = new MakeDirectoryEncoder();
        late.wrapAndApplyHeader(buffer, 0, header)
                .volumeId(7)
                .source(a.transport.endpointId())
                .session(a.client.sessionId())
                .request(1)
                .lowestOpen(1)
                .parent(ROOT)
                .mode(0755)
                .uid(0)
                .gid(0)
                .putName(bytes("late"), 0, 4);
        a.transport.offer(EndpointId.METADATA, buffer, 0, 8 + late.encodedLength());
        rig.run(10 * MS);
        assertEquals(1, rig.node.outdated());
        assertEquals(
                ErrorCode.NOT_FOUND, a.fails(c -> a.client.lookup(ROOT, bytes("late"), raw(c))));
    }

    @Test
    void theStoreIsCommittedAndOnlyTheTailReplayed() {
        final MetadataRig rig = new MetadataRig();
        final MetadataRig.Peer a = rig.connect();
        for (int i = 0; i < 50; i++) {
            a.file(ROOT, "f" + i);
        }
        rig.run(1500 * MS);
        assertEquals(0, rig.journal.size());
        a.file(ROOT, "g");
        assertTrue(rig.journal.size() <= 2);
        rig.restartNode();
        a.lookup(ROOT, "g");
        a.lookup(ROOT, "f49");
    }
}
