package org.trivet.fuzz;

import static org.trivet.fuzz.FuzzedVolume.begin;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Completion;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.Caller;
import org.trivet.fs.DirectoryEntry;
import org.trivet.fs.FileLock;
import org.trivet.fs.Opened;
import org.trivet.fs.VolumeFileSystem;
import org.trivet.replica.LostRange;
import org.trivet.transport.EndpointId;
import org.trivet.wire.sbe.AckDecoder;
import org.trivet.wire.sbe.ChunkDecoder;
import org.trivet.wire.sbe.JoinOkDecoder;
import org.trivet.wire.sbe.LogEntriesDecoder;
import org.trivet.wire.sbe.PrepareDecoder;
import org.trivet.wire.sbe.TestimonyDecoder;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Brings volumes to where messages are worth damaging. */
final class Scenes {
    private static final long ROOT = Attributes.ROOT_INODE;
    private static final int CREATE_READ_WRITE = 2;
    private static final int BLOCK = FuzzedVolume.CONFIG.blockLength();

    private Scenes() {}

    private static byte[] name(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static UnsafeBuffer bytes(final int length) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        buffer.setMemory(0, length, (byte) length);
        return buffer;
    }

    private static Opened create(final FuzzedVolume volume, final int client, final String name) {
        final VolumeFileSystem files = volume.clients[client].fileSystem();
        return volume.call(
                done -> files.create(Caller.ROOT, ROOT, name(name), 0644, CREATE_READ_WRITE, done));
    }

    private static void write(
            final FuzzedVolume volume, final Opened file, final long offset, final int length) {
        final VolumeFileSystem files = volume.clients[0].fileSystem();
        volume.<Integer>call(
                done -> files.write(file.handle(), offset, bytes(length), 0, length, done));
    }

    private static void read(
            final FuzzedVolume volume, final Opened file, final long offset, final int length) {
        final VolumeFileSystem files = volume.clients[0].fileSystem();
        volume.<Integer>call(
                done -> files.read(file.handle(), offset, bytes(length), 0, length, done));
    }

    /** All is well, and there are a few files, of which one is open. */
    static FuzzedVolume quiet(final Network.Listener listener) {
        final FuzzedVolume volume = new FuzzedVolume();
        volume.network.listener = listener;
        final Opened file = create(volume, 0, "file");
        volume.inode = file.attributes().inode();
        write(volume, file, 0, 6 * BLOCK);
        write(volume, file, 100, 3);
        write(volume, file, 9L * BLOCK + 17, BLOCK);
        read(volume, file, 0, 8 * BLOCK);
        volume.until("quiet", volume::isQuiet);
        volume.run(300);
        return volume;
    }

    /** Does a bit of everything, so that each message is sent that a volume in use sends. */
    static void exercise(final FuzzedVolume volume) {
        final VolumeFileSystem files = volume.clients[0].fileSystem();
        final Opened file = create(volume, 0, "exercised");
        final long inode = file.attributes().inode();
        write(volume, file, 0, 5 * BLOCK);
        volume.<Void>call(done -> files.fsync(file.handle(), false, done));
        volume.<Attributes>call(
                done ->
                        files.setAttributes(
                                inode, file.handle(), AttributeChange.ofSize(BLOCK + 5), done));
        write(volume, file, 3L * BLOCK, 10);
        read(volume, file, 0, 4 * BLOCK);
        volume.<Void>call(done -> files.allocate(file.handle(), 3, 0, BLOCK, done));
        volume.<Long>call(done -> files.seek(file.handle(), 0, 3, done));
        names(volume, files, inode);
        locks(volume, file);
        volume.<Void>call(done -> files.release(file.handle(), 1, done));
        volume.<Void>call(done -> files.unlink(ROOT, name("exercised"), done));
        volume.<Long>call(done -> volume.clients[0].metadata().status(done));
        volume.<Void>call(done -> volume.clients[0].metadata().sync(done));
        final var missing =
                begin((Completion<Attributes> done) -> files.lookup(ROOT, name("none"), done));
        volume.until("an error", () -> missing.ended);
        deaths(volume);
        volume.<Void>call(done -> volume.clients[1].metadata().close(done));
    }

