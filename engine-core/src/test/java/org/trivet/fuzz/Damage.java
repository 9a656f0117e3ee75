package org.trivet.fuzz;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.fuzz.Schema.Field;
import org.trivet.fuzz.Schema.Message;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What can become of a message on its way, or be made of it by who means harm. */
enum Damage {
    /** Nothing. */
    NONE {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            return whole;
        }
    },
    /** It says that it is another kind of message. */
    TEMPLATE {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            return withShort(whole, 2, random);
        }
    },
    /** It is of another schema. */
    SCHEMA {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            return withShort(whole, 4, random);
        }
    },
    /** It is of another version. */
    VERSION {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            return withShort(whole, 6, random);
        }
    },
    /** Its fixed part is said to be longer, or shorter. */
    BLOCK_LENGTH {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            return withShort(whole, 0, random);
        }
    },
    /** It ends too soon. */
    CUT_SHORT {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            return Arrays.copyOf(whole, random.nextInt(whole.length));
        }
    },
    /** More follows. */
    TRAILING {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            final byte[] longer = Arrays.copyOf(whole, whole.length + 1 + random.nextInt(40));
            if (random.nextBoolean()) {
                final byte[] more = new byte[longer.length - whole.length];
                random.nextBytes(more);
                System.arraycopy(more, 0, longer, whole.length, more.length);
            }
            return longer;
        }
    },
    /** A field of variable length has another length. */
    DATA_LENGTH {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            if (kind.data().isEmpty()) {
                return FLIPS.of(whole, kind, forge, random);
            }
            final UnsafeBuffer message = new UnsafeBuffer(whole);
            final int[] offsets = kind.dataOffsets(message);
            final int at = offsets[random.nextInt(offsets.length)];
            final int length = message.getInt(at, LE);
            final int[] lengths = {
                length + 1,
                length - 1,
                length + 8,
                length - 8,
                -1,
                0,
                Integer.MAX_VALUE,
                Integer.MIN_VALUE,
                2 << 20,
                (2 << 20) + 1,
                whole.length - at,
                random.nextInt()
            };
            message.putInt(at, lengths[random.nextInt(lengths.length)], LE);
            return whole;
        }
    },
    /** It is of another volume. */
    VOLUME {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            final UnsafeBuffer message = new UnsafeBuffer(whole);
            final Field volume = kind.field("volumeId");
            final long own = volume.get(message);
            volume.put(
                    message,
                    random.nextBoolean() ? random.nextLong() : own ^ 1L << random.nextInt(64));
            return whole;
        }
    },
    /** A field has a value that its type does not have. */
    OUT_OF_BOUNDS {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            final List<Field> bounded = kind.fields().stream().filter(Field::isBounded).toList();
            if (bounded.isEmpty()) {
                return FIELD.of(whole, kind, forge, random);
            }
            final Field field = bounded.get(random.nextInt(bounded.size()));
            long value = 0;
            while (field.takes(value)) {
                value = random.nextInt(256);
            }
            field.put(new UnsafeBuffer(whole), value);
            return whole;
        }
    },
    /** A field has an extreme value: it may be whole all the same. */
    FIELD {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            final UnsafeBuffer message = new UnsafeBuffer(whole);
            for (int i = random.nextInt(3); i >= 0; i--) {
                final Field field = kind.fields().get(random.nextInt(kind.fields().size()));
                field.put(message, forge.value(field, random, true));
            }
            return whole;
        }
    },
    /** The end of it is not what it was: of most that have data, the data. */
    PAYLOAD {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            final int at = whole.length - 1 - random.nextInt(Math.min(256, whole.length));
            whole[at] ^= (byte) (1 << random.nextInt(8));
            return whole;
        }
    },
    /** A few bits are flipped. */
    FLIPS {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            final int reach = random.nextBoolean() ? whole.length : Math.min(128, whole.length);
            for (int i = random.nextInt(4); i >= 0; i--) {
                whole[random.nextInt(reach)] ^= (byte) (1 << random.nextInt(8));
            }
            return whole;
        }
    },
    /** It begins as one message, and ends as another. */
    SPLICED {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            final byte[] other = forge.next(random);
            final int from = random.nextInt(Math.min(whole.length, other.length));
            final byte[] spliced = other.clone();
            System.arraycopy(whole, 0, spliced, 0, from);
            return spliced;
        }
    },
    /** It was never a message, but for its header, perhaps. */
    RANDOM {
        @Override
        byte[] of(final byte[] whole, final Message kind, final Forge forge, final Random random) {
            final byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                System.arraycopy(whole, 0, bytes, 0, Math.min(bytes.length, 16));
            }
            return bytes;
        }
    };

    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    /**
     * Damages a message.
     *
     * @param whole the message, of a kind; may be changed.
     */
    abstract byte[] of(byte[] whole, Message kind, Forge forge, Random random);

    private static byte[] withShort(final byte[] whole, final int at, final Random random) {
        final UnsafeBuffer message = new UnsafeBuffer(whole);
        final short before = message.getShort(at, LE);
        final short[] others = {
            (short) (before + 1),
            (short) (before - 1),
            0,
            -1,
            Short.MAX_VALUE,
            (short) random.nextInt(200),
            (short) random.nextInt()
        };
        message.putShort(at, others[random.nextInt(others.length)], LE);
        return whole;
    }
}
