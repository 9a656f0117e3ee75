package org.trivet.fuzz;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.fuzz.Schema.Data;
import org.trivet.fuzz.Schema.Field;
import org.trivet.fuzz.Schema.Message;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Makes messages that are whole: such as have been sent, and new ones of any kind that the schema
 * has, out of values that fields of their names have had, neighbours of those, and extremes.
 */
final class Forge {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int MAX_VALUES = 64;
    private static final int MAX_RANDOM_BYTES = 64;
    private static final int MAX_DONORS = 4;
    private static final long[] EXTREMES = {
        0,
        1,
        -1,
        2,
        -2,
        7,
        255,
        65_535,
        65_536,
        1L << 20,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 32,
        1L << 53,
        1L << 62,
        Long.MAX_VALUE,
        Long.MAX_VALUE - 1,
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1,
        4096,
        8192
    };

    private final Schema schema;
    private final String receiver;
    private final int endpointId;
    private final long volumeId;
    private final List<Message> kinds;
    private final Map<Integer, Samples> sent = new HashMap<>();
    private final Map<Integer, Samples> related = new HashMap<>();
    private final List<Samples> donors = new ArrayList<>();
    private final Map<String, List<Long>> values = new HashMap<>();
    private final Map<String, Samples> data = new HashMap<>();

    Forge(final Schema schema, final String receiver, final int endpointId, final long volumeId) {
        this.schema = schema;
        this.receiver = receiver;
        this.endpointId = endpointId;
        this.volumeId = volumeId;
        kinds = schema.to(receiver);
    }

    /**
     * Takes a message that was sent in earnest: to the target, by it, or by others to others, of
     * which only the values of their fields count.
     */
    void learn(final int to, final byte[] bytes) {
        final UnsafeBuffer message = new UnsafeBuffer(bytes);
        final Message kind = schema.of(message);
        if (kind == null || !schema.isWhole(message, kind.receiver(), volumeId)) {
            throw new AssertionError("the volume itself sends what is not whole: " + kind);
        }
        if (to == endpointId && kind.receiver().equals(receiver)) {
            sent.computeIfAbsent(kind.id(), id -> new Samples()).add(bytes);
        }
        if (to == endpointId || kind.field("source").get(message) == endpointId) {
            final Samples known = related.computeIfAbsent(kind.id(), id -> new Samples());
            if (known.isEmpty()) {
                donors.add(known);
            }
            known.add(bytes);
        }
        for (final Field field : kind.fields()) {
            final List<Long> known =
                    values.computeIfAbsent(field.name(), name -> new ArrayList<>());
            final long value = field.get(message);
            if (!known.contains(value)) {
                known.add(value);
                if (known.size() > MAX_VALUES) {
                    known.remove(known.size() / 2);
                }
            }
        }
        final int[] offsets = kind.dataOffsets(message);
        for (int i = 0; i < offsets.length; i++) {
            final byte[] content = new byte[message.getInt(offsets[i], LE)];
            message.getBytes(offsets[i] + Integer.BYTES, content);
            data.computeIfAbsent(kind.data().get(i).name(), name -> new Samples()).add(content);
        }
    }

    /** The kinds of messages that the receiver takes. */
    List<Message> kinds() {
        return kinds;
    }

    /** How many different messages of a kind were sent in earnest, and kept. */
    int sent(final Message kind) {
        return sent.containsKey(kind.id()) ? sent.get(kind.id()).size() : 0;
    }

    /** A message that is whole. */
    byte[] next(final Random random) {
        final Message kind = kinds.get(random.nextInt(kinds.size()));
        final Samples known = sent.get(kind.id());
        if (known != null && random.nextInt(3) > 0) {
            return known.any(random).clone();
        }
        return forge(kind, random);
    }