    private static void names(
            final FuzzedVolume volume, final VolumeFileSystem files, final long inode) {
        final byte[] other = name("other");
        final byte[] value = name("some value");
        volume.<Attributes>call(
                done -> files.makeDirectory(Caller.ROOT, ROOT, name("dir"), 0755, done));
        volume.<Attributes>call(
                done -> files.symlink(Caller.ROOT, ROOT, name("sym"), name("/target"), done));
        final Attributes symlink = volume.call(done -> files.lookup(ROOT, name("sym"), done));
        volume.<byte[]>call(done -> files.readLink(symlink.inode(), done));
        volume.<Attributes>call(
                done -> files.makeNode(Caller.ROOT, ROOT, name("fifo"), 0010644, 0, done));
        volume.<Attributes>call(done -> files.link(inode, ROOT, other, done));
        volume.<Attributes>call(done -> volume.clients[1].fileSystem().lookup(ROOT, other, done));
        volume.<Void>call(done -> files.rename(ROOT, other, ROOT, name("third"), 0, done));
        volume.<Void>call(done -> files.setXattr(inode, name("user.a"), value, 0, done));
        volume.<byte[]>call(done -> files.getXattr(inode, name("user.a"), done));
        volume.<byte[]>call(done -> files.listXattr(inode, done));
        volume.<Void>call(done -> files.removeXattr(inode, name("user.a"), done));
        final Opened directory = volume.call(done -> files.openDirectory(ROOT, done));
        volume.<List<DirectoryEntry>>call(
                done -> files.readDirectory(directory.handle(), 0, 50, true, done));
        volume.<Void>call(done -> files.releaseDirectory(directory.handle(), done));
        volume.<Void>call(done -> files.removeDirectory(ROOT, name("dir"), done));
    }

    private static void locks(final FuzzedVolume volume, final Opened file) {
        final VolumeFileSystem files = volume.clients[0].fileSystem();
        final VolumeFileSystem others = volume.clients[1].fileSystem();
        final FileLock lock = new FileLock(FileLock.WRITE, false, 0, 99, 5, 6);
        final FileLock unlock = new FileLock(FileLock.UNLOCK, false, 0, 99, 5, 6);
        volume.<Void>call(done -> files.setLock(file.handle(), lock, false, done));
        final Opened again = volume.call(done -> others.open(file.attributes().inode(), 2, done));
        volume.<FileLock>call(done -> others.getLock(again.handle(), lock, done));
        final FuzzedVolume.Ending<Void> ending = new FuzzedVolume.Ending<>();
        final var waiting = others.setLock(again.handle(), lock, true, ending);
        volume.run(50);
        waiting.cancel();
        volume.run(50);
        volume.<FileLock>call(done -> files.getLock(file.handle(), lock, done));
        volume.<Void>call(done -> files.setLock(file.handle(), unlock, false, done));
        volume.<Void>call(done -> others.release(again.handle(), 0, done));
    }

    /** Nodes are started again and wiped, and what two have is given up if it is lost. */
    private static void deaths(final FuzzedVolume volume) {
        final Opened file = create(volume, 0, "outlives");
        volume.until("quiet", volume::isQuiet);
        volume.restart(0);
        volume.until("quiet", volume::isQuiet);
        for (int node = 0; node < FuzzedVolume.NODES; node++) {
            write(volume, file, 0, 8 * BLOCK);
            volume.wipe(node);
            volume.until("quiet", volume::isQuiet);
        }
        volume.restart(1);
        volume.until("quiet", volume::isQuiet);
        volume.nodes[0].acceptLoss(List.of(LostRange.ofGroup(0)), 1000);
        volume.nodes[3].acceptLoss(List.of(LostRange.ofGroup(3)), 1000);
        volume.run(1000);
        readWhilePending(volume, file);
    }

