package org.trivet.fuzz;

import org.agrona.concurrent.UnsafeBuffer;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

import java.io.InputStream;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import javax.xml.parsers.DocumentBuilderFactory;

/**
 * The messages as the schema has them, read from the schema itself and from nothing else: so it is
 * an opinion of its own on which messages are whole, and knows of a new message or field at once.
 */
final class Schema {
    static final int HEADER_LENGTH = 8;

    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    /**
     * A fixed field.
     *
     * @param offset from where the block begins.
     * @param length bytes: 1, 2, 4 or 8.
     * @param values those that it may have, in order; empty for a number.
     * @param max the largest number that it may be, if it is of one byte; otherwise none is too
     *     large.
     */
    record Field(String name, int offset, int length, long[] values, long max) {
        long get(final UnsafeBuffer message) {
            final int at = HEADER_LENGTH + offset;
            return switch (length) {
                case 1 -> message.getByte(at) & 0xFF;
                case 2 -> message.getShort(at, LE) & 0xFFFF;
                case 4 -> message.getInt(at, LE);
                default -> message.getLong(at, LE);
            };
        }

        void put(final UnsafeBuffer message, final long value) {
            final int at = HEADER_LENGTH + offset;
            switch (length) {
                case 1 -> message.putByte(at, (byte) value);
                case 2 -> message.putShort(at, (short) value, LE);
                case 4 -> message.putInt(at, (int) value, LE);
                default -> message.putLong(at, value, LE);
            }
        }

        /** Whether there are values that it must not have. */
        boolean isBounded() {
            return values.length > 0 || length == 1 && max < 0xFF;
        }

        boolean takes(final long value) {
            return values.length > 0
                    ? Arrays.binarySearch(values, value) >= 0
                    : length > 1 || value <= max;
        }
    }

    /** A field of variable length: an unsigned length of four bytes, and its bytes. */
    record Data(String name, long maxLength) {}

    /** A message; {@code receiver} is who takes it. */
    record Message(
            String name,
            int id,
            String receiver,
            int blockLength,
            List<Field> fields,
            List<Data> data) {
        Field field(final String wanted) {
            for (final Field field : fields) {
                if (field.name.equals(wanted)) {
                    return field;
                }
            }
            return null;
        }

        /** Where the length of each field of variable length stands, in a message that is whole. */
        int[] dataOffsets(final UnsafeBuffer message) {
            final int[] offsets = new int[data.size()];
            int at = HEADER_LENGTH + blockLength;
            for (int i = 0; i < offsets.length; i++) {
                offsets[i] = at;
                at += Integer.BYTES + message.getInt(at, LE);
            }
            return offsets;
        }
    }

    private record Type(int length, long[] values, long max) {}

    final int id;
    final int version;
    final List<Message> messages = new ArrayList<>();
    private final Map<Integer, Message> byId = new HashMap<>();
    private final Map<String, Type> types = new HashMap<>();
    private final Map<String, List<Field>> composites = new HashMap<>();
    private final Map<String, Long> maxLengths = new HashMap<>();

    private Schema(final Element root) {
        id = Integer.parseInt(root.getAttribute("id"));
        version = Integer.parseInt(root.getAttribute("version"));
        for (final String kind : List.of("uint8", "uint16", "int32", "uint32", "int64", "uint64")) {
            final int bits = Integer.parseInt(kind.substring(kind.indexOf("int") + 3));
            types.put(kind, new Type(bits / 8, new long[0], Long.MAX_VALUE));
        }
        for (final Element each : children(root, "types")) {
            children(each, "type").forEach(this::addType);
            children(each, "enum").forEach(this::addEnum);
            children(each, "composite").forEach(this::addComposite);
        }
        children(root, "sbe:message").forEach(this::addMessage);
    }

    static Schema load() {
        try (InputStream source = Schema.class.getResourceAsStream("/sbe/trivet.xml")) {
            final Document document =
                    DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(source);
            return new Schema(document.getDocumentElement());
        } catch (final Exception error) {
            throw new AssertionError("the schema cannot be read", error);
        }
    }

