package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;
import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.block.Placement;
import org.trivet.client.FileBlocks;
import org.trivet.replica.ClusterHarness.Message;
import org.trivet.replica.NodeCounters.Counter;
import org.trivet.transport.EndpointId;
import org.trivet.wire.BlockRequestPublisher;
import org.trivet.wire.sbe.AckDecoder;
import org.trivet.wire.sbe.AckEncoder;
import org.trivet.wire.sbe.ChunkDecoder;
import org.trivet.wire.sbe.ChunkEncoder;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.HelloDecoder;
import org.trivet.wire.sbe.LogEntriesDecoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.PrepareDecoder;
import org.trivet.wire.sbe.PrepareEncoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.RegisteredEncoder;
import org.trivet.wire.sbe.TestimonyDecoder;

import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Consumer;

/**
 * Messages that are in form, and that no member can mean: damaged in a field, most likely. They do
 * nothing, and all goes on when the right ones come.
 */
class ImpossibleMessagesTest {
    private static final long DATA_ID = 77;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int HEADER = MessageHeaderEncoder.ENCODED_LENGTH;
    private static final int STRANGER = EndpointId.FIRST_CLIENT + 9;

    private final VolumeConfig volume =
            new VolumeConfig(11, 3, 3, 4096, ChecksumType.CRC32C, Durability.PROCESS);
    private final ClusterHarness cluster = new ClusterHarness(volume, 1);
    private final ClusterHarness.Endpoint stranger = cluster.open(STRANGER);
    private final FileBlocks file = cluster.file(DATA_ID);
    private final int primary = Placement.startGroup(DATA_ID, 3);
    private final int one = (primary + 1) % 3;
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();

    private Group group(final int node) {
        return cluster.nodes[node].group(primary);
    }

    private long refused(final int node) {
        return cluster.nodes[node].counters().get(Counter.MESSAGES_REFUSED);
    }

    private long disagreeing(final int node) {
        return cluster.nodes[node].counters().get(Counter.DISAGREEING);
    }

    private void written() {
        cluster.await(cluster.write(file, 0, new byte[4096]));
    }

    private void send(final int to, final MessageEncoderFlyweight message) {
        stranger.offer(to, buffer, 0, HEADER + message.encodedLength());
        cluster.run(3);
    }

    /** A message as it was sent, but for what is changed of it. */
    private Message changed(final Message message, final Consumer<UnsafeBuffer> change) {
        final byte[] bytes = message.bytes().clone();
        change.accept(new UnsafeBuffer(bytes));
        return new Message(0, 0, message.from(), message.to(), bytes);
    }

    private Message awaitHeld(final int template, final int from, final int to) {
        cluster.until(() -> cluster.held.has(template, from, to));
        return cluster.held.release(template, from, to).getFirst();
    }

    /** As the primary sends it now; the entries are still to be put. */
    private PrepareEncoder prepare(final long previousEpoch) {
        final Group backup = group(one);
        return new PrepareEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .volumeId(volume.volumeId())
                .source(primary)
                .group(primary)
                .epoch(backup.epoch)
                .incarnation(cluster.nodes[one].status().incarnation())
                .previousSequence(backup.log.end())
                .previousEpoch(previousEpoch)
                .watermark(backup.watermark)
                .allSynced(0)
                .syncWanted(0)
                .bound(0)
                .sentNs(cluster.nowNs());
    }

    /** One entry without data. */
    private byte[] entry(final EntryKind kind, final long sequence, final long from) {
        final UnsafeBuffer framed = new UnsafeBuffer(new byte[256]);
        final EntryEncoder entry =
                new EntryEncoder()
                        .wrapAndApplyHeader(framed, 8, header)
                        .epoch(group(one).epoch)
                        .sequence(sequence)
                        .session(0)
                        .request(0)
                        .lowestOpen(0)
                        .dataId(DATA_ID)
                        .cut(0)
                        .firstUnit(from)
                        .endUnit(sequence)
                        .group(primary)
                        .kind(kind)
                        .putChecksums(new byte[0], 0, 0)
                        .putPayload(new byte[0], 0, 0);
        final int length = HEADER + entry.encodedLength();
        framed.putInt(0, length, LE);
        final byte[] bytes = new byte[8 + length + 7 & ~7];
        framed.getBytes(0, bytes);
        return bytes;
    }