    /** Backups are asked for what the primary has not committed. */
    private static void readWhilePending(final FuzzedVolume volume, final Opened file) {
        final VolumeFileSystem files = volume.clients[0].fileSystem();
        lose(volume, AckDecoder.TEMPLATE_ID);
        final var written =
                begin(
                        (Completion<Integer> done) ->
                                files.write(file.handle(), 0, bytes(9), 0, 9, done));
        volume.run(10);
        final Opened again =
                volume.call(
                        done ->
                                volume.clients[1]
                                        .fileSystem()
                                        .open(file.attributes().inode(), 0, done));
        for (int i = 0; i < 12; i++) {
            begin(
                    (Completion<Integer> done) ->
                            volume.clients[1]
                                    .fileSystem()
                                    .read(again.handle(), 0, bytes(BLOCK), 0, BLOCK, done));
        }
        volume.run(50);
        volume.network.loss = (from, to, id) -> false;
        volume.until("written", () -> written.ended);
    }

    // ---- what node 0 is about

    /** Where a data node is. */
    enum NodeScene {
        QUIET,
        WAITING,
        STARTING,
        RECOVERING,
        ADOPTING,
        JOINING,
        REBUILDING,
        BEHIND,
        GIVING_UP
    }

    static FuzzedVolume node(final NodeScene scene, final Network.Listener listener) {
        final FuzzedVolume volume = quiet(listener);
        switch (scene) {
            case QUIET -> {}
            case WAITING -> waiting(volume);
            case STARTING -> {
                volume.network.loss = (from, to, id) -> from == EndpointId.METADATA;
                volume.restart(0);
            }
            case RECOVERING -> {
                lose(volume, TestimonyDecoder.TEMPLATE_ID);
                volume.restart(0);
            }
            case ADOPTING -> {
                lose(volume, LogEntriesDecoder.TEMPLATE_ID);
                beginWrites(volume, 0);
                volume.run(4);
                volume.wipe(0);
            }
            case BEHIND -> {
                lose(volume, PrepareDecoder.TEMPLATE_ID);
                beginWrites(volume, 0);
                beginWrites(volume, 1);
            }
            case JOINING -> {
                lose(volume, JoinOkDecoder.TEMPLATE_ID);
                volume.wipe(0);
            }
            case REBUILDING -> {
                lose(volume, ChunkDecoder.TEMPLATE_ID);
                volume.wipe(0);
            }
            case GIVING_UP -> {
                volume.network.loss = (from, to, id) -> from == 2 && to == 0;
                volume.nodes[0].acceptLoss(List.of(LostRange.ofGroup(0)), 1000);
            }
        }
        volume.run(150);
        return volume;
    }

    private static void lose(final FuzzedVolume volume, final int templateId) {
        volume.network.loss = (from, to, id) -> to == 0 && id == templateId;
    }

    private static void beginWrites(final FuzzedVolume volume, final int client) {
        final VolumeFileSystem files = volume.clients[client].fileSystem();
        final Opened file = volume.call(done -> files.open(volume.inode, 2, done));
        begin(
                (Completion<Integer> done) ->
                        files.write(file.handle(), 5, bytes(6 * BLOCK), 0, 6 * BLOCK, done));
        volume.run(3);
        begin(
                (Completion<Integer> done) ->
                        files.write(file.handle(), BLOCK, bytes(9), 0, 9, done));
    }

