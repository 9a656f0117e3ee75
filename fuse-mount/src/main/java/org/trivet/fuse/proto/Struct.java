package org.trivet.fuse.proto;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A C structure of the protocol, as data: its fields in order, each naturally aligned. The size is
 * stated beside the fields, so that a slip in either is found when the class is loaded.
 */
final class Struct {
    private final String name;
    private final int size;
    private final Map<String, Integer> offsets = new LinkedHashMap<>();

    /**
     * Lays out a structure.
     *
     * @param name its name in linux/fuse.h.
     * @param size its size in bytes, which must come out.
     * @param fields "type name" separated by commas; the types are u16, u32 and u64, with [n] for
     *     an array, or another structure's size in bytes as "*size".
     */
    Struct(final String name, final int size, final String fields) {
        this.name = name;
        this.size = size;
        int offset = 0;
        for (final String field : fields.split(",")) {
            final String[] parts = field.strip().split(" ");
            final int width = width(parts[0]);
            final int align = Math.min(width, Long.BYTES);
            if (offset % align != 0) {
                throw new AssertionError(name + "." + parts[1] + " is not aligned");
            }
            offsets.put(parts[1], offset);
            offset += width * count(parts[0]);
        }
        if (offset != size) {
            throw new AssertionError(name + " has " + offset + " bytes, not " + size);
        }
    }

    private static int width(final String type) {
        if (type.startsWith("*")) {
            return Integer.parseInt(type.substring(1));
        }
        return switch (type.substring(0, 3)) {
            case "u16" -> Short.BYTES;
            case "u32" -> Integer.BYTES;
            case "u64" -> Long.BYTES;
            default -> throw new AssertionError("unknown type " + type);
        };
    }

    private static int count(final String type) {
        final int bracket = type.indexOf('[');
        return bracket < 0 ? 1 : Integer.parseInt(type.substring(bracket + 1, type.length() - 1));
    }

    String name() {
        return name;
    }

    int size() {
        return size;
    }

    /** Where a field begins. */
    int at(final String field) {
        final Integer offset = offsets.get(field);
        if (offset == null) {
            throw new AssertionError(name + " has no field " + field);
        }
        return offset;
    }
}
