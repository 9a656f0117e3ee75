package org.trivet.replica;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.replica.ClusterHarness.Message;
import org.trivet.wire.sbe.MessageHeaderDecoder;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/** Messages of some kinds, between two endpoints, that a test keeps from arriving for a while. */
final class HeldMessages {
    private record Kind(int template, int from, int to) {}

    private final Set<Kind> kinds = new HashSet<>();
    private final List<Message> messages = new ArrayList<>();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();

    private Kind kind(final Message message) {
        header.wrap(new UnsafeBuffer(message.bytes()), 0);
        return new Kind(header.templateId(), message.from(), message.to());
    }

    /** Keeps a message if it is of a kind that is held. */
    boolean keeps(final Message message) {
        return kinds.contains(kind(message)) && messages.add(message);
    }

    void hold(final int template, final int from, final int to) {
        kinds.add(new Kind(template, from, to));
    }

    boolean has(final int template, final int from, final int to) {
        return messages.stream().map(this::kind).anyMatch(new Kind(template, from, to)::equals);
    }

    boolean has(final Predicate<Message> which) {
        return messages.stream().anyMatch(which);
    }

    /** Those of the messages that were held, in order; others of their kinds are held as before. */
    List<Message> take(final Predicate<Message> which) {
        final List<Message> taken = messages.stream().filter(which).toList();
        messages.removeAll(taken);
        return taken;
    }

    /** Holds no more of a kind; those that were held, in order, for whoever delivers them. */
    List<Message> release(final int template, final int from, final int to) {
        final Kind kind = new Kind(template, from, to);
        kinds.remove(kind);
        final List<Message> released = new ArrayList<>(messages);
        released.removeIf(message -> !kind(message).equals(kind));
        messages.removeAll(released);
        return released;
    }
}
