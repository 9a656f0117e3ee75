package org.trivet.spec;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Damages the files of one node, segments and index, at random; the node may run meanwhile. */
final class FlippedBytes {
    private static final int PAGE = 4096;
    private static final int TYPE_OF_PAGE = 10;
    private static final int LEAF = 2;
    private static final int PAGE_HEADER = 16;
    private static final int NODE_HEADER = 8;
    private static final byte KIND_OF_ROWS = 0x10;
    private static final int WHOLE_READ = 1 << 20;

    private final SplittableRandom random;
    long flips;
    long pages;

    FlippedBytes(final long seed) {
        random = new SplittableRandom(seed);
    }

    /** Changes one byte each, of which half are where something has been written. */
    void flip(final Path node, final int count) throws IOException {
        final List<Path> files = files(node);
        for (int i = 0; i < count; i++) {
            final Path file = files.get(random.nextInt(files.size()));
            try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
                final long at = place(access);
                access.seek(at);
                final int old = access.read();
                access.seek(at);
                access.write(old ^ 1 + random.nextInt(255));
            }
            flips++;
        }
    }

    /** Overwrites whole pages, with garbage, zeros, or another page of the file. */
    void spoilPages(final Path node, final int count) throws IOException {
        final List<Path> files = files(node);
        for (int i = 0; i < count; i++) {
            final Path file = files.get(random.nextInt(files.size()));
            try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
                final byte[] page = new byte[PAGE];
                switch (random.nextInt(3)) {
                    case 0 -> random.nextBytes(page);
                    case 1 -> {
                        // An index is empty if its node was killed when it began to make it again.
                        if (access.length() >= PAGE) {
                            access.seek(place(access) & -PAGE);
                            access.readFully(page);
                        }
                    }
                    default -> {
                        // zeros
                    }
                }
                access.seek(place(access) & -PAGE);
                access.write(page);
            }
            pages++;
        }
    }

    /** Has each page of the index but the two first ones say that it is of no type. */
    static void loseTypesOfPages(final Path node) throws IOException {
        final Path index = node.resolve("index").resolve("data.mdb");
        try (RandomAccessFile access = new RandomAccessFile(index.toFile(), "rw")) {
            for (long page = 2; page < access.length() / PAGE; page++) {
                access.seek(page * PAGE + TYPE_OF_PAGE);
                access.write(new byte[2]);
            }
        }
    }

    /**
     * Has each page of the index that has rows of what is stored be the last of them, as where LMDB
     * has written over pages that were in use.
     *
     * @return how many pages there are.
     */
    static int haveOnePageForAll(final Path node) throws IOException {
        final Path index = node.resolve("index").resolve("data.mdb");
        try (RandomAccessFile access = new RandomAccessFile(index.toFile(), "rw")) {
            final List<Long> found = new ArrayList<>();
            final byte[] page = new byte[PAGE];
            for (long at = 2 * PAGE; at + PAGE <= access.length(); at += PAGE) {
                access.seek(at);
                access.readFully(page);
                if (hasRows(ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN))) {
                    found.add(at);
                }
            }
            access.seek(found.getLast());
            access.readFully(page);
            for (final long at : found) {
                access.seek(at + Long.BYTES); // its number stays
                access.write(page, Long.BYTES, PAGE - Long.BYTES);
            }
            return found.size();
        }
    }

    /** Whether it is a leaf, and its last key is that of a row. */
    private static boolean hasRows(final ByteBuffer page) {
        final int lower = page.getShort(TYPE_OF_PAGE + 2);
        if (page.getShort(TYPE_OF_PAGE) != LEAF || lower <= PAGE_HEADER || lower > PAGE) {
            return false;
        }
        return page.get(page.getShort(lower - 2) + NODE_HEADER) == KIND_OF_ROWS;
    }

    private long place(final RandomAccessFile access) throws IOException {
        final long length = access.length() & -PAGE;
        final long written = random.nextBoolean() ? writtenLength(access) : length;
        return random.nextLong(Math.max(PAGE, Math.min(length, written)));
    }

    /** Up to the last byte that is not zero: most of a segment has not been written yet. */
    private static long writtenLength(final RandomAccessFile access) throws IOException {
        final byte[] bytes = new byte[WHOLE_READ];
        for (long end = access.length(); end > 0; ) {
            final int part = (int) Math.min(bytes.length, end);
            access.seek(end - part);
            access.readFully(bytes, 0, part);
            for (int i = part; i > 0; i--) {
                if (bytes[i - 1] != 0) {
                    return end - part + i;
                }
            }
            end -= part;
        }
        return 0;
    }

    private static List<Path> files(final Path node) throws IOException {
        final List<Path> found = new ArrayList<>();
        found.add(node.resolve("index").resolve("data.mdb"));
        try (Stream<Path> listed = Files.list(node.resolve("journal"))) {
            listed.filter(file -> file.toString().endsWith(".journal"))
                    .sorted()
                    .forEach(found::add);
        }
        return found;
    }
}
