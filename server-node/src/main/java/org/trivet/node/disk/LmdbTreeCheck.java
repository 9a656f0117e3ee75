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
    private final Page[] pages = new Page[MAX_DEPTH];
    private int pageSize;
    private long lastPage;
    private long entries;

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
        final Page first = readMeta(0, 0);
        pageSize = first.intAt(FREE_TREE);
        require(
                pageSize >= 512 && pageSize <= 1 << 15 && Integer.bitCount(pageSize) == 1,
                0,
                "page size");
        final Page second = readMeta(1, pageSize);
        final boolean newer =
                Long.compareUnsigned(first.longAt(TRANSACTION), second.longAt(TRANSACTION)) < 0;
        final Page meta = newer ? second : first;
        final int page = newer ? 1 : 0;
        require(second.intAt(FREE_TREE) == pageSize, 1, "page size");
        // LMDB takes the page by the number of the newest transaction: not always the newest page.
        final long ofSecond = second.longAt(TRANSACTION);
        require(first.longAt(TRANSACTION) % 2 == 0, 0, "transaction of another page");
        require(ofSecond == 0 || ofSecond % 2 != 0, 1, "transaction of another page");
        lastPage = meta.longAt(LAST_PAGE);
        // The last pages may never have been written, if what had taken them was given up.
        require(lastPage >= META_PAGES - 1 && lastPage < MAX_PAGES, page, "last page " + lastPage);
        require(meta.unsignedShort(FREE_TREE + 4) == INTEGER_KEY, page, "flags");
        require(meta.unsignedShort(MAIN_TREE + 4) == 0, page, "flags");
        used.set(0, META_PAGES);
        checkTree(meta, page, MAIN_TREE, false);
        checkTree(meta, page, FREE_TREE, true);
    }

    private Page readMeta(final int number, final long at) throws IOException {
        final Page meta = read(at, META_LENGTH, number);
        require(
                meta.longAt(0) == number
                        && meta.unsignedShort(10) == META
                        && meta.intAt(PAGE_HEADER) == MAGIC
                        && meta.intAt(PAGE_HEADER + 4) == VERSION,
                number,
                "not a meta page");
        return meta;
    }

    private void checkTree(final Page meta, final int page, final int tree, final boolean free)
            throws IOException {
        final int depth = meta.unsignedShort(tree + 6);
        final long root = meta.longAt(tree + 40);
        entries = 0;
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
        require(entries == meta.longAt(tree + 32), page, "number of entries");
    }

    private void checkHalves(final long root, final int depth) throws IOException {
        final Page page = readPage(root, depth);
        final LmdbTreeCheck other = new LmdbTreeCheck(file, channel, used);
        other.pageSize = pageSize;
        other.lastPage = lastPage;
        final int half = page.count / 2;
        final CompletableFuture<Exception> second =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                other.checkBranch(page, depth, false, null, null, half, page.count);
                                return null;
                            } catch (final IOException | RuntimeException e) {
                                return e;
                            }
                        });
        final Exception failure;
        try {
            checkBranch(page, depth, false, null, null, 0, half);
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
            final Key least,
            final Key limit)
            throws IOException {
        final Page page = readPage(number, levels);
        if (levels == 1) {
            checkLeaf(page, free, least, limit);
        } else {
            checkBranch(page, levels, free, least, limit, 0, page.count);
        }
    }

    /** Reads a page into the memory for its level: what it is compared with lies in others. */
    private Page readPage(final long number, final int levels) throws IOException {
        take(number, 1);
        if (pages[levels - 1] == null) {
            pages[levels - 1] = new Page(pageSize);
        }
        final Page page = pages[levels - 1];
        read(page.memory.clear(), number * pageSize, number);
        page.number = number;
        page.upper = page.unsignedShort(14);
        require(page.longAt(0) == number, number, "number");
        require(page.unsignedShort(10) == (levels == 1 ? LEAF : BRANCH), number, "kind");
        final int lower = page.unsignedShort(12);
        require(
                lower > PAGE_HEADER
                        && lower % 2 == 0
                        && lower <= page.upper
                        && page.upper <= pageSize,
                number,
                "bounds");
        page.count = (lower - PAGE_HEADER) / 2;
        require(levels == 1 || page.count >= 2, number, "count");
        return page;
    }

    /** Checks what is below some nodes of a page. */
    private void checkBranch(
            final Page page,
            final int levels,
            final boolean free,
            final Key least,
            final Key limit,
            final int begin,
            final int end)
            throws IOException {
        Key from = begin == 0 ? least : key(page, node(page, begin), free);
        for (int i = begin; i < end; i++) {
            final int node = node(page, i);
            final Key to = i + 1 < page.count ? key(page, node(page, i + 1), free) : limit;
            checkPage(
                    page.intAt(node) & 0xFFFF_FFFFL | (long) page.unsignedShort(node + 4) << 32,
                    levels - 1,
                    free,
                    from,
                    to);
            from = to;
        }
    }

    /** Checks entries: that the keys are in order, and within their bounds, and the values. */
    private void checkLeaf(final Page page, final boolean free, final Key least, final Key limit)
            throws IOException {
        entries += page.count;
        int previous = 0;
        int previousLength = 0;
        for (int i = 0; i < page.count; i++) {
            final int node = node(page, i);
            final int begin = node + NODE_HEADER;
            final int length = keyLength(page, node, free);
            if (i == 0) {
                require(
                        least == null
                                || compare(
                                                least.page,
                                                least.begin,
                                                least.length,
                                                page,
                                                begin,
                                                length,
                                                free)
                                        <= 0,
                        page.number,
                        "keys of another page");
            } else {
                require(
                        compare(page, previous, previousLength, page, begin, length, free) < 0,
                        page.number,
                        "order of keys");
            }
            previous = begin;
            previousLength = length;
            checkEntry(page, node, length, free);
        }
        require(
                limit == null
                        || compare(
                                        page,
                                        previous,
                                        previousLength,
                                        limit.page,
                                        limit.begin,
                                        limit.length,
                                        free)
                                < 0,
                page.number,
                "keys of another page");
    }

    private int node(final Page page, final int i) {
        final int node = page.unsignedShort(PAGE_HEADER + 2 * i);
        require(
                node >= page.upper && node + NODE_HEADER <= pageSize,
                page.number,
                "place of a node");
        return node;
    }

    private Key key(final Page page, final int node, final boolean free) {
        return new Key(page, node + NODE_HEADER, keyLength(page, node, free));
    }

    private int keyLength(final Page page, final int node, final boolean free) {
        final int length = page.unsignedShort(node + 6);
        require(
                length > 0
                        && length <= MAX_KEY_LENGTH
                        && node + NODE_HEADER + length <= pageSize
                        && (!free || length == Long.BYTES),
                page.number,
                "length of a key");
        return length;
    }

    private void checkEntry(
            final Page page, final int node, final int keyLength, final boolean free)
            throws IOException {
        final int flags = page.unsignedShort(node + 4);
        final long length = page.intAt(node) & 0xFFFF_FFFFL;
        final int key = node + NODE_HEADER;
        final int data = key + keyLength;
        require(flags == 0 || flags == BIG_DATA, page.number, "flags of a node");
        if (flags == 0) {
            require(data + length <= pageSize, page.number, "length of a value");
            checkValue(page.number, page, key, keyLength, page, data, (int) length, free);
            return;
        }
        require(data + Long.BYTES <= pageSize, page.number, "place of a value");
        final long overflow = page.longAt(data);
        require(overflow >= META_PAGES && overflow <= lastPage, page.number, "page of a value");
        final Page header = read(overflow * pageSize, PAGE_HEADER, overflow);
        final long count = header.intAt(12) & 0xFFFF_FFFFL;
        require(
                header.longAt(0) == overflow
                        && header.unsignedShort(10) == OVERFLOW
                        && length <= Integer.MAX_VALUE
                        && count >= (PAGE_HEADER - 1 + length) / pageSize + 1,
                overflow,
                "not a value's first page");
        take(overflow, count);
        final Page value = read(overflow * pageSize + PAGE_HEADER, (int) length, overflow);
        checkValue(overflow, page, key, keyLength, value, 0, (int) length, free);
    }

    private void checkValue(
            final long number,
            final Page page,
            final int key,
            final int keyLength,
            final Page holder,
            final int value,
            final int length,
            final boolean free) {
        if (free) {
            checkFree(number, holder, value, length);
            return;
        }
        final int covered = length - RowChecksum.LENGTH;
        require(covered >= 0, number, "length of a value");
        require(
                checksum.of(page.view, key, keyLength, holder.view, value, covered)
                        == holder.intAt(value + covered),
                number,
                "checksum of a value");
    }

    private static int compare(
            final Page one,
            final int begin,
            final int length,
            final Page other,
            final int otherBegin,
            final int otherLength,
            final boolean free) {
        if (free) {
            return Long.compareUnsigned(one.longAt(begin), other.longAt(otherBegin));
        }
        return Arrays.compareUnsigned(
                one.bytes,
                begin,
                begin + length,
                other.bytes,
                otherBegin,
                otherBegin + otherLength);
    }

    /** A list of free pages: its length, and then they, each of which is in no tree. */
    private void checkFree(final long number, final Page holder, final int list, final int length) {
        require(length >= Long.BYTES, number, "length of a list of free pages");
        final long count = holder.longAt(list);
        require(count >= 0 && count == length / Long.BYTES - 1, number, "free pages");
        for (int i = 1; i <= count; i++) {
            take(holder.longAt(list + i * Long.BYTES), 1);
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

    private Page read(final long at, final int length, final long number) throws IOException {
        final Page part = new Page(length);
        read(part.memory, at, number);
        return part;
    }

    private void read(final ByteBuffer memory, final long at, final long number)
            throws IOException {
        while (memory.hasRemaining()) {
            final int count = channel.read(memory, at + memory.position());
            require(count > 0, number, "behind the end of the file");
        }
    }

    private void require(final boolean holds, final long page, final String what) {
        if (!holds) {
            throw new TrivetException(
                    ErrorCode.CORRUPT, file + " is damaged: page " + page + ": " + what);
        }
    }

    /** A page, or another part of the file, in memory. */
    private static final class Page {
        final byte[] bytes;
        final ByteBuffer memory;
        final UnsafeBuffer view;

        long number;
        int upper;
        int count;

        Page(final int length) {
            bytes = new byte[length];
            memory = ByteBuffer.wrap(bytes);
            view = new UnsafeBuffer(bytes);
        }

        int unsignedShort(final int at) {
            return view.getShort(at, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        }

        int intAt(final int at) {
            return view.getInt(at, ByteOrder.LITTLE_ENDIAN);
        }

        long longAt(final int at) {
            return view.getLong(at, ByteOrder.LITTLE_ENDIAN);
        }
    }

    /** A key where it stands in a page. */
    private record Key(Page page, int begin, int length) {}
}