    @Test
    void anEpochThatCannotBeIsNotPromised() {
        written();
        cluster.kill(primary, false);
        cluster.held.hold(HelloDecoder.TEMPLATE_ID, primary, one);
        cluster.start(primary);
        final Message hello = awaitHeld(HelloDecoder.TEMPLATE_ID, primary, one);
        final long before = refused(one);
        cluster.held.hold(HelloDecoder.TEMPLATE_ID, primary, one);
        final int at = HEADER + HelloDecoder.epochEncodingOffset();
        for (final long epoch : new long[] {Long.MAX_VALUE, 1L << 40, 0, -1}) {
            cluster.deliver(List.of(changed(hello, bytes -> bytes.putLong(at, epoch, LE))));
        }
        assertEquals(before + 4, refused(one));
        cluster.held.release(HelloDecoder.TEMPLATE_ID, primary, one);
        written();
        cluster.mustConverge();
    }

    @Test
    void anIncarnationThatCannotBeDoesNotShutOutAMember() {
        written();
        cluster.held.hold(AckDecoder.TEMPLATE_ID, one, primary);
        final Message ack = awaitHeld(AckDecoder.TEMPLATE_ID, one, primary);
        final long before = refused(primary);
        final int at = HEADER + AckDecoder.incarnationEncodingOffset();
        cluster.deliver(List.of(changed(ack, bytes -> bytes.putLong(at, Long.MAX_VALUE, LE))));
        assertEquals(before + 1, refused(primary));
        written();
    }

    @Test
    void anAcknowledgementOfWhatWasNeverSentStopsNobody() {
        written();
        cluster.held.hold(AckDecoder.TEMPLATE_ID, one, primary);
        final Message ack = awaitHeld(AckDecoder.TEMPLATE_ID, one, primary);
        final int writtenAt = HEADER + AckDecoder.writtenEncodingOffset();
        final int heardAt = HEADER + AckDecoder.heardNsEncodingOffset();
        cluster.deliver(
                List.of(
                        changed(ack, bytes -> bytes.putLong(writtenAt, 1 << 20, LE)),
                        // heard before it was sent: the primary would have a lease for an hour
                        changed(
                                ack,
                                bytes ->
                                        bytes.putLong(
                                                heardAt,
                                                cluster.nowNs() + 3_600_000_000_000L,
                                                LE))));
        assertEquals(2, disagreeing(primary));
        written();
    }

    @Test
    void aMessageThatSpeaksOfAnotherLogStopsNobody() {
        written();
        cluster.run(100);
        final long end = group(one).log.end();
        send(one, prepare(group(one).epoch - 1).putEntries(new byte[0], 0, 0));
        assertEquals(1, disagreeing(one));
        final byte[] other = entry(EntryKind.VOID, end + 1, 1);
        send(one, prepare(group(one).log.epochOf(end)).putEntries(other, 0, other.length));
        assertEquals(2, disagreeing(one), "what is committed cannot be void");
        assertEquals(end, group(one).log.end());
        written();
        cluster.mustConverge();
    }

    /** So many that their number seems to be one, where it is not counted in 64 bits. */
    @Test
    void aMarkerDoesNotMakeTheLogEndless() {
        written();
        cluster.run(100);
        final long end = group(one).log.end();
        final byte[] marker = entry(EntryKind.VOID, end + 1 + (1L << 32), end + 1);
        send(one, prepare(group(one).log.epochOf(end)).putEntries(marker, 0, marker.length));
        assertEquals(end, group(one).log.end());
        written();
    }

