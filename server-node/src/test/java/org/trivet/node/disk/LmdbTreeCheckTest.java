package org.trivet.node.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;

class LmdbTreeCheckTest {
    private static final int PAGE = 4096;
    private static final int LAST_PAGE = 136;
    private static final int TRANSACTION = 144;
    private static final int KEYS = 2000;
    private static final int MAX_LENGTH = 20_000;

    @TempDir Path directory;

    private final UnsafeBuffer key = new UnsafeBuffer(new byte[300]);
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[MAX_LENGTH]);

    /** Puts and removes, with values of all lengths, in several commits; what there is then. */
    private NavigableMap<ByteBuffer, ByteBuffer> change(
            final Path path,
            final NavigableMap<ByteBuffer, ByteBuffer> before,
            final Random random,
            final int rounds) {
        final NavigableMap<ByteBuffer, ByteBuffer> expected = new TreeMap<>(before);
        final byte[] bytes = new byte[MAX_LENGTH];
        try (LmdbKeyValueStore store = new LmdbKeyValueStore(path, 1L << 30)) {
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < 500; i++) {
                    key.putLong(0, random.nextInt(KEYS));
                    final int keyLength = 8 + (int) key.getLong(0) % 290;
                    final int length = random.nextInt(20) == 0 ? MAX_LENGTH : random.nextInt(300);
                    if (random.nextInt(3) == 0) {
                        store.remove(key, 0, keyLength);
                        expected.remove(copy(key, keyLength));
                    } else {
                        random.nextBytes(bytes);
                        value.putBytes(0, bytes);
                        store.put(key, 0, keyLength, value, 0, length);
                        expected.put(copy(key, keyLength), copy(value, length));
                    }
                }
                store.commit();
            }
        }
        return expected;
    }

    private NavigableMap<ByteBuffer, ByteBuffer> readAll(final Path path) {
        final NavigableMap<ByteBuffer, ByteBuffer> found = new TreeMap<>();
        try (LmdbKeyValueStore store = new LmdbKeyValueStore(path, 1L << 30)) {
            store.forward(
                    key,
                    0,
                    0,
                    (each, its) -> {
                        found.put(copy(each, each.capacity()), copy(its, its.capacity()));
                        return true;
                    });
            assertEquals(store.size(), found.size());
        }
        return found;
    }

    private static ByteBuffer copy(final DirectBuffer buffer, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(0, bytes);
        return ByteBuffer.wrap(bytes);
    }

    @Test
    void findsNothingWrongWithWhatLmdbWrites() {
        final Path path = directory.resolve("index");
        NavigableMap<ByteBuffer, ByteBuffer> expected = new TreeMap<>();
        LmdbTreeCheck.check(path.resolve("data.mdb"));
        for (int seed = 0; seed < 30; seed++) {
            expected = change(path, expected, new Random(seed), 1 + seed % 5);
            LmdbTreeCheck.check(path.resolve("data.mdb"));
        }
        assertEquals(expected, readAll(path));
    }

    /** LMDB would take the other head, whose tree may have been written over. */
    @Test
    void refusesATransactionThatBelongsToTheOtherHead() throws IOException {
        final Path path = directory.resolve("index");
        change(path, new TreeMap<>(), new Random(1), 3);
        final byte[] good = Files.readAllBytes(path.resolve("data.mdb"));
        for (int head = 0; head < 2; head++) {
            final byte[] bad = good.clone();
            bad[head * PAGE + TRANSACTION] ^= 1;
            final Path copy = directory.resolve("copy" + head);
            Files.write(copy, bad);
            final TrivetException e =
                    assertThrows(TrivetException.class, () -> LmdbTreeCheck.check(copy));
            assertEquals(ErrorCode.CORRUPT, e.code());
        }
    }

    /** Without the newest of its two heads, it is as of the commit before. */
    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void whatPassesHoldsWhatWasPut(final long seed) throws IOException {
        final Path path = directory.resolve("index");
        final Random random = new Random(seed);
        final var before = change(path, new TreeMap<>(), random, 5);
        final var last = change(path, before, random, 1);
        final byte[] good = Files.readAllBytes(path.resolve("data.mdb"));
        int refused = 0;
        for (int i = 0; i < 100; i++) {
            final byte[] bad = good.clone();
            final int page =
                    random.nextInt(4) == 0 ? random.nextInt(2) : random.nextInt(bad.length / PAGE);
            spoil(bad, page * PAGE, random);
            final Path copy = Files.createDirectories(directory.resolve("copy" + i));
            Files.write(copy.resolve("data.mdb"), bad);
            try {
                final var found = readAll(copy);
                assertTrue(found.equals(last) || page < 2 && found.equals(before), "damage " + i);
                assertEquals(change(copy, found, random, 3), readAll(copy), "damage " + i);
            } catch (final TrivetException e) {
                assertEquals(ErrorCode.CORRUPT, e.code(), e.getMessage());
                assertTrue(e.getMessage().contains(copy.resolve("data.mdb").toString()));
                refused++;
            }
            DirectoryTree.delete(copy);
        }
        assertTrue(refused > 20, refused + " refused");
    }

    /** LMDB takes the head with the higher transaction, without a sign. */
    @ParameterizedTest(name = "page={0}")
    @ValueSource(ints = {0, 1})
    void refusesAHeadThatOnlySeemsOld(final int page) throws IOException {
        final Path path = directory.resolve("index");
        change(path, new TreeMap<>(), new Random(7), 3);
        final Path file = path.resolve("data.mdb");
        final byte[] bytes = Files.readAllBytes(file);
        final UnsafeBuffer head = new UnsafeBuffer(bytes, page * PAGE, PAGE);
        head.putLong(LAST_PAGE, Long.MAX_VALUE / PAGE);
        head.putLong(TRANSACTION, -5);
        Files.write(file, bytes);
        final TrivetException error =
                assertThrows(TrivetException.class, () -> readAll(path).isEmpty());
        assertEquals(ErrorCode.CORRUPT, error.code(), error.getMessage());
    }

    private static void spoil(final byte[] bytes, final int page, final Random random) {
        switch (random.nextInt(5)) {
            case 0 -> { // a bit in the header
                bytes[page + random.nextInt(48)] ^= (byte) (1 << random.nextInt(8));
            }
            case 1 -> { // a few bytes anywhere
                for (int i = 0; i < 8; i++) {
                    bytes[page + random.nextInt(PAGE)] = (byte) random.nextInt();
                }
            }
            case 2 -> { // the whole page
                for (int i = 0; i < PAGE; i++) {
                    bytes[page + i] = (byte) random.nextInt();
                }
            }
            case 3 -> { // another page of the same file
                final int from = random.nextInt(bytes.length / PAGE) * PAGE;
                System.arraycopy(bytes, from, bytes, page, PAGE);
            }
            default -> Arrays.fill(bytes, page, page + PAGE, (byte) 0);
        }
    }
}
