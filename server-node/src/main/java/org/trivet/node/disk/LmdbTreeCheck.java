package org.trivet.node.disk;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;

/**
 * Whether a file of LMDB holds what LMDB would have written: LMDB itself follows a damaged page
 * blindly, and may end the process with it, at each start again. Reads all pages that the newest
 * meta page leads to, of the map and of the list of free pages, and verifies the values' checksums.
 *
 * <pre>
 *   page    0: number (8), pad (2), flags (2), end of pointers (2), begin of nodes (2), pointers (2 each) ...
 *           an overflow page has its count of pages (4) in place of the last two, and is followed by data
 *   meta    16: magic (4), version (4), address (8), map size (8), list of free pages (48), map (48),
 *           last page (8), transaction (8)
 *   tree    0: page size (4), flags (2), depth (2), branch, leaf, overflow pages, entries, root (8 each)
 *   node    0: low half of a size or page number (2), high half (2), flags (2), key length (2), key, data
 * </pre>
 *
 * <p>A map that is not small is checked by two threads, each of which takes half of what is below
 * the root.
 *
 * <p>Little-endian; of the data format 1, which LMDB 0.9 writes on 64-bit machines.
 */
final class LmdbTreeCheck {
    private static final int META_PAGES = 2;
    private static final int PAGE_HEADER = 16;
    private static final int NODE_HEADER = 8;
    private static final int MAGIC = 0xBEEFC0DE;
    private static final int VERSION = 1;
    private static final int FREE_TREE = 40;
    private static final int MAIN_TREE = 88;
    private static final int LAST_PAGE = 136;
    private static final int TRANSACTION = 144;
    private static final int META_LENGTH = 152;
    private static final int MAX_DEPTH = 32;
    private static final int SMALL_DEPTH = 2;
    private static final long MAX_PAGES = LmdbKeyValueStore.DEFAULT_MAP_SIZE / 4096;
    private static final int MAX_KEY_LENGTH = 511;

    private static final int BRANCH = 0x01;
    private static final int LEAF = 0x02;
    private static final int OVERFLOW = 0x04;
    private static final int META = 0x08;
    private static final int INTEGER_KEY = 0x08;
    private static final int BIG_DATA = 0x01;
    private static final long NO_ROOT = -1;

    private final Path file;
    private final FileChannel channel;
    private final BitSet used;
    private final RowChecksum checksum = new RowChecksum();
    private final UnsafeBuffer checkedKey = new UnsafeBuffer();
    private final UnsafeBuffer checkedValue = new UnsafeBuffer();
    private int pageSize;
    private long lastPage;
    private long entries;
    private byte[] lastKey;

    private LmdbTreeCheck(final Path file, final FileChannel channel, final BitSet used) {
        this.file = file;
        this.channel = channel;
        this.used = used;
    }

