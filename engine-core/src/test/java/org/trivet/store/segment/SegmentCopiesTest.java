package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.FileLayer;
import org.trivet.store.MemoryFileLayer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class SegmentCopiesTest {
    private static final int SEGMENT_LENGTH = 1 << 20;
    private static final int MAX_RECORD_LENGTH = 64 << 10;
    private static final int RECORDS = 120;

    private static Journal open(final FileLayer layer) {
        return Journal.open(
                layer,
                new JournalConfig(
                        5,
                        SEGMENT_LENGTH,
                        MAX_RECORD_LENGTH,
                        0,
                        0,
                        1 << 18,
                        Durability.PROCESS,
                        1,
                        false),
                (type, tag, buffer, at, n) -> true,
                System::nanoTime);
    }

    private static void fill(final FileLayer layer, final Random random) {
        try (Journal journal = open(layer)) {
            final UnsafeBuffer record = new UnsafeBuffer(new byte[MAX_RECORD_LENGTH]);
            for (int i = 0; i < RECORDS; i++) {
                record.putInt(0, i);
                final int length = 4 + random.nextInt(MAX_RECORD_LENGTH - 4);
                assertTrue(journal.append(1, 0, Journal.KEEP_NOTHING, record, 0, length) > 0);
            }
        }
    }

    private static List<Integer> records(final FileLayer layer) {
        final List<Integer> found = new ArrayList<>();
        try (Journal journal = open(layer)) {
            journal.replay(
                    0,
                    new JournalHandler() {
                        @Override
                        public void onRecord(
                                final int type,
                                final int tag,
                                final long position,
                                final DirectBuffer buffer,
                                final int offset,
                                final int length) {
                            if (type == 1) {
                                found.add(buffer.getInt(offset));
                            }
                        }

                        @Override
                        public void onDamage(final long position, final boolean torn) {
                            throw new AssertionError("damaged at " + position);
                        }
                    });
        }
        return found;
    }

    /** A file is gone, or a stretch of it is garbage or zeros; returns what was done. */
    private static String damage(final FileLayer layer, final Random random) {
        final List<String> names =
                layer.list().stream().filter(name -> Segment.number(name) >= 0).toList();
        final String name = names.get(random.nextInt(names.size()));
        if (random.nextInt(5) == 0) {
            layer.delete(name);
            return name + " is gone";
        }
        final int at = random.nextInt(3) == 0 ? 0 : random.nextInt(SEGMENT_LENGTH - 1);
        final byte[] bytes = new byte[1 + random.nextInt(SEGMENT_LENGTH - at)];
        if (random.nextBoolean()) {
            random.nextBytes(bytes);
        }
        try (FileLayer.OpenFile file = layer.open(name, false)) {
            final ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length);
            file.write(direct.put(bytes).flip(), at);
        }
        return name + " from " + at + ", " + bytes.length + " bytes";
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void damageOfOneCopyLosesNothing(final long seed) {
        final Random random = new Random(seed);
        final MemoryFileLayer one = new MemoryFileLayer(64 << 20);
        final MemoryFileLayer other = new MemoryFileLayer(64 << 20);
        fill(one, random);
        assertEquals(
                one.list().size(), SegmentCopies.reconcile(one, other, MAX_RECORD_LENGTH).size());
        final String what = damage(random.nextBoolean() ? one : other, random);
        SegmentCopies.reconcile(one, other, MAX_RECORD_LENGTH);
        assertEquals(
                List.of(), SegmentCopies.reconcile(one, other, MAX_RECORD_LENGTH), "they agree");
        for (final FileLayer each : List.of(one, other)) {
            assertEquals(RECORDS, records(each).size(), what);
        }
    }
}
