package org.trivet.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.trivet.meta.MetadataRig.CALLER;
import static org.trivet.meta.MetadataRig.MS;
import static org.trivet.meta.MetadataRig.ROOT;
import static org.trivet.meta.MetadataRig.bytes;
import static org.trivet.meta.NamespaceRulesTest.raw;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.trivet.Cancellable;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.Attributes;
import org.trivet.fs.DirectoryEntry;
import org.trivet.fs.InvalidationListener;
import org.trivet.transport.EndpointId;
import org.trivet.wire.sbe.MessageHeaderDecoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class SessionsTest {
    private final MetadataRig rig = new MetadataRig();
    private final MetadataRig.Peer a = rig.connect();

    @Test
    void anIdleClientKeepsItsSession() {
        a.inodes();
        final long session = a.client.sessionId();
        rig.run(120_000 * MS);
        a.inodes();
        assertEquals(session, a.client.sessionId());
    }

    @Test
    void aRestartGrantsAFullLeaseAndKeepsOpenings() {
        final Attributes file = a.created(ROOT, "f");
        a.unlink(ROOT, "f");
        rig.nodeIsUp = false;
        rig.run(60_000 * MS);
        rig.nodeIsUp = true;
        rig.restartNode();
        rig.run(10_000 * MS);
        assertEquals(0, a.attributes(file.inode()).linkCount());
    }

    @Test
    void timeInWhichEverybodyStoodStillEndsNoSession() {
        final Attributes file = a.created(ROOT, "f");
        final long session = a.client.sessionId();
        a.unlink(ROOT, "f");
        rig.nowNs += 3_600_000 * MS; // as when the process is suspended and goes on
        rig.run(10_000 * MS);
        assertEquals(0, a.attributes(file.inode()).linkCount(), "it is open, and so it lives");
        assertEquals(session, a.client.sessionId());
        final MetadataRig.Peer b = rig.connect();
        assertEquals(file.inode(), a.attributes(file.inode()).inode());
        a.alive = false;
        rig.run(120_000 * MS);
        final TrivetException gone =
                assertThrows(TrivetException.class, () -> b.attributes(file.inode()));
        assertTrue(
                gone.code() == ErrorCode.STALE || gone.code() == ErrorCode.NOT_FOUND,
                () -> "who is gone holds nothing: " + gone);
    }

    @Test
    void formerSessionsEndBeforeAnythingIsAskedIfTheirClientsAreGone() {
        final Attributes file = a.created(ROOT, "f");
        a.<Attributes>await(
                c -> a.client.written(file.inode(), file.dataId(), 0, 100, 0, -1, false, c));
        assertEquals(
                100L,
                a.<Long>await(
                        c ->
                                a.client.reserveAppend(
                                        file.inode(), file.dataId(), file.cut(), 50, c)));
        final Attributes removed = a.created(ROOT, "g");
        a.unlink(ROOT, "g");
        a.alive = false;
        rig.restartNode();
        rig.node.endFormerSessions();
        final MetadataRig.Peer b = rig.connect();
        final Attributes opened = b.created(ROOT, "f");
        assertEquals(1, opened.cut(), "what may lie beyond the end is cut off");
        assertEquals(
                100L,
                b.<Long>await(
                        c ->
                                b.client.reserveAppend(
                                        opened.inode(), opened.dataId(), opened.cut(), 50, c)));
        assertEquals(
                ErrorCode.STALE, b.fails(c -> b.client.getAttributes(removed.inode(), raw(c))));
        assertEquals(1, rig.node.sessionCount());
    }

    @Test
    void timeInWhichNobodyCouldReachTheNodeEndsNoSession() {
        final Attributes file = a.created(ROOT, "f");
        final long session = a.client.sessionId();
        a.unlink(ROOT, "f");
        rig.network.disconnected = EndpointId.METADATA;
        rig.run(120_000 * MS); // as when the driver of its process is gone
        rig.network.disconnected = LossyNetwork.NOBODY;
        rig.run(10_000 * MS);
        assertEquals(0, a.attributes(file.inode()).linkCount(), "it is open, and so it lives");
        assertEquals(session, a.client.sessionId());
    }

    @Test
    void aRestartWithoutATransportEndsNoSession() {
        final Attributes file = a.created(ROOT, "f");
        a.unlink(ROOT, "f");
        rig.network.disconnected = EndpointId.METADATA;
        rig.restartNode();
        rig.run(120_000 * MS);
        rig.network.disconnected = LossyNetwork.NOBODY;
        rig.run(10_000 * MS);
        assertEquals(0, a.attributes(file.inode()).linkCount(), "it is open, and so it lives");
    }

    @Test
    void aClientThatCannotReachTheNodeLosesItsSession() {
        a.created(ROOT, "f");
        final long session = a.client.sessionId();
        rig.network.disconnected = a.transport.endpointId();
        rig.run(120_000 * MS);
        rig.network.disconnected = LossyNetwork.NOBODY;
        rig.run(10_000 * MS);
        a.inodes();
        assertNotEquals(session, a.client.sessionId());
    }

    @Test
    void aClientThatWasAwayForLongGetsANewSession() {
        final List<Long> sessions = new ArrayList<>();
        a.client.onSession(sessions::add);
        a.created(ROOT, "f");
        a.alive = false;
        rig.run(60_000 * MS);
        a.alive = true;
        final var change = new MetadataRig.Result<Attributes>();
        a.lookup(ROOT, "f");
        assertEquals(2, sessions.size());
        assertNotEquals(sessions.get(0), sessions.get(1));
        a.client.makeDirectory(CALLER, ROOT, bytes("d"), 0755, change);
        rig.runUntil(() -> change.ended);
        change.get();
    }

    @Test
    void requestsWaitWhileTheNodeIsDown() {
        a.inodes();
        rig.nodeIsUp = false;
        final var made = new MetadataRig.Result<Attributes>();
        a.client.makeDirectory(CALLER, ROOT, bytes("d"), 0755, made);
        rig.run(20_000 * MS);
        assertFalse(made.ended);
        rig.nodeIsUp = true;
        rig.runUntil(() -> made.ended);
        assertTrue(made.get().isDirectory());
    }

    @Test
    void aGivenUpRequestIsToldAtOnceAndAGivenUpOpeningIsReleased() {
        a.inodes();
        rig.nodeIsUp = false;
        final var created = new MetadataRig.Result<Attributes>();
        final Cancellable running = a.client.create(CALLER, ROOT, bytes("f"), 0644, 2, created);
        rig.run(10 * MS);
        running.cancel();
        assertTrue(created.ended);
        assertEquals(ErrorCode.INTERRUPTED, created.error.code());
        rig.nodeIsUp = true;
        rig.run(4_000 * MS);
        assertEquals("", rig.rows("O"));
        assertEquals(0, a.client.pending());
    }

    @Test
    void repliesThatNobodyWaitsForAreDropped() {
        for (int i = 0; i < 100; i++) {
            a.file(ROOT, "f" + i);
        }
        assertTrue(rig.rows("R").lines().count() <= 2);
    }

    @Test
    void closingEndsOpeningsAndFailsWhatIsPending() {
        a.created(ROOT, "f");
        final var pending = new MetadataRig.Result<Attributes>();
        final var closed = new MetadataRig.Result<Void>();
        a.client.lookup(ROOT, bytes("f"), pending);
        a.client.close(closed);
        assertEquals(ErrorCode.CLOSED, pending.error.code());
        rig.runUntil(() -> closed.ended);
        closed.get();
        rig.run(100 * MS);
        assertEquals("", rig.rows("OSRQ"));
        assertEquals(ErrorCode.CLOSED, a.fails(c -> a.client.lookup(ROOT, bytes("f"), raw(c))));
    }

    @Test
    void othersAreToldOfChanges() {
        final MetadataRig.Peer b = rig.connect();
        final List<String> told = new ArrayList<>();
        b.client.onInvalidation(
                new InvalidationListener() {
                    @Override
                    public void inodeChanged(
                            final long inode,
                            final long offset,
                            final long length,
                            final Outcome outcome) {
                        told.add("inode " + inode);
                        outcome.obeyed();
                    }

                    @Override
                    public void entryChanged(
                            final long parent, final byte[] name, final Outcome outcome) {
                        told.add("entry " + parent + " " + MetadataRig.text(name));
                        outcome.obeyed();
                    }

                    @Override
                    public void everythingChanged(final Outcome outcome) {
                        told.add("everything");
                        outcome.obeyed();
                    }
                });
        b.attributes(ROOT);
        a.file(ROOT, "f");
        rig.run(10 * MS);
        assertTrue(told.contains("inode 1") && told.contains("entry 1 f"), told.toString());
    }

    @Test
    void whatIsCutShortOfRepliesAndAnnouncementsIsDroppedAndCounted() {
        final MetadataRig.Peer b = rig.connect();
        final List<String> told = new ArrayList<>();
        b.client.onInvalidation(
                new InvalidationListener() {
                    @Override
                    public void inodeChanged(
                            final long inode,
                            final long offset,
                            final long length,
                            final Outcome outcome) {
                        told.add("inode");
                        outcome.obeyed();
                    }

                    @Override
                    public void entryChanged(
                            final long parent, final byte[] name, final Outcome outcome) {
                        told.add(MetadataRig.text(name));
                        outcome.obeyed();
                    }

                    @Override
                    public void everythingChanged(final Outcome outcome) {
                        told.add("everything");
                        outcome.obeyed();
                    }
                });
        b.file(ROOT, "first");
        b.<Void>await(c -> b.client.setXattr(ROOT, bytes("user.a"), bytes("value"), 0, c));
        final var attributes = new MetadataRig.Result<Attributes>();
        final var entries = new MetadataRig.Result<List<DirectoryEntry>>();
        final var value = new MetadataRig.Result<byte[]>();
        final var missing = new MetadataRig.Result<Attributes>();
        b.client.getAttributes(ROOT, attributes);
        b.client.readDirectory(ROOT, 0, 10, true, entries);
        b.client.getXattr(ROOT, bytes("user.a"), value);
        b.client.lookup(ROOT, bytes("missing"), missing);
        b.client.doWork(rig.nowNs);
        b.alive = false; // what is sent to it waits
        told.clear();
        a.file(ROOT, "second");
        rig.run(10 * MS);
        final List<byte[]> messages = new ArrayList<>();
        b.transport.poll(
                (buffer, offset, length) -> {
                    final byte[] message = new byte[length];
                    buffer.getBytes(offset, message);
                    messages.add(message);
                },
                100);
        for (final byte[] message : messages) {
            for (int length = MessageHeaderDecoder.ENCODED_LENGTH;
                    length < message.length;
                    length++) {
                final long malformed = b.client.malformed();
                deliver(b, Arrays.copyOf(message, length));
                assertEquals(malformed + 1, b.client.malformed(), "of " + length + " bytes");
            }
        }
        assertEquals(List.of(), told);
        assertFalse(attributes.ended || entries.ended || value.ended || missing.ended);
        messages.forEach(message -> deliver(b, message));
        assertTrue(told.contains("inode") && told.contains("second"), told.toString());
        assertEquals(ROOT, attributes.get().inode());
        assertEquals("value", MetadataRig.text(value.get()));
        assertFalse(entries.get().isEmpty());
        assertEquals(ErrorCode.NOT_FOUND, missing.error.code());
    }

    private static void deliver(final MetadataRig.Peer peer, final byte[] message) {
        final UnsafeBuffer buffer = new UnsafeBuffer(message);
        peer.client.onMessage(Verbs.templateId(buffer, 0), buffer, 0, message.length);
    }

    @Test
    void aRequestThatWaitsForLongDoesNotStopTheOthers() {
        rig.trimsDone = false;
        final Attributes file = a.created(ROOT, "f");
        a.resized(file.inode(), 1000);
        for (int i = 0; i < 16; i++) {
            a.resized(file.inode(), 900 - i);
        }
        final var waits = new MetadataRig.Result<Attributes>();
        a.client.setAttributes(file.inode(), org.trivet.fs.AttributeChange.ofSize(5), waits);
        final var counted = new int[1];
        for (int i = 0; i < 80_000; i += 500) {
            for (int j = 0; j < 500; j++) {
                a.client.getAttributes(
                        ROOT,
                        new org.trivet.Completion<>() {
                            @Override
                            public void succeeded(final Attributes value) {
                                counted[0]++;
                            }

                            @Override
                            public void failed(final org.trivet.TrivetException error) {
                                throw error;
                            }
                        });
            }
            final int all = i + 500;
            rig.runUntil(() -> counted[0] == all);
        }
        assertFalse(waits.ended);
        rig.trims.forEach(t -> t.done().succeeded(null));
        rig.runUntil(() -> waits.ended);
        assertEquals(17, waits.get().cut());
    }
}