    /** A new message; most of its fields are as in one that was sent, of whatever kind. */
    private byte[] forge(final Message kind, final Random random) {
        final UnsafeBuffer donor = donor(kind, random);
        final Message donorKind = donor == null ? null : schema.of(donor);
        final List<byte[]> contents = new ArrayList<>();
        int length = Schema.HEADER_LENGTH + kind.blockLength();
        for (final Data each : kind.data()) {
            final byte[] content = content(each, random);
            contents.add(content);
            length += Integer.BYTES + content.length;
        }
        final byte[] bytes = new byte[length];
        final UnsafeBuffer message = new UnsafeBuffer(bytes);
        message.putShort(0, (short) kind.blockLength(), LE);
        message.putShort(2, (short) kind.id(), LE);
        message.putShort(4, (short) schema.id, LE);
        message.putShort(6, (short) schema.version, LE);
        for (final Field field : kind.fields()) {
            final Field given = donor == null ? null : donorKind.field(field.name());
            final boolean isGiven = given != null && random.nextInt(8) > 0;
            final boolean isLater = field.length() == Long.BYTES && random.nextInt(6) == 0;
            field.put(
                    message,
                    isGiven
                            ? given.get(donor) + (isLater ? 1 + random.nextInt(8) : 0)
                            : value(field, random, false));
            if (field.name().equals("volumeId")) {
                field.put(message, volumeId);
            }
        }
        int at = Schema.HEADER_LENGTH + kind.blockLength();
        for (final byte[] content : contents) {
            message.putInt(at, content.length, LE);
            message.putBytes(at + Integer.BYTES, content);
            at += Integer.BYTES + content.length;
        }
        return bytes;
    }

    /** Of a few messages the one that has most in common with a kind. */
    private UnsafeBuffer donor(final Message kind, final Random random) {
        UnsafeBuffer best = null;
        int most = -1;
        for (int i = 0; i < MAX_DONORS && !donors.isEmpty(); i++) {
            final Samples known = donors.get(random.nextInt(donors.size()));
            final UnsafeBuffer one = new UnsafeBuffer(known.any(random));
            int common = 0;
            for (final Field field : schema.of(one).fields()) {
                common += kind.field(field.name()) == null ? 0 : 1;
            }
            if (common > most) {
                most = common;
                best = one;
            }
        }
        return best;
    }

    /** A value that a field may have. */
    long value(final Field field, final Random random, final boolean extreme) {
        if (field.values().length > 0) {
            return field.values()[random.nextInt(field.values().length)];
        }
        if (field.isBounded()) {
            return random.nextInt((int) field.max() + 1);
        }
        final List<Long> known = values.getOrDefault(field.name(), List.of());
        final int choice = random.nextInt(16);
        final boolean isKnown = !known.isEmpty() && (extreme ? choice < 4 : choice < 14);
        if (!isKnown) {
            return choice % 3 == 0
                    ? random.nextLong()
                    : choice % 3 == 1
                            ? EXTREMES[random.nextInt(EXTREMES.length)]
                            : 1L << random.nextInt(64);
        }
        final long one = known.get(random.nextInt(known.size()));
        return choice % 4 == 3 ? one + random.nextInt(5) - 2 : one;
    }

    private byte[] content(final Data field, final Random random) {
        final Samples known = data.get(field.name());
        if (known == null || random.nextInt(4) == 0) {
            final int unit = 1 << random.nextInt(5);
            final byte[] bytes = new byte[random.nextInt(MAX_RANDOM_BYTES / unit) * unit];
            random.nextBytes(bytes);
            return bytes;
        }
        final byte[] one = known.any(random).clone();
        if (one.length > Long.BYTES && random.nextInt(3) == 0) {
            final int at = random.nextInt(one.length / Integer.BYTES - 1) * Integer.BYTES;
            final long value = EXTREMES[random.nextInt(EXTREMES.length)];
            switch (random.nextInt(3)) {
                case 0 -> new UnsafeBuffer(one).putInt(at, (int) value, LE);
                case 1 -> new UnsafeBuffer(one).putLong(at, value, LE);
                default -> one[at + random.nextInt(4)] = (byte) value;
            }
        }
        return one.length > field.maxLength() ? new byte[0] : one;
    }
}
