package org.trivet.node.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreContract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

class LmdbKeyValueStoreTest extends KeyValueStoreContract {
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

    private static void assertCode(final ErrorCode code, final Path path, final long mapSize) {
        final TrivetException e =
                assertThrows(
                        TrivetException.class, () -> new LmdbKeyValueStore(path, mapSize).close());
        assertEquals(code, e.code(), e.getMessage());
    }
}
