package org.trivet.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** What every key-value store must do. */
public abstract class KeyValueStoreContract {
    protected KeyValueStore store;

    /** The store, as of its last commit; an empty one at first. */
    protected abstract KeyValueStore open();

    @BeforeEach
    void openFirst() {
        store = open();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void isAnOrderedMapOfUnsignedBytes(final long seed) {
        final Random random = new Random(seed);
        TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        TreeMap<byte[], byte[]> committed = new TreeMap<>(model);
        for (int i = 0; i < 3000; i++) {
            final byte[] key = new byte[1 + random.nextInt(3)];
            random.nextBytes(key);
            key[0] &= (byte) 0x83;
            switch (random.nextInt(40)) {
                case 0 -> {
                    store.commit();
                    committed = new TreeMap<>(model);
                }
                case 1 -> {
                    store.rollback();
                    model = new TreeMap<>(committed);
                }
                case 2 -> {
                    store.close();
                    store = open();
                    model = new TreeMap<>(committed);
                }
                case 3, 4, 5, 6, 7, 8 -> assertEquals(model.remove(key) != null, remove(key));
                case 9, 10, 11, 12 -> assertEquals(hex(model.get(key)), hex(get(key)));
                case 13, 14 -> assertEquals(hexes(model.tailMap(key, true)), visit(key, false, 10));
                case 15, 16 ->
                        assertEquals(
                                hexes(model.headMap(key, true).descendingMap()),
                                visit(key, true, 10));
                default -> {
                    final byte[] value =
                            new byte[random.nextInt(100) == 0 ? 60_000 : random.nextInt(30)];
                    random.nextBytes(value);
                    put(key, value);
                    model.put(key, value);
                }
            }
            assertEquals(model.size(), store.size());
        }
        assertEquals(hexes(model), visit(new byte[0], false, 10));
    }

    /** So many rows that they take many pages, some written in order, as an index has them. */
    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2})
    void keepsRowsThatAreWrittenInOrderAndRemovedAmongThem(final long seed) {
        final Random random = new Random(seed);
        final TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);
        for (int run = 0; run < 2_000; run++) {
            final byte[] key = {0x12, 0, (byte) random.nextInt(3), 0, 0};
            final int first = random.nextInt(4_000);
            final boolean isRemoved = random.nextInt(4) == 0;
            for (int i = first; i < first + random.nextInt(40); i++) {
                key[3] = (byte) (i >> 8);
                key[4] = (byte) i;
                if (isRemoved) {
                    assertEquals(model.remove(key) != null, remove(key));
                } else {
                    final byte[] value = new byte[30 + random.nextInt(4)];
                    random.nextBytes(value);
                    put(key, value);
                    model.put(key.clone(), value);
                }
            }
            switch (random.nextInt(50)) {
                case 0 -> store.commit();
                case 1 -> assertEquals(hexes(model.tailMap(key, true)), visit(key, false, 10));
                case 2 ->
                        assertEquals(
                                hexes(model.headMap(key, true).descendingMap()),
                                visit(key, true, 10));
                default -> assertEquals(hex(model.get(key)), hex(get(key)));
            }
        }
        assertEquals(model.size(), store.size());
        for (final var each : model.entrySet()) {
            assertEquals(hex(each.getValue()), hex(get(each.getKey())));
        }
    }

    @Test
    void takesTheLongestKeyAndAnEmptyValue() {
        final byte[] key = new byte[511];
        Arrays.fill(key, (byte) 0xFF);
        put(key, new byte[0]);
        assertEquals("", hex(get(key)));
        assertNull(get(new byte[] {1}));
        assertEquals(1, visit(new byte[0], false, 10).size());
    }

    private void put(final byte[] key, final byte[] value) {
        store.put(padded(key), 3, key.length, padded(value), 3, value.length);
    }

    private byte[] get(final byte[] key) {
        final DirectBuffer found = store.get(padded(key), 3, key.length);
        return found == null ? null : copy(found);
    }

    private boolean remove(final byte[] key) {
        return store.remove(padded(key), 3, key.length);
    }

    private List<String> visit(final byte[] key, final boolean backward, final int max) {
        final List<String> seen = new ArrayList<>();
        final KeyValueStore.Visitor visitor =
                (each, value) -> {
                    seen.add(hex(copy(each)) + "=" + hex(copy(value)));
                    return seen.size() < max;
                };
        if (backward) {
            store.backward(padded(key), 3, key.length, visitor);
        } else {
            store.forward(padded(key), 3, key.length, visitor);
        }
        return seen;
    }

    private static List<String> hexes(final java.util.NavigableMap<byte[], byte[]> map) {
        return map.entrySet().stream()
                .limit(10)
                .map(each -> hex(each.getKey()) + "=" + hex(each.getValue()))
                .toList();
    }

    private static UnsafeBuffer padded(final byte[] bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[bytes.length + 5]);
        buffer.putBytes(3, bytes);
        return buffer;
    }

    private static byte[] copy(final DirectBuffer buffer) {
        final byte[] bytes = new byte[buffer.capacity()];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    private static String hex(final byte[] bytes) {
        return bytes == null ? null : HexFormat.of().formatHex(bytes);
    }
}