    @Test
    void ofAMessageWithAnImpossibleEntryNothingIsTaken() {
        written();
        cluster.run(100);
        final long end = group(one).log.end();
        final byte[] good = entry(EntryKind.NOTHING, end + 1, 0);
        final byte[] both = new byte[2 * good.length];
        System.arraycopy(good, 0, both, 0, good.length);
        System.arraycopy(entry(EntryKind.NOTHING, end + 2, 0), 0, both, good.length, good.length);
        final int kindAt = good.length + 8 + HEADER + EntryEncoder.kindEncodingOffset();
        final long before = refused(one);
        for (final byte kind : new byte[] {77, (byte) EntryKind.ROW.value(), 1, 5, 6}) {
            both[kindAt] = kind;
            send(one, prepare(group(one).log.epochOf(end)).putEntries(both, 0, both.length));
        }
        assertEquals(before + 5, refused(one));
        assertEquals(end, group(one).log.end());
    }

    @Test
    void aReasonThatThereIsNotIsRefused() {
        written();
        final long before = refused(one);
        final ChunkEncoder chunk =
                new ChunkEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .volumeId(volume.volumeId())
                        .source(primary)
                        .group(primary)
                        .nonce(1)
                        .watermark(0)
                        .fromDataId(0)
                        .fromUnit(0)
                        .toDataId(5)
                        .toUnit(0)
                        .totalUnits(0)
                        .refusal(Refusal.NONE)
                        .putCuts(new byte[0], 0, 0)
                        .putGivenUp(new byte[0], 0, 0)
                        .putRows(new byte[0], 0, 0);
        buffer.putByte(HEADER + ChunkDecoder.refusalEncodingOffset(), (byte) 50);
        send(one, chunk);
        assertEquals(before + 1, refused(one));
    }

    /** The results are lost to the recovery otherwise, and what was done would be done again. */
    @Test
    void aTestimonyWithoutItsResultsDoesNotCount() {
        written();
        cluster.until(() -> group(one).watermark == group(one).log.end());
        cluster.kill(primary, false);
        cluster.held.hold(TestimonyDecoder.TEMPLATE_ID, one, primary);
        cluster.start(primary);
        final Message testimony = awaitHeld(TestimonyDecoder.TEMPLATE_ID, one, primary);
        cluster.held.hold(TestimonyDecoder.TEMPLATE_ID, one, primary);
        final int countAt = HEADER + TestimonyDecoder.BLOCK_LENGTH + Integer.BYTES;
        final int lowestAt = countAt + Integer.BYTES + Long.BYTES;
        cluster.deliver(
                List.of(
                        changed(testimony, bytes -> bytes.putInt(countAt, 0, LE)),
                        // before the first request: its window would never be passed
                        changed(testimony, bytes -> bytes.putLong(lowestAt, Long.MIN_VALUE, LE))));
        cluster.run(1000);
        assertFalse(cluster.nodes[primary].primary().isActive());
        cluster.held.release(TestimonyDecoder.TEMPLATE_ID, one, primary);
        written();
    }

    /** The longest log was decided on before: this one would be sent what is behind its end. */
    @Test
    void aTestimonyToMoreThanThereIsStopsNobody() {
        written();
        cluster.until(() -> group(one).watermark == group(one).log.end());
        cluster.held.hold(PrepareDecoder.TEMPLATE_ID, primary, one);
        cluster.write(file, 0, new byte[4096]); // so that the other one has the longest log
        final int other = (primary + 2) % 3;
        cluster.until(() -> group(other).log.end() == 2);
        cluster.kill(primary, false);
        cluster.wipe(primary);
        cluster.held.release(PrepareDecoder.TEMPLATE_ID, primary, one);
        cluster.held.hold(LogEntriesDecoder.TEMPLATE_ID, other, primary);
        cluster.held.hold(TestimonyDecoder.TEMPLATE_ID, one, primary);
        cluster.start(primary);
        final Message testimony = awaitHeld(TestimonyDecoder.TEMPLATE_ID, one, primary);
        final int endAt = HEADER + TestimonyDecoder.endEncodingOffset();
        cluster.deliver(List.of(testimony));
        cluster.deliver(List.of(changed(testimony, bytes -> bytes.putLong(endAt, 7, LE))));
        cluster.held.release(LogEntriesDecoder.TEMPLATE_ID, other, primary);
        cluster.until(() -> cluster.nodes[primary].primary().isActive());
        cluster.run(3000);
        assertTrue(group(primary).log.end() >= 2);
    }