    private static List<Element> children(final Element parent, final String name) {
        final List<Element> found = new ArrayList<>();
        final NodeList nodes = parent.getChildNodes();
        for (int i = 0; i < nodes.getLength(); i++) {
            if (nodes.item(i) instanceof Element element && element.getTagName().equals(name)) {
                found.add(element);
            }
        }
        return found;
    }

    private void addType(final Element type) {
        final int length = types.get(type.getAttribute("primitiveType")).length;
        final String max = type.getAttribute("maxValue");
        types.put(
                type.getAttribute("name"),
                new Type(
                        length, new long[0], max.isEmpty() ? Long.MAX_VALUE : Long.parseLong(max)));
    }

    private void addEnum(final Element type) {
        final long[] values =
                children(type, "validValue").stream()
                        .mapToLong(value -> Long.parseLong(value.getTextContent().trim()))
                        .sorted()
                        .toArray();
        final int length = types.get(type.getAttribute("encodingType")).length;
        types.put(type.getAttribute("name"), new Type(length, values, Long.MAX_VALUE));
    }

    private void addComposite(final Element type) {
        final List<Field> fields = new ArrayList<>();
        int offset = 0;
        for (final Element each : children(type, "type")) {
            final Type of = types.get(each.getAttribute("primitiveType"));
            final String name = each.getAttribute("name");
            if (name.equals("length")) {
                maxLengths.put(
                        type.getAttribute("name"), Long.parseLong(each.getAttribute("maxValue")));
            }
            fields.add(new Field(name, offset, of.length, of.values, of.max));
            offset += of.length;
        }
        composites.put(type.getAttribute("name"), fields);
    }

    private void addMessage(final Element message) {
        final List<Field> fields = new ArrayList<>();
        int offset = 0;
        for (final Element each : children(message, "field")) {
            final String name = each.getAttribute("name");
            final Type type = types.get(each.getAttribute("type"));
            if (type != null) {
                fields.add(new Field(name, offset, type.length, type.values, type.max));
                offset += type.length;
            } else {
                for (final Field part : composites.get(each.getAttribute("type"))) {
                    fields.add(
                            new Field(
                                    name + "." + part.name,
                                    offset,
                                    part.length,
                                    part.values,
                                    part.max));
                    offset += part.length;
                }
            }
        }
        final List<Data> data = new ArrayList<>();
        for (final Element each : children(message, "data")) {
            data.add(
                    new Data(each.getAttribute("name"), maxLengths.get(each.getAttribute("type"))));
        }
        final Message added =
                new Message(
                        message.getAttribute("name"),
                        Integer.parseInt(message.getAttribute("id")),
                        message.getAttribute("semanticType"),
                        offset,
                        fields,
                        data);
        messages.add(added);
        byId.put(added.id, added);
    }

    /** The messages that some receiver takes. */
    List<Message> to(final String receiver) {
        return messages.stream().filter(message -> message.receiver.equals(receiver)).toList();
    }

    /** What a message says it is, or null. */
    Message of(final UnsafeBuffer message) {
        return message.capacity() < HEADER_LENGTH
                ? null
                : byId.get(message.getShort(2, LE) & 0xFFFF);
    }

    /** Whether these bytes are a message that a receiver of this volume takes. */
    boolean isWhole(final UnsafeBuffer bytes, final String receiver, final long volumeId) {
        final Message message = of(bytes);
        if (message == null
                || !message.receiver.equals(receiver)
                || (bytes.getShort(0, LE) & 0xFFFF) != message.blockLength
                || (bytes.getShort(4, LE) & 0xFFFF) != id
                || (bytes.getShort(6, LE) & 0xFFFF) != version
                || bytes.capacity() < HEADER_LENGTH + message.blockLength) {
            return false;
        }
        for (final Field field : message.fields) {
            final long value = field.get(bytes);
            if (!field.takes(value) || field.name.equals("volumeId") && value != volumeId) {
                return false;
            }
        }
        long at = HEADER_LENGTH + message.blockLength;
        for (final Data data : message.data) {
            if (at + Integer.BYTES > bytes.capacity()) {
                return false;
            }
            final long length = bytes.getInt((int) at, LE) & 0xFFFF_FFFFL;
            if (length > data.maxLength) {
                return false;
            }
            at += Integer.BYTES + length;
        }
        return at == bytes.capacity();
    }
}
