package org.trivet.cli;

import org.trivet.replica.SavedGroup;
import org.trivet.store.EntryView;
import org.trivet.store.segment.FoundRecord;
import org.trivet.store.segment.FoundSegment;
import org.trivet.store.segment.UnitList;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a line says of a record or a header: names and values, in their order. */
final class RecordFields {
    private RecordFields() {}

    /** Where something stands. */
    static String place(final int segment, final long offset) {
        return String.format("%08x:%d", segment, offset);
    }

    private static Map<String, Object> begin(
            final int segment, final long offset, final String type) {
        final Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("position", place(segment, offset));
        fields.put("type", type);
        return fields;
    }

    static Map<String, Object> ofDamage(final int segment, final long offset, final boolean torn) {
        return begin(segment, offset, torn ? "torn-end" : "damaged");
    }

    /**
     * A segment's header.
     *
     * @param live the earlier segments that it names, with where their records end.
     */
    static Map<String, Object> ofHeader(
            final FoundSegment segment, final Map<Integer, Integer> live) {
        final Map<String, Object> fields = begin(segment.number(), 0, "segment");
        fields.put("use", segment.use().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        fields.put("header", segment.header().name().toLowerCase(Locale.ROOT));
        if (segment.header() == FoundSegment.Header.GOOD) {
            fields.put("storageId", String.format("%016x", segment.storageId()));
            fields.put("length", segment.segmentLength());
            fields.put("headerLength", segment.headerLength());
            fields.put(
                    "live",
                    live.entrySet().stream()
                            .map(each -> place(each.getKey(), each.getValue()))
                            .toList());
        }
        if (segment.use() == FoundSegment.Use.IN_USE) {
            fields.put("end", segment.endOffset());
        }
        return fields;
    }

    static Map<String, Object> of(final FoundRecord record) {
        final Map<String, Object> fields =
                begin(record.segment(), record.segmentOffset(), typeOf(record));
        switch (record.kind()) {
            case STATE -> putState(record, fields);
            case RELEASED -> putReleased(record, fields);
            default -> {
                if (record.entry() != null) {
                    putEntry(record, record.entry(), fields);
                }
            }
        }
        fields.put("length", record.length());
        fields.put("checksums", record.isGood() ? "good" : "bad");
        if (!record.badUnits().isEmpty()) {
            fields.put("badUnits", UnitList.format(record.badUnits()));
        }
        return fields;
    }

    private static String typeOf(final FoundRecord record) {
        return switch (record.kind()) {
            case RELEASED -> "released";
            case ENTRY -> "entry";
            case STATE -> "state";
            case MOVED_TRIM -> "moved-trim";
            case MOVED_ROW -> "moved-row";
            case MOVED_CLEAR -> "moved-clear";
            case UNKNOWN -> "type-" + record.type();
        };
    }

    private static void putEntry(
            final FoundRecord record, final EntryView entry, final Map<String, Object> fields) {
        switch (record.kind()) {
            case MOVED_ROW, MOVED_CLEAR ->
                    fields.put("origin", place((int) (entry.epoch() >>> 32), (int) entry.epoch()));
            default -> fields.put("epoch", entry.epoch());
        }
        fields.put("sequence", entry.sequence());
        fields.put("group", entry.group());
        fields.put("kind", entry.kind().toString());
        switch (entry.kind()) {
            case CLEAR -> {
                putFrom(entry, fields);
                fields.put("to", key(entry.session(), entry.request()));
                fields.put("rows", entry.lowestOpen());
            }
            case GIVE_UP, EMPTY -> {
                putClient(entry, fields);
                putFrom(entry, fields);
                fields.put("to", key(entry.cut(), entry.endUnit()));
            }
            case VOID -> {
                putClient(entry, fields);
                fields.put("voidsFrom", entry.firstUnit());
            }
            default -> {
                putClient(entry, fields);
                fields.put("dataId", Long.toUnsignedString(entry.dataId()));
                fields.put("firstUnit", entry.firstUnit());
                fields.put("endUnit", entry.endUnit());
                fields.put("cut", entry.cut());
            }
        }
        fields.put("data", entry.dataLength());
    }

    private static void putClient(final EntryView entry, final Map<String, Object> fields) {
        fields.put("session", entry.session());
        fields.put("request", entry.request());
    }

    private static void putFrom(final EntryView entry, final Map<String, Object> fields) {
        fields.put("from", key(entry.dataId(), entry.firstUnit()));
    }

    private static String key(final long dataId, final long unit) {
        return Long.toUnsignedString(dataId) + "/" + unit;
    }

    private static void putState(final FoundRecord record, final Map<String, Object> fields) {
        fields.put("group", record.tag());
        final SavedGroup state =
                record.isGood()
                        ? SavedGroup.read(record.buffer(), record.offset(), record.length())
                        : null;
        if (state == null) {
            return;
        }
        fields.put("epoch", state.epoch());
        fields.put("low", state.low());
        fields.put("watermark", state.watermark());
        fields.put("flags", flags(state));
        fields.put("sessions", state.sessions());
        fields.put("unknownRanges", state.unknownRanges());
        fields.put("givenUpRanges", state.givenUpRanges());
    }

    private static List<String> flags(final SavedGroup state) {
        final List<String> flags = new ArrayList<>();
        add(flags, state.hasLog(), "log");
        add(flags, state.isSuspect(), "suspect");
        add(flags, state.hasPulled(), "pulled");
        add(flags, state.hasAmended(), "amended");
        add(flags, state.isAdopting(), "adopting");
        return flags;
    }

    private static void add(final List<String> flags, final boolean holds, final String name) {
        if (holds) {
            flags.add(name);
        }
    }

    private static void putReleased(final FoundRecord record, final Map<String, Object> fields) {
        final List<String> numbers = new ArrayList<>();
        for (int at = 0; record.isGood() && at + 4 <= record.length(); at += 4) {
            numbers.add(
                    String.format(
                            "%08x",
                            record.buffer().getInt(record.offset() + at, ByteOrder.LITTLE_ENDIAN)));
        }
        fields.put("segments", numbers);
    }

    /** One line for a person: the values, each behind its name. */
    static String text(final Map<String, Object> fields) {
        return fields.entrySet().stream().map(RecordFields::text).collect(Collectors.joining(" "));
    }

    private static String text(final Map.Entry<String, Object> field) {
        final String value =
                field.getValue() instanceof final List<?> list
                        ? list.stream()
                                .map(String::valueOf)
                                .collect(Collectors.joining(",", "[", "]"))
                        : String.valueOf(field.getValue());
        return switch (field.getKey()) {
            case "position", "type", "use" -> value;
            case "kind" -> value;
            default -> field.getKey() + "=" + value;
        };
    }
}
