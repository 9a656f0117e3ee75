package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Records as JSON objects of the control channel, and back:
 *
 * <pre>
 * record              object, with the names of its components; what is null is left out
 * int, long           number; what is unsigned in the record is signed here, so that it stays exact
 * boolean, String     the same
 * enum                its name
 * byte[]              string, in base64
 * List, Map           list; object. The keys of a map are strings
 * </pre>
 *
 * <p>What is decoded comes from another process: whatever it is, a record that is valid is made of
 * it, or INVALID is thrown, which names what is wrong. Only a string, bytes or a record may be
 * missing, and then are null: a record that must have them refuses that.
 */
final class RecordJson {
    private static final int MAX_SHOWN = 100;

    private RecordJson() {}

    /** A record as an object. */
    static Map<String, Object> encode(final Record value) {
        final Map<String, Object> json = new LinkedHashMap<>();
        for (final RecordComponent component : value.getClass().getRecordComponents()) {
            final Object part = component(value, component);
            if (part != null) {
                json.put(component.getName(), encodeAny(part));
            }
        }
        return json;
    }

    private static Object component(final Record value, final RecordComponent component) {
        try {
            return component.getAccessor().invoke(value);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }

    private static Object encodeAny(final Object value) {
        return switch (value) {
            case final Record nested -> encode(nested);
            case final List<?> list -> list.stream().map(RecordJson::encodeAny).toList();
            case final Map<?, ?> map -> encodeMap(map);
            case final Enum<?> constant -> constant.name();
            case final byte[] bytes -> Base64.getEncoder().encodeToString(bytes);
            case Integer _, Long _, Boolean _, String _ -> value;
            default -> throw new IllegalArgumentException(value.getClass() + " has no JSON form");
        };
    }

    private static Map<String, Object> encodeMap(final Map<?, ?> map) {
        final Map<String, Object> json = new LinkedHashMap<>();
        map.forEach((key, value) -> json.put((String) key, encodeAny(value)));
        return json;
    }

    /** A record of what is, perhaps, an object that {@link #encode} has made. */
    static <T extends Record> T decode(final Class<T> type, final Object json) {
        if (json == null) {
            throw malformed(type.getSimpleName(), null);
        }
        return type.cast(decodeRecord(type, json, type.getSimpleName()));
    }

    private static Object decodeRecord(final Class<?> type, final Object json, final String name) {
        if (!(json instanceof final Map<?, ?> object)) {
            throw malformed(name, json);
        }
        final RecordComponent[] components = type.getRecordComponents();
        final Class<?>[] types = new Class<?>[components.length];
        final Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] =
                    decodeAny(
                            components[i].getGenericType(),
                            object.get(components[i].getName()),
                            name + "." + components[i].getName());
        }
        try {
            final Constructor<?> constructor = type.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (final InvocationTargetException e) {
            if (e.getCause() instanceof final Error error) {
                throw error;
            }
            throw new TrivetException(
                    ErrorCode.INVALID, name + ": " + e.getCause().getMessage(), e.getCause());
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException(type + " cannot be made", e);
        }
    }

    private static Object decodeAny(final Type type, final Object json, final String name) {
        if (type instanceof final ParameterizedType generic) {
            final Type[] of = generic.getActualTypeArguments();
            return generic.getRawType() == List.class
                    ? decodeList(of[0], json, name)
                    : decodeMap(of[1], json, name);
        }
        final Class<?> plain = (Class<?>) type;
        if (plain == long.class || plain == Long.class) {
            return integer(json, name);
        }
        if (plain == int.class || plain == Integer.class) {
            final long value = integer(json, name);
            if (value != (int) value) {
                throw malformed(name, json);
            }
            return (int) value;
        }
        if (plain.isEnum()) {
            return constant(plain, json, name);
        }
        if (plain == boolean.class) {
            if (json instanceof Boolean) {
                return json;
            }
            throw malformed(name, json);
        }
        if (json == null) {
            return null;
        }
        if (plain.isRecord()) {
            return decodeRecord(plain, json, name);
        }
        if (!(json instanceof final String text)) {
            throw malformed(name, json);
        }
        return plain == byte[].class ? bytes(text, name) : text;
    }

    private static long integer(final Object json, final String name) {
        if (json instanceof Integer || json instanceof Long) {
            return ((Number) json).longValue();
        }
        throw malformed(name, json);
    }

    private static Object constant(final Class<?> type, final Object json, final String name) {
        for (final Object constant : type.getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(json)) {
                return constant;
            }
        }
        throw malformed(name, json);
    }

    private static byte[] bytes(final String text, final String name) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (final IllegalArgumentException e) {
            throw malformed(name, text);
        }
    }

    private static List<Object> decodeList(final Type of, final Object json, final String name) {
        if (!(json instanceof final List<?> list)) {
            throw malformed(name, json);
        }
        final List<Object> values = new ArrayList<>();
        for (final Object each : list) {
            if (each == null) {
                throw malformed(name, list);
            }
            values.add(decodeAny(of, each, name));
        }
        return values;
    }

    private static Map<String, Object> decodeMap(
            final Type of, final Object json, final String name) {
        if (!(json instanceof final Map<?, ?> map)) {
            throw malformed(name, json);
        }
        final Map<String, Object> values = new LinkedHashMap<>();
        map.forEach((key, each) -> values.put(key.toString(), decodeAny(of, each, name)));
        return values;
    }

    private static TrivetException malformed(final String name, final Object json) {
        final String text = String.valueOf(json);
        return new TrivetException(
                ErrorCode.INVALID,
                name
                        + " cannot be "
                        + (text.length() > MAX_SHOWN
                                ? text.substring(0, MAX_SHOWN) + "..."
                                : text));
    }
}