    /** Entries wait at node 0, its own and others', and so do reads. */
    private static void waiting(final FuzzedVolume volume) {
        volume.network.loss =
                (from, to, id) -> from < FuzzedVolume.NODES && to < FuzzedVolume.NODES && from != 3;
        final VolumeFileSystem files = volume.clients[0].fileSystem();
        final FuzzedVolume.Ending<Opened> opened = new FuzzedVolume.Ending<>();
        files.open(volume.inode, 2, opened);
        volume.until("open", () -> opened.ended);
        for (int i = 0; i < 8; i++) {
            final long offset = i * BLOCK / 2;
            begin(
                    (Completion<Integer> done) ->
                            files.write(opened.value.handle(), offset, bytes(50), 0, 50, done));
        }
        volume.run(20);
        final VolumeFileSystem others = volume.clients[1].fileSystem();
        final FuzzedVolume.Ending<Opened> again = new FuzzedVolume.Ending<>();
        others.open(volume.inode, 0, again);
        volume.until("open", () -> again.ended);
        for (int i = 0; i < 12; i++) {
            begin(
                    (Completion<Integer> done) ->
                            others.read(
                                    again.value.handle(), 0, bytes(3 * BLOCK), 0, 3 * BLOCK, done));
        }
    }

    // ---- what the metadata node is about

    /** Sessions with files open, a lock that is waited for, and data to be removed. */
    static FuzzedVolume metadata(final Network.Listener listener) {
        final FuzzedVolume volume = quiet(listener);
        final Opened file = create(volume, 0, "locked");
        final Opened doomed = create(volume, 0, "doomed");
        write(volume, doomed, 0, BLOCK);
        final FileLock lock = new FileLock(FileLock.WRITE, true, 0, 99, 5, 6);
        final VolumeFileSystem files = volume.clients[0].fileSystem();
        final VolumeFileSystem others = volume.clients[1].fileSystem();
        volume.<Void>call(done -> files.setLock(file.handle(), lock, false, done));
        final Opened again = volume.call(done -> others.open(file.attributes().inode(), 2, done));
        begin((Completion<Void> done) -> others.setLock(again.handle(), lock, true, done));
        volume.trims = false;
        volume.<Void>call(done -> files.release(doomed.handle(), 1, done));
        volume.<Void>call(done -> files.unlink(ROOT, name("doomed"), done));
        volume.run(50);
        return volume;
    }

    // ---- what client 0 is about

    /** Whether a client waits for anything. */
    enum ClientScene {
        IDLE,
        WAITING,
        OPENING
    }

    static FuzzedVolume client(final ClientScene scene, final Network.Listener listener) {
        final FuzzedVolume volume = quiet(listener);
        switch (scene) {
            case IDLE -> {}
            case WAITING -> clientWaits(volume);
            case OPENING -> {
                volume.network.loss = (from, to, id) -> from == EndpointId.METADATA;
                volume.nowNs += 20_000_000_000L; // its session is over by then
            }
        }
        volume.run(20);
        return volume;
    }

    private static void clientWaits(final FuzzedVolume volume) {
        final VolumeFileSystem files = volume.clients[0].fileSystem();
        final Opened file = volume.call(done -> files.open(volume.inode, 2, done));
        final Opened directory = volume.call(done -> files.openDirectory(ROOT, done));
        volume.network.loss = (from, to, id) -> to == EndpointId.FIRST_CLIENT;
        final long handle = file.handle();
        for (int i = 0; i < 4; i++) {
            final int length = (i + 1) * BLOCK + 7;
            begin(
                    (Completion<Integer> done) ->
                            files.read(handle, length, bytes(length), 0, length, done));
            begin(
                    (Completion<Integer> done) ->
                            files.write(handle, length * 3L, bytes(length), 0, length, done));
        }
        begin((Completion<Void> done) -> files.fsync(handle, false, done));
        begin((Completion<Long> done) -> files.seek(handle, 0, 3, done));
        begin((Completion<Attributes> done) -> files.lookup(ROOT, name("file"), done));
        begin((Completion<byte[]> done) -> files.listXattr(volume.inode, done));
        begin((Completion<Long> done) -> volume.clients[0].metadata().status(done));
        begin((Completion<Opened> done) -> files.open(volume.inode, 2, done));
        final FileLock lock = new FileLock(FileLock.WRITE, false, 0, 99, 5, 6);
        begin((Completion<FileLock> done) -> files.getLock(handle, lock, done));
        begin(
                (Completion<List<DirectoryEntry>> done) ->
                        files.readDirectory(directory.handle(), 0, 50, true, done));
    }
}
