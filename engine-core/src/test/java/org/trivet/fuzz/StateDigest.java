package org.trivet.fuzz;

import org.agrona.DirectBuffer;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A digest of all that an agent remembers: it follows every reference from the agent on, so that
 * nothing that is added to its state is forgotten here. Not followed are the network, what only
 * decodes messages, and counters of what was refused.
 */
final class StateDigest {
    /** Counters of what was refused, and of duty cycles. */
    private static final Set<String> COUNTERS = Set.of("malformed", "damagedMessages", "cycle");

    private static final int HASHED_BYTES = 4096;

    private final Map<Class<?>, List<Field>> fields = new HashMap<>();
    private final IdentityHashMap<Object, Integer> seen = new IdentityHashMap<>();
    private final ArrayDeque<Object> open = new ArrayDeque<>();
    private long hash;

    /** Objects that were found by the last look. */
    int objects() {
        return seen.size();
    }

    long of(final Object root) {
        seen.clear();
        hash = 17;
        enqueue(root);
        while (!open.isEmpty()) {
            visit(open.poll());
        }
        return hash;
    }

    private void mix(final long value) {
        hash = (hash ^ value) * 0x9E37_79B9_7F4A_7C15L;
        hash ^= hash >>> 29;
    }

    private void enqueue(final Object value) {
        if (value == null) {
            mix(1);
        } else if (value instanceof Enum<?> constant) {
            mix(constant.ordinal());
        } else if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            mix(value.hashCode());
        } else if (isFollowed(value)) {
            final Integer number = seen.putIfAbsent(value, seen.size());
            mix(number == null ? 2 : 3 + number);
            if (number == null) {
                open.add(value);
            }
        }
    }

    private static boolean isFollowed(final Object value) {
        final Class<?> type = value.getClass();
        if (type.isArray()
                || value instanceof Collection
                || value instanceof Map
                || value instanceof DirectBuffer
                || value instanceof BitSet
                || value instanceof AtomicLongArray) {
            return true;
        }
        final String name = type.getName();
        return !type.isHidden()
                && (name.startsWith("org.trivet.") || name.startsWith("org.agrona.collections."))
                && !name.startsWith("org.trivet.fuzz.")
                && !name.startsWith("org.trivet.wire.sbe.")
                && !name.equals("org.trivet.replica.NodeAdapter")
                && !name.equals("org.trivet.replica.NodeCounters");
    }

    private void visit(final Object value) {
        if (value instanceof DirectBuffer buffer) {
            mix(buffer.capacity());
            final int length = Math.min(HASHED_BYTES, buffer.capacity());
            for (int i = 0; i + Long.BYTES <= length; i += Long.BYTES) {
                mix(buffer.getLong(i));
            }
        } else if (value.getClass().isArray()) {
            visitArray(value);
        } else if (value instanceof Map<?, ?> map && isOfJdk(value)) {
            mix(map.size());
            map.forEach(
                    (key, mapped) -> {
                        enqueue(key);
                        enqueue(mapped);
                    });
        } else if (value instanceof Collection<?> collection && isOfJdk(value)) {
            mix(collection.size());
            collection.forEach(this::enqueue);
        } else if (isOfJdk(value)) {
            mix(value.toString().hashCode()); // a set of bits, or counters
        } else {
            visitFields(value);
        }
    }

    private static boolean isOfJdk(final Object value) {
        return value.getClass().getName().startsWith("java.");
    }

    private void visitArray(final Object array) {
        switch (array) {
            case byte[] bytes -> mix(java.util.Arrays.hashCode(bytes));
            case long[] longs -> mix(java.util.Arrays.hashCode(longs));
            case int[] ints -> mix(java.util.Arrays.hashCode(ints));
            case boolean[] flags -> mix(java.util.Arrays.hashCode(flags));
            case Object[] objects -> {
                mix(objects.length);
                for (final Object each : objects) {
                    enqueue(each);
                }
            }
            default -> mix(Array.getLength(array));
        }
    }

    private void visitFields(final Object value) {
        mix(value.getClass().getName().hashCode());
        try {
            for (final Field field : fields.computeIfAbsent(value.getClass(), this::fieldsOf)) {
                final Class<?> type = field.getType();
                if (type == long.class) {
                    mix(field.getLong(value));
                } else if (type == int.class) {
                    mix(field.getInt(value));
                } else if (type == boolean.class) {
                    mix(field.getBoolean(value) ? 5 : 6);
                } else {
                    enqueue(field.get(value));
                }
            }
        } catch (final IllegalAccessException error) {
            throw new AssertionError(error);
        }
    }

    private List<Field> fieldsOf(final Class<?> type) {
        final List<Field> found = new ArrayList<>();
        for (Class<?> each = type;
                !each.getName().startsWith("java.");
                each = each.getSuperclass()) {
            for (final Field field : each.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())
                        && !COUNTERS.contains(field.getName())) {
                    field.setAccessible(true);
                    found.add(field);
                }
            }
        }
        return found;
    }
}
