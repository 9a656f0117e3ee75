package org.trivet.store;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/**
 * Files in memory that forget, in a crash, what was not synced: each unsynced write is kept, torn
 * at a multiple of 512 bytes, or lost, as a random number says; names are as of the last sync of
 * the directory.
 */
public final class MemoryFileLayer implements FileLayer {
    private final long capacityBytes;
    private TreeMap<String, Content> names = new TreeMap<>();
    private TreeMap<String, Content> syncedNames = new TreeMap<>();
    private boolean syncFails;
    private long usedBytes;

    /** The bytes of a file, and of it as of its last sync. */
    private static final class Content {
        private byte[] bytes = new byte[0];
        private byte[] synced = new byte[0];
        private final List<long[]> unsynced = new ArrayList<>();
    }

    public MemoryFileLayer(final long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    /** Loses power. */
    public synchronized void losePower(final Random random) {
        names = new TreeMap<>(syncedNames);
        for (final Content each : names.values()) {
            final byte[] lost = each.bytes;
            each.bytes = Arrays.copyOf(each.synced, Math.max(each.synced.length, 0));
            final boolean all = random.nextInt(3) == 0;
            for (final long[] range : each.unsynced) {
                final int from = (int) range[0];
                int length = (int) range[1];
                final int fate = all ? 2 : random.nextInt(3);
                if (fate == 0) {
                    continue;
                }
                if (fate == 1) {
                    length = random.nextInt(length + 1) & -512;
                }
                if (from + length > each.bytes.length) {
                    each.bytes = Arrays.copyOf(each.bytes, from + length);
                }
                System.arraycopy(lost, from, each.bytes, from, length);
            }
            each.unsynced.clear();
            each.synced = each.bytes.clone();
        }
        recount();
    }

    /** Has all syncs fail from now on. */
    public synchronized void failSyncs(final boolean fail) {
        syncFails = fail;
    }

    public synchronized void flipBit(final String name, final int offset) {
        names.get(name).bytes[offset] ^= 4;
    }

    public synchronized byte[] bytes(final String name) {
        return names.get(name).bytes;
    }

    private void recount() {
        usedBytes = names.values().stream().mapToLong(each -> each.bytes.length).sum();
    }

    @Override
    public synchronized List<String> list() {
        return List.copyOf(names.keySet());
    }

    @Override
    public synchronized OpenFile open(final String name, final boolean create) {
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
        names.remove(name);
        recount();
    }

    @Override
    public synchronized void rename(final String from, final String to) {
        names.put(to, names.remove(from));
    }

    @Override
    public synchronized void syncDirectory() {
        syncedNames = new TreeMap<>(names);
    }

    @Override
    public synchronized long usableSpace() {
        return capacityBytes - usedBytes;
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
                ensureOpen();
                final int length =
                        (int)
                                Math.min(
                                        buffer.remaining(),
                                        Math.max(0, content.bytes.length - offset));
                buffer.put(content.bytes, (int) offset, length);
                return length;
            }
        }

        @Override
        public void write(final ByteBuffer buffer, final long offset) {
            synchronized (MemoryFileLayer.this) {
                ensureOpen();
                final int length = buffer.remaining();
                grow(offset + length);
                buffer.get(content.bytes, (int) offset, length);
                content.unsynced.add(new long[] {offset, length});
            }
        }

        private void grow(final long length) {
            if (length > content.bytes.length) {
                if (length - content.bytes.length > usableSpace()) {
                    throw new TrivetException(ErrorCode.NO_SPACE, name + ": no space left");
                }
                usedBytes += length - content.bytes.length;
                content.bytes = Arrays.copyOf(content.bytes, (int) length);
            }
        }

        @Override
        public void sync() {
            synchronized (MemoryFileLayer.this) {
                ensureOpen();
                if (syncFails) {
                    throw new TrivetException(ErrorCode.IO, name + ": sync failed");
                }
                if (content.synced.length != content.bytes.length) {
                    content.synced = content.bytes.clone();
                } else {
                    for (final long[] range : content.unsynced) {
                        final int from = (int) range[0];
                        System.arraycopy(content.bytes, from, content.synced, from, (int) range[1]);
                    }
                }
                content.unsynced.clear();
            }
        }

        @Override
        public long length() {
            synchronized (MemoryFileLayer.this) {
                return content.bytes.length;
            }
        }

        @Override
        public void preallocate(final long length) {
            synchronized (MemoryFileLayer.this) {
                ensureOpen();
                grow(length);
                content.synced = Arrays.copyOf(content.synced, content.bytes.length);
            }
        }

        @Override
        public void close() {
            closed = true;
        }

        private void ensureOpen() {
            if (closed) {
                throw new IllegalStateException(name + " is closed");
            }
        }
    }
}
