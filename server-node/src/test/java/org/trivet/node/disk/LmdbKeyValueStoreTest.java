package org.trivet.node.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.agrona.collections.MutableInteger;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreContract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

class LmdbKeyValueStoreTest extends KeyValueStoreContract {
    private static final int KEYS = 10;

    @TempDir Path directory;

    @Override
    protected KeyValueStore open() {
        return new LmdbKeyValueStore(
                directory.resolve("index"), LmdbKeyValueStore.DEFAULT_MAP_SIZE);
    }

    @Test
    void isNotOpenedTwice() {
        assertCode(ErrorCode.BUSY, directory.resolve("index"), 1L << 30);
    }

    @Test
    void saysThatGarbageIsNoStore() throws IOException {
        final Path garbage = Files.createDirectory(directory.resolve("garbage"));
        final byte[] bytes = new byte[65_536];
        new Random(1).nextBytes(bytes);
        Files.write(garbage.resolve("data.mdb"), bytes);
        assertCode(ErrorCode.CORRUPT, garbage, 1L << 30);
    }

    @Test
    void saysThatItsMapIsFull() {
        try (LmdbKeyValueStore small = new LmdbKeyValueStore(directory.resolve("small"), 1 << 20)) {
            final UnsafeBuffer key = new UnsafeBuffer(new byte[8]);
            final UnsafeBuffer value = new UnsafeBuffer(new byte[60_000]);
            final TrivetException e =
                    assertThrows(
                            TrivetException.class,
                            () -> {
                                for (int i = 0; i < 100; i++) {
                                    key.putLong(0, i);
                                    small.put(key, 0, 8, value, 0, 60_000);
                                }
                            });
            assertEquals(ErrorCode.NO_SPACE, e.code());
            small.rollback();
            small.put(key, 0, 8, value, 0, 60_000);
            small.commit();
            assertEquals(60_000, small.get(key, 0, 8).capacity());
        }
    }

    /** As where LMDB has written over a page that was in use. */
    @Test
    void keysInNoOrderAreDamageWhicheverWayTheyAreVisited() throws IOException {
        for (final boolean isForward : new boolean[] {true, false}) {
            final Path path = directory.resolve("disorder-" + isForward);
            try (LmdbKeyValueStore spoiled = new LmdbKeyValueStore(path, 1 << 30)) {
                putKeys(spoiled);
                assertEquals(KEYS, visit(spoiled, isForward));
                replaceInFile(path, "key-5", "key-2");
                assertDamaged(spoiled, () -> visit(spoiled, isForward));
            }
        }
    }

    @Test
    void aValueTooShortForItsChecksumIsDamage() throws IOException {
        final Path path = directory.resolve("short");
        try (LmdbKeyValueStore spoiled = new LmdbKeyValueStore(path, 1 << 30)) {
            putKeys(spoiled);
            final String length = "\11\0\0\0\0\0\5\0"; // of value and checksum, and of the key
            replaceInFile(path, length + "key-5", "\3" + length.substring(1) + "key-5");
            final UnsafeBuffer key = new UnsafeBuffer("key-5".getBytes(ISO_8859_1));
            assertDamaged(spoiled, () -> spoiled.get(key, 0, key.capacity()));
        }
    }

    private static void assertDamaged(final LmdbKeyValueStore store, final Executable use) {
        assertNull(store.failure());
        final TrivetException e = assertThrows(TrivetException.class, use);
        assertEquals(ErrorCode.CORRUPT, e.code(), e.getMessage());
        assertSame(e, store.failure());
    }

    private static void putKeys(final LmdbKeyValueStore store) {
        for (int i = 0; i < KEYS; i++) {
            final UnsafeBuffer key = new UnsafeBuffer(("key-" + i).getBytes(ISO_8859_1));
            store.put(key, 0, key.capacity(), key, 0, key.capacity());
        }
        store.commit();
    }

    private static int visit(final LmdbKeyValueStore store, final boolean isForward) {
        final UnsafeBuffer from =
                new UnsafeBuffer((isForward ? "key-" : "key-9").getBytes(ISO_8859_1));
        final MutableInteger count = new MutableInteger();
        final KeyValueStore.Visitor visitor = (key, value) -> count.incrementAndGet() > 0;
        if (isForward) {
            store.forward(from, 0, from.capacity(), visitor);
        } else {
            store.backward(from, 0, from.capacity(), visitor);
        }
        return count.get();
    }

    private static void replaceInFile(final Path store, final String old, final String replacement)
            throws IOException {
        final Path file = store.resolve(LmdbKeyValueStore.DATA_FILE);
        final String before = Files.readString(file, ISO_8859_1);
        final String after = before.replace(old, replacement);
        assertNotEquals(before, after);
        Files.write(file, after.getBytes(ISO_8859_1), StandardOpenOption.WRITE); // in place
    }

    private static void assertCode(final ErrorCode code, final Path path, final long mapSize) {
        final TrivetException e =
                assertThrows(
                        TrivetException.class, () -> new LmdbKeyValueStore(path, mapSize).close());
        assertEquals(code, e.code(), e.getMessage());
    }
}