    @Test
    void sessionsThatNobodyHasOpenedAreNotRemembered() {
        written();
        final BlockRequestPublisher client = new BlockRequestPublisher(volume.volumeId(), stranger);
        for (int i = 1; i <= 20_000; i++) {
            final long session = ClusterHarness.SESSION + i * 31L;
            client.sendTrim(primary, session, 1, 1, 1000 + i, 0, new long[0], 0, 0);
            if (i % 50 == 0) {
                cluster.run(1);
            }
        }
        cluster.run(100);
        final int perSession = 16 + ResultTable.WINDOW / 8;
        final int most = SessionRegistry.MAX_UNHEARD + 1;
        assertTrue(group(primary).results.encodedLength() <= 4 + most * perSession);
        written();
    }

    @Test
    void whatNoMessageHoldsIsNotVerifiedForAHint() {
        written();
        final BlockRequestPublisher client = new BlockRequestPublisher(volume.volumeId(), stranger);
        final long before = refused(one);
        client.sendRepair(one, primary, DATA_ID, 0, Integer.MAX_VALUE);
        client.sendRepair(one, primary, DATA_ID, 0, 0);
        client.sendRepair(one, primary, DATA_ID, Long.MAX_VALUE, 1);
        cluster.run(3);
        assertEquals(before + 3, refused(one));
    }

    @Test
    void requestsOutOfRangeAreCounted() {
        written();
        final BlockRequestPublisher client = new BlockRequestPublisher(volume.volumeId(), stranger);
        client.sendReadMap(one, primary, 1, DATA_ID, Long.MAX_VALUE);
        client.sendReadMap(one, primary, 2, DATA_ID, -1);
        client.sendRead(one, primary, 3, DATA_ID, Long.MAX_VALUE, 1);
        client.sendRead(one, primary, 4, DATA_ID, 0, -1);
        cluster.run(3);
        assertEquals(4, cluster.nodes[one].counters().get(Counter.INVALID));
    }

    @Test
    void onlyMembersAndTheMetadataNodeAreHeard() {
        written();
        final long before = refused(one);
        for (final int source : new int[] {STRANGER, EndpointId.METADATA, one, 3, -1}) {
            send(one, prepare(0).source(source).putEntries(new byte[0], 0, 0));
        }
        send(
                one,
                new RegisteredEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .volumeId(volume.volumeId())
                        .source(primary)
                        .node(one)
                        .storageId(1)
                        .incarnation(1)
                        .firstStorage((short) 0)
                        .start(1));
        assertEquals(before + 6, refused(one));
        send(
                primary,
                new AckEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .volumeId(volume.volumeId())
                        .source(primary)
                        .group(primary));
        assertEquals(1, refused(primary));
    }

    @Test
    void aSetOfKeysIsInOrder() {
        final UnsafeBuffer set = new UnsafeBuffer(new byte[4 + 2 * KeyRanges.RANGE_LENGTH]);
        final KeyRanges ranges = new KeyRanges();
        ranges.add(KeyRanges.Range.ofStrip(5, 0, 10));
        ranges.add(KeyRanges.Range.ofStrip(5, 20, 30));
        final int length = ranges.encode(set, 0);
        final KeyRanges.Range strip = KeyRanges.Range.ofStrip(5, 0, 30);
        assertTrue(KeyRanges.isEncoded(set, 0, length, KeyRanges.Range.ALL));
        assertTrue(KeyRanges.isEncoded(set, 0, length, strip));
        assertFalse(KeyRanges.isEncoded(set, 0, length, KeyRanges.Range.ofStrip(5, 0, 29)));
        set.putLong(4 + 24, 20, LE);
        assertFalse(KeyRanges.isEncoded(set, 0, length, strip), "they are one range");
        set.putLong(4 + 24, -1, LE);
        assertFalse(KeyRanges.isEncoded(set, 0, length, strip), "an empty one");
        set.putInt(0, Integer.MAX_VALUE, LE);
        assertFalse(KeyRanges.isEncoded(set, 0, length, strip), "more than there are");
    }
}
