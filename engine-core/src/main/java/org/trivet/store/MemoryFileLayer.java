package org.trivet.store;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.FileFaults.Call;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Files in memory, for tests and simulation, that keep what a disk would: {@link #losePower} leaves
 * of each page that was not synced the new content, the old, or a torn one; of names what the last
 * sync of the directory left. Pages that were never written take no memory.
 */
public final class MemoryFileLayer implements FileLayer {
    private static final int PAGE_LENGTH = 4096;
    private static final int SECTOR_LENGTH = 512;
    private static final byte[] ZEROS = new byte[PAGE_LENGTH];

    private final long capacityBytes;
    private FileFaults faults = FileFaults.NONE;
    private TreeMap<String, Content> names = new TreeMap<>();
    private TreeMap<String, Content> syncedNames = new TreeMap<>();
    private boolean intact = true;
    private long usedBytes;

    /** The pages of a file, and what the disk holds of those that were not synced. */
    private static final class Content {
        private byte[][] pages = {};
        private long length;
        private long syncedLength;

        /** What was on the disk of pages that the next sync writes. */
        private final TreeMap<Integer, byte[]> unsynced = new TreeMap<>();

        /** What is on the disk of pages that a failed sync has given up. */
        private final TreeMap<Integer, byte[]> givenUp = new TreeMap<>();

        byte[] page(final int number) {
            return number < pages.length && pages[number] != null ? pages[number] : ZEROS;
        }

        byte[] ownPage(final int number) {
            if (number >= pages.length) {
                pages = Arrays.copyOf(pages, Math.max(number + 1, 2 * pages.length));
            }
            if (pages[number] == null) {
                pages[number] = new byte[PAGE_LENGTH];
            }
            return pages[number];
        }

        void write(final ByteBuffer buffer, final long offset) {
            for (long at = offset; buffer.hasRemaining(); ) {
                final int number = (int) (at / PAGE_LENGTH);
                final int within = (int) (at % PAGE_LENGTH);
                final int part = Math.min(buffer.remaining(), PAGE_LENGTH - within);
                if (!unsynced.containsKey(number)) {
                    final byte[] onDisk = givenUp.remove(number);
                    unsynced.put(number, onDisk != null ? onDisk : page(number).clone());
                }
                buffer.get(ownPage(number), within, part);
                at += part;
            }
        }

        void read(final ByteBuffer buffer, final long offset, final int length) {
            int done = 0;
            while (done < length) {
                final long at = offset + done;
                final int within = (int) (at % PAGE_LENGTH);
                final int part = Math.min(length - done, PAGE_LENGTH - within);
                buffer.put(page((int) (at / PAGE_LENGTH)), within, part);
                done += part;
            }
        }

        void synced() {
            unsynced.clear();
            syncedLength = length;
        }

        void syncFailed() {
            givenUp.putAll(unsynced);
            unsynced.clear();
        }

        void losePower(final Random random) {
            final boolean all = random.nextInt(3) == 0;
            for (final Map.Entry<Integer, byte[]> each : unsynced.entrySet()) {
                final int fate = all ? 2 : random.nextInt(3);
                int kept = fate == 0 ? 0 : PAGE_LENGTH;
                if (fate == 1) {
                    kept = random.nextInt(PAGE_LENGTH / SECTOR_LENGTH + 1) * SECTOR_LENGTH;
                }
                final byte[] page = ownPage(each.getKey());
                System.arraycopy(each.getValue(), kept, page, kept, PAGE_LENGTH - kept);
            }
            givenUp.forEach(
                    (number, onDisk) ->
                            System.arraycopy(onDisk, 0, ownPage(number), 0, PAGE_LENGTH));
            if (length != syncedLength && random.nextBoolean()) {
                length = syncedLength;
                clearBehind();
            }
            givenUp.clear();
            synced();
        }

        private void clearBehind() {
            final int whole = (int) ((length + PAGE_LENGTH - 1) / PAGE_LENGTH);
            if (whole < pages.length) {
                Arrays.fill(pages, whole, pages.length, null);
            }
            if (length % PAGE_LENGTH != 0 && page(whole - 1) != ZEROS) {
                Arrays.fill(pages[whole - 1], (int) (length % PAGE_LENGTH), PAGE_LENGTH, (byte) 0);
            }
        }

        Content copy() {
            final Content copy = new Content();
            copy.pages = new byte[pages.length][];
            for (int i = 0; i < pages.length; i++) {
                copy.pages[i] = pages[i] == null ? null : pages[i].clone();
            }
            copy.length = length;
            copy.syncedLength = syncedLength;
            unsynced.forEach((number, page) -> copy.unsynced.put(number, page.clone()));
            givenUp.forEach((number, page) -> copy.givenUp.put(number, page.clone()));
            return copy;
        }
    }

    /**
     * An empty directory.
     *
     * @param capacityBytes bytes that its files may take.
     */
    public MemoryFileLayer(final long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    /**
     * Loses power: files that are open must not be used any more.
     *
     * @param random decides what remains of what was not synced.
     */
    public synchronized void losePower(final Random random) {
        names = new TreeMap<>(syncedNames);
        names.values().forEach(each -> each.losePower(random));
        recount();
    }

    /**
     * The same files as they are now, to be put in place of these later.
     *
     * @return a copy, without faults.
     */
    public synchronized MemoryFileLayer copy() {
        final MemoryFileLayer copy = new MemoryFileLayer(capacityBytes);
        final Map<Content, Content> copies = new java.util.IdentityHashMap<>();
        names.forEach(
                (name, each) -> copy.names.put(name, copies.computeIfAbsent(each, Content::copy)));
        syncedNames.forEach(
                (name, each) ->
                        copy.syncedNames.put(name, copies.computeIfAbsent(each, Content::copy)));
        copy.recount();
        return copy;
    }

    /**
     * Has calls go wrong from now on.
     *
     * @param newFaults asked before each call.
     */
    public synchronized void faults(final FileFaults newFaults) {
        faults = newFaults;
    }

    /** Somebody removes all files: those that are open go on, and nobody will find them again. */
    public synchronized void removeAll() {
        names.clear();
        syncedNames.clear();
        intact = false;
        recount();
    }

    /**
     * Flips a bit behind everybody's back.
     *
     * @param name of the file.
     * @param offset of the byte.
     */
    public synchronized void flipBit(final String name, final int offset) {
        names.get(name).ownPage(offset / PAGE_LENGTH)[offset % PAGE_LENGTH] ^= 4;
    }

    /**
     * The bytes of a file.
     *
     * @param name of the file.
     * @return a copy.
     */
    public synchronized byte[] bytes(final String name) {
        final Content content = names.get(name);
        final ByteBuffer all = ByteBuffer.allocate((int) content.length);
        content.read(all, 0, (int) content.length);
        return all.array();
    }

    private void recount() {
        usedBytes = names.values().stream().mapToLong(each -> each.length).sum();
    }

    @Override
    public synchronized List<String> list() {
        return new ArrayList<>(names.keySet());
    }

    @Override
    public synchronized OpenFile open(final String name, final boolean create) {
        faults.before(Call.OPEN, name, 0, 0);
        Content content = names.get(name);
        if (content == null) {
            if (!create) {
                throw new TrivetException(ErrorCode.NOT_FOUND, name);
            }
            content = new Content();
            names.put(name, content);
        }
        return new MemoryFile(name, content);
    }

    @Override
    public synchronized void delete(final String name) {
        faults.before(Call.DELETE, name, 0, 0);
        names.remove(name);
        recount();
    }

    @Override
    public synchronized void rename(final String from, final String to) {
        faults.before(Call.RENAME, from, 0, 0);
        names.put(to, names.remove(from));
        recount();
    }

    @Override
    public synchronized void syncDirectory() {
        faults.before(Call.SYNC_DIRECTORY, "", 0, 0);
        syncedNames = new TreeMap<>(names);
    }

    @Override
    public synchronized long usableSpace() {
        return capacityBytes - usedBytes;
    }

    @Override
    public synchronized boolean intact() {
        return intact;
    }

    private final class MemoryFile implements OpenFile {
        private final String name;
        private final Content content;
        private boolean closed;

        MemoryFile(final String name, final Content content) {
            this.name = name;
            this.content = content;
        }

        @Override
        public int read(final ByteBuffer buffer, final long offset) {
            synchronized (MemoryFileLayer.this) {
                begin(Call.READ, offset, buffer.remaining());
                final int length =
                        (int) Math.min(buffer.remaining(), Math.max(0, content.length - offset));
                content.read(buffer, offset, length);
                return length;
            }
        }

        @Override
        public void write(final ByteBuffer buffer, final long offset) {
            synchronized (MemoryFileLayer.this) {
                final int length = buffer.remaining();
                begin(Call.WRITE, offset, length);
                final long place = faults.placeOf(name, offset, length);
                if (place == FileFaults.NOWHERE) {
                    buffer.position(buffer.limit());
                    return;
                }
                grow(place + length);
                content.write(buffer, place);
            }
        }

        private void grow(final long length) {
            if (length > content.length) {
                if (length - content.length > usableSpace()) {
                    throw new TrivetException(ErrorCode.NO_SPACE, name + ": no space left");
                }
                usedBytes += length - content.length;
                content.length = length;
            }
        }

        @Override
        public void sync() {
            synchronized (MemoryFileLayer.this) {
                try {
                    begin(Call.SYNC, 0, 0);
                } catch (final TrivetException e) {
                    content.syncFailed();
                    throw e;
                }
                content.synced();
            }
        }

        @Override
        public long length() {
            synchronized (MemoryFileLayer.this) {
                return content.length;
            }
        }

        @Override
        public void preallocate(final long length) {
            synchronized (MemoryFileLayer.this) {
                begin(Call.PREALLOCATE, 0, length);
                grow(length);
            }
        }

        @Override
        public void close() {
            closed = true;
        }

        private void begin(final Call call, final long offset, final long length) {
            if (closed) {
                throw new IllegalStateException(name + " is closed");
            }
            faults.before(call, name, offset, length);
        }
    }
}