    /** Refuses a file that is damaged, CORRUPT; one that is not there, or empty, is good. */
    static void check(final Path file) {
        if (!Files.exists(file)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > 0) {
                new LmdbTreeCheck(file, channel, new BitSet()).check();
            }
        } catch (final IOException e) {
            throw FileErrors.of("reading", file, e);
        }
    }

    private void check() throws IOException {
        final ByteBuffer first = readMeta(0, 0);
        pageSize = first.getInt(FREE_TREE);
        require(
                pageSize >= 512 && pageSize <= 1 << 15 && Integer.bitCount(pageSize) == 1,
                0,
                "page size");
        final ByteBuffer second = readMeta(1, pageSize);
        final boolean newer = first.getLong(TRANSACTION) < second.getLong(TRANSACTION);
        final ByteBuffer meta = newer ? second : first;
        final int page = newer ? 1 : 0;
        require(second.getInt(FREE_TREE) == pageSize, 1, "page size");
        lastPage = meta.getLong(LAST_PAGE);
        // The last pages may never have been written, if what had taken them was given up.
        require(lastPage >= META_PAGES - 1 && lastPage < MAX_PAGES, page, "last page " + lastPage);
        require(meta.getShort(FREE_TREE + 4) == INTEGER_KEY, page, "flags");
        require(meta.getShort(MAIN_TREE + 4) == 0, page, "flags");
        used.set(0, META_PAGES);
        checkTree(meta, page, MAIN_TREE, false);
        checkTree(meta, page, FREE_TREE, true);
    }

    private ByteBuffer readMeta(final int number, final long at) throws IOException {
        final ByteBuffer meta = read(at, META_LENGTH, number);
        require(
                meta.getLong(0) == number
                        && meta.getShort(10) == META
                        && meta.getInt(PAGE_HEADER) == MAGIC
                        && meta.getInt(PAGE_HEADER + 4) == VERSION,
                number,
                "not a meta page");
        return meta;
    }

    private void checkTree(
            final ByteBuffer meta, final int page, final int tree, final boolean free)
            throws IOException {
        final int depth = meta.getShort(tree + 6) & 0xFFFF;
        final long root = meta.getLong(tree + 40);
        entries = 0;
        lastKey = null;
        if (root == NO_ROOT) {
            require(depth == 0, page, "depth of an empty tree");
        } else {
            require(depth > 0 && depth <= MAX_DEPTH, page, "depth " + depth);
            if (free || depth <= SMALL_DEPTH) {
                checkPage(root, depth, free, null, null);
            } else {
                checkHalves(root, depth);
            }
        }
        require(entries == meta.getLong(tree + 32), page, "number of entries");
    }

    private void checkHalves(final long root, final int depth) throws IOException {
        final ByteBuffer page = readPage(root, depth);
        final int count = count(page);
        final LmdbTreeCheck other = new LmdbTreeCheck(file, channel, used);
        other.pageSize = pageSize;
        other.lastPage = lastPage;
        final CompletableFuture<Exception> second =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                other.checkNodes(
                                        root, page, depth, false, null, null, count / 2, count);
                                return null;
                            } catch (final IOException | RuntimeException e) {
                                return e;
                            }
                        });
        final Exception failure;
        try {
            checkNodes(root, page, depth, false, null, null, 0, count / 2);
        } finally {
            failure = second.join(); // the file stays open until then
        }
        if (failure instanceof final IOException e) {
            throw e;
        }
        if (failure instanceof final RuntimeException e) {
            throw e;
        }
        entries += other.entries;
    }

    /**
     * Checks a page, and what is below it.
     *
     * @param least no key is below this one; null if none is.
     * @param limit all keys are below this one; null if there is no such.
     */
    private void checkPage(
            final long number,
            final int levels,
            final boolean free,
            final byte[] least,
            final byte[] limit)
            throws IOException {
        final ByteBuffer page = readPage(number, levels);
        checkNodes(number, page, levels, free, least, limit, 0, count(page));
    }

    private ByteBuffer readPage(final long number, final int levels) throws IOException {
        take(number, 1);
        final ByteBuffer page = read(number * pageSize, pageSize, number);
        require(page.getLong(0) == number, number, "number");
        require(page.getShort(10) == (levels == 1 ? LEAF : BRANCH), number, "kind");
        final int lower = page.getShort(12) & 0xFFFF;
        final int upper = page.getShort(14) & 0xFFFF;
        require(
                lower > PAGE_HEADER && lower % 2 == 0 && lower <= upper && upper <= pageSize,
                number,
                "bounds");
        require(levels == 1 || count(page) >= 2, number, "count");
        return page;
    }

    private static int count(final ByteBuffer page) {
        return ((page.getShort(12) & 0xFFFF) - PAGE_HEADER) / 2;
    }

    /** Checks some nodes of a page, and what is below them. */
    private void checkNodes(
            final long number,
            final ByteBuffer page,
            final int levels,
            final boolean free,
            final byte[] least,
            final byte[] limit,
            final int begin,
            final int end)
            throws IOException {
        final int upper = page.getShort(14) & 0xFFFF;
        final int count = count(page);
        byte[] from =
                begin == 0 ? least : key(number, page, node(number, page, begin, upper), free);
        for (int i = begin; i < end; i++) {
            final int node = node(number, page, i, upper);
            if (levels == 1) {
                final byte[] key = key(number, page, node, free);
                require(
                        (least == null || compare(least, key, free) <= 0)
                                && (limit == null || compare(key, limit, free) < 0),
                        number,
                        "keys of another page");
                checkEntry(number, page, node, key, free);
                continue;
            }
            final byte[] to =
                    i + 1 < count
                            ? key(number, page, node(number, page, i + 1, upper), free)
                            : limit;
            checkPage(
                    page.getInt(node) & 0xFFFF_FFFFL | (page.getShort(node + 4) & 0xFFFFL) << 32,
                    levels - 1,
                    free,
                    from,
                    to);
            from = to;
        }
    }

    private int node(final long number, final ByteBuffer page, final int i, final int upper) {
        final int node = page.getShort(PAGE_HEADER + 2 * i) & 0xFFFF;
        require(node >= upper && node + NODE_HEADER <= pageSize, number, "place of a node");
        return node;
    }

    private byte[] key(
            final long number, final ByteBuffer page, final int node, final boolean free) {
        final int length = page.getShort(node + 6) & 0xFFFF;
        require(
                length > 0
                        && length <= MAX_KEY_LENGTH
                        && node + NODE_HEADER + length <= pageSize
                        && (!free || length == Long.BYTES),
                number,
                "length of a key");
        final byte[] key = new byte[length];
        page.get(node + NODE_HEADER, key);
        return key;
    }

    private void checkEntry(
            final long number,
            final ByteBuffer page,
            final int node,
            final byte[] key,
            final boolean free)
            throws IOException {
        entries++;
        require(lastKey == null || compare(lastKey, key, free) < 0, number, "order of keys");
        lastKey = key;

        final int flags = page.getShort(node + 4);
        final long length = page.getInt(node) & 0xFFFF_FFFFL;
        final int data = node + NODE_HEADER + key.length;
        require(flags == 0 || flags == BIG_DATA, number, "flags of a node");
        if (flags == 0) {
            require(data + length <= pageSize, number, "length of a value");
            checkValue(number, key, page.slice(data, (int) length), free);
            return;
        }
        require(data + Long.BYTES <= pageSize, number, "place of a value");
        final long overflow = page.getLong(data);
        require(overflow >= META_PAGES && overflow <= lastPage, number, "page of a value");
        final ByteBuffer header = read(overflow * pageSize, PAGE_HEADER, overflow);
        final long pages = header.getInt(12) & 0xFFFF_FFFFL;
        require(
                header.getLong(0) == overflow
                        && header.getShort(10) == OVERFLOW
                        && length <= Integer.MAX_VALUE
                        && pages >= (PAGE_HEADER - 1 + length) / pageSize + 1,
                overflow,
                "not a value's first page");
        take(overflow, pages);
        checkValue(
                overflow,
                key,
                read(overflow * pageSize + PAGE_HEADER, (int) length, overflow),
                free);
    }

    private void checkValue(
            final long number, final byte[] key, final ByteBuffer value, final boolean free) {
        value.order(ByteOrder.LITTLE_ENDIAN);
        if (free) {
            checkFree(number, value);
            return;
        }
        final int length = value.limit() - RowChecksum.LENGTH;
        require(length >= 0, number, "length of a value");
        checkedKey.wrap(key);
        checkedValue.wrap(value);
        require(
                checksum.of(checkedKey, 0, key.length, checkedValue, 0, length)
                        == value.getInt(length),
                number,
                "checksum of a value");
    }

    private static int compare(final byte[] one, final byte[] other, final boolean free) {
        if (free) {
            return Long.compareUnsigned(asNumber(one), asNumber(other));
        }
        return Arrays.compareUnsigned(one, other);
    }

    private static long asNumber(final byte[] key) {
        return ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** A list of free pages: its length, and then they, each of which is in no tree. */
    private void checkFree(final long number, final ByteBuffer list) {
        require(list.limit() >= Long.BYTES, number, "length of a list of free pages");
        final long count = list.getLong(0);
        require(count >= 0 && count == list.limit() / Long.BYTES - 1, number, "free pages");
        for (int i = 1; i <= count; i++) {
            take(list.getLong(i * Long.BYTES), 1);
        }
    }

    /** Each page is for one thing only. */
    private void take(final long number, final long count) {
        require(
                number >= META_PAGES && number + count - 1 <= lastPage && count > 0,
                number,
                "behind the last page");
        synchronized (used) {
            final int next = used.nextSetBit((int) number);
            require(next < 0 || next >= number + count, number, "used twice");
            used.set((int) number, (int) (number + count));
        }
    }

    private ByteBuffer read(final long at, final int length, final long number) throws IOException {
        final ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            final int count = channel.read(buffer, at + buffer.position());
            require(count > 0, number, "behind the end of the file");
        }
        return buffer.clear();
    }

    private void require(final boolean holds, final long page, final String what) {
        if (!holds) {
            throw new TrivetException(
                    ErrorCode.CORRUPT, file + " is damaged: page " + page + ": " + what);
        }
    }
}
