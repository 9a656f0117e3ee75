package org.trivet.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.node.disk.LmdbKeyValueStore;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Reads the files of a volume that does not run by what docs/on-disk-format.md says of them, and by
 * nothing of the code that writes them, but for the library that reads LMDB's rows.
 */
final class VolumeFiles {
    static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    static final long SEGMENT_MAGIC = 0x314A_5445_5649_5254L; // "TRIVETJ1"
    private static final int LMDB_MAGIC = 0xBEEF_C0DE;
    private static final int ENTRY_OR_COMMAND = 1;
    private static final int HEADER_LENGTH = 32;

    /** The row that says up to where an index of a data node goes. */
    static final byte[] INDEX_ROW = {1};

    /** The row that says up to where the namespace goes. */
    static final byte[] NAMESPACE_ROW = {'C'};

    private VolumeFiles() {}

    /** Told of records. */
    @FunctionalInterface
    private interface Records {
        void onRecord(long position, int type, DirectBuffer buffer, int body, int length);
    }

    /** The numbers that say of which format something is, by what they are about. */
    static Map<String, Set<Long>> formats(final Path volume) throws IOException {
        final Map<String, Set<Long>> formats = new TreeMap<>();
        add(formats, "the volume's description", description(volume));
        for (final Path owner : owners(volume)) {
            final boolean isData = isDataNode(owner);
            add(formats, "a node's description", description(owner));
            final DirectBuffer lmdb = read(owner.resolve("index/data.mdb"));
            assertEquals(LMDB_MAGIC, lmdb.getInt(16, LITTLE));
            add(formats, "LMDB", lmdb.getInt(20, LITTLE));
            final DirectBuffer row = row(owner, isData ? INDEX_ROW : NAMESPACE_ROW);
            if (isData) {
                add(formats, "index", row.getInt(0, LITTLE));
            } else {
                add(formats, "namespace", row.getLong(0, LITTLE));
            }
            for (final Path segment : segments(owner)) {
                add(formats, "segment", read(segment).getInt(8, LITTLE));
                visit(
                        segment,
                        (position, type, buffer, body, length) -> {
                            if (type == ENTRY_OR_COMMAND) {
                                final int message = isData ? body : body + Long.BYTES;
                                add(
                                        formats,
                                        isData ? "schema of entries" : "schema of commands",
                                        buffer.getShort(message + 6, LITTLE));
                            }
                        });
            }
        }
        return formats;
    }

    private static void add(
            final Map<String, Set<Long>> formats, final String what, final long number) {
        formats.computeIfAbsent(what, key -> new TreeSet<>()).add(number);
    }

    private static long description(final Path directory) throws IOException {
        final List<String> found =
                Files.readAllLines(directory.resolve("volume.properties")).stream()
                        .filter(line -> line.startsWith("format="))
                        .toList();
        assertEquals(1, found.size(), () -> directory + ": " + found);
        return Long.parseLong(found.getFirst().substring("format=".length()));
    }

    /** The nodes whose journals have nothing that their indexes lack. */
    static List<Path> complete(final Path volume) throws IOException {
        final List<Path> complete = new ArrayList<>();
        for (final Path owner : owners(volume)) {
            final boolean isData = isDataNode(owner);
            final DirectBuffer row = row(owner, isData ? INDEX_ROW : NAMESPACE_ROW);
            final long committed = row.getLong(isData ? 20 : 16, LITTLE);
            final long[] behind = new long[1];
            for (final Path segment : segments(owner)) {
                visit(
                        segment,
                        (position, type, buffer, body, length) -> {
                            if (type == ENTRY_OR_COMMAND && position >= committed) {
                                behind[0]++;
                            }
                        });
            }
            if (behind[0] == 0) {
                complete.add(owner);
            }
        }
        return complete;
    }

    /** The directories of the data nodes and of the metadata node. */
    static List<Path> owners(final Path volume) throws IOException {
        try (Stream<Path> files = Files.list(volume)) {
            return files.filter(each -> isDataNode(each) || each.endsWith("metadata"))
                    .sorted()
                    .toList();
        }
    }

    static boolean isDataNode(final Path owner) {
        return owner.getFileName().toString().matches("node-[0-9]+");
    }

    /** The segments of a node that have a header, those of both copies. */
    static List<Path> segments(final Path owner) throws IOException {
        final List<Path> found = new ArrayList<>();
        for (final String folder : List.of("journal", "journal.copy")) {
            final Path journal = owner.resolve(folder);
            if (Files.exists(journal)) {
                try (Stream<Path> files = Files.list(journal)) {
                    files.filter(each -> each.toString().endsWith(".journal")).forEach(found::add);
                }
            }
        }
        found.sort(null);
        final List<Path> segments = new ArrayList<>();
        for (final Path each : found) {
            if (read(each).getLong(0, LITTLE) == SEGMENT_MAGIC) {
                segments.add(each);
            }
        }
        assertTrue(!segments.isEmpty(), () -> owner + " has segments");
        return segments;
    }

    private static void visit(final Path segment, final Records records) throws IOException {
        final UnsafeBuffer buffer = read(segment);
        final int number = buffer.getInt(24, LITTLE);
        int at = buffer.getInt(12, LITTLE) + 7 & -8;
        while (at + HEADER_LENGTH <= buffer.capacity()
                && buffer.getInt(at + 4, LITTLE) == number
                && buffer.getInt(at + 8, LITTLE) == at) {
            final int length = buffer.getInt(at, LITTLE);
            records.onRecord(
                    (long) number << 32 | at,
                    buffer.getInt(at + 12, LITTLE),
                    buffer,
                    at + HEADER_LENGTH,
                    length);
            at += HEADER_LENGTH + (length + 7 & -8);
        }
    }

    static UnsafeBuffer read(final Path file) throws IOException {
        return new UnsafeBuffer(Files.readAllBytes(file));
    }

    /** A copy of a row of a node's index. */
    static UnsafeBuffer row(final Path owner, final byte[] key) {
        try (LmdbKeyValueStore rows = LmdbKeyValueStore.readOnly(owner.resolve("index"))) {
            final DirectBuffer value = rows.get(new UnsafeBuffer(key), 0, key.length);
            assertTrue(value != null, () -> owner + " has a row " + key[0]);
            final byte[] copy = new byte[value.capacity()];
            value.getBytes(0, copy);
            return new UnsafeBuffer(copy);
        }
    }

    /** Whether a row of the namespace has a name in its key. */
    static boolean isNamed(final Path metadata, final String name) {
        final byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        final boolean[] found = new boolean[1];
        try (LmdbKeyValueStore rows = LmdbKeyValueStore.readOnly(metadata.resolve("index"))) {
            rows.forward(
                    new UnsafeBuffer(new byte[] {'E'}),
                    0,
                    1,
                    (key, value) -> {
                        final int at = 1 + Long.BYTES;
                        found[0] |=
                                key.getByte(0) == 'E'
                                        && key.capacity() - at == wanted.length
                                        && key.getStringWithoutLengthUtf8(at, wanted.length)
                                                .equals(name);
                        return !found[0] && key.getByte(0) == 'E';
                    });
        }
        return found[0];
    }
}
