package org.trivet.aeron;

import io.aeron.exceptions.AeronEvent;

import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentTerminationException;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Logs errors, each kind when it is first seen, and again when it has been seen 10, 100, 1000, ...
 * times. Two errors are of one kind if they are of one class and have the same message, digits
 * apart. Safe for use by several threads.
 */
final class AeronErrors implements ErrorHandler {
    private static final System.Logger LOG = System.getLogger(AeronErrors.class.getName());

    /** Kinds told apart; what comes later goes by its class alone. */
    private static final int MAX_KINDS = 64;

    private static final int MAX_MESSAGE_LENGTH = 1_000;

    private final String name;
    private final LongAdder total;
    private final Map<String, Kind> kinds = new HashMap<>();

    AeronErrors(final String name, final LongAdder total) {
        this.name = name;
        this.total = total;
    }

    @Override
    public void onError(final Throwable error) {
        if (error instanceof AgentTerminationException) {
            return; // follows what was told already
        }
        if (!(error instanceof AeronEvent)) {
            total.increment();
        }
        final long count = count(error);
        if (count > 0) {
            LOG.log(
                    // Events are what happens in the course of things: a session was refused.
                    error instanceof AeronEvent
                            ? System.Logger.Level.DEBUG
                            : System.Logger.Level.WARNING,
                    name + ": " + brief(error) + (count == 1 ? "" : " (" + count + " times)"));
        }
    }

    /** How often the error was seen if that is to be told, otherwise 0. */
    private synchronized long count(final Throwable error) {
        String key = error.getClass().getName() + brief(error).replaceAll("[0-9]+", "0");
        if (!kinds.containsKey(key) && kinds.size() >= MAX_KINDS) {
            key = error.getClass().getName();
        }
        if (!kinds.containsKey(key) && kinds.size() >= 2 * MAX_KINDS) {
            return 0;
        }
        final Kind kind = kinds.computeIfAbsent(key, k -> new Kind());
        kind.count++;
        if (kind.count < kind.nextTold) {
            return 0;
        }
        kind.nextTold *= 10;
        return kind.count;
    }

    private static String brief(final Throwable error) {
        final String message = String.valueOf(error.getMessage());
        return error.getClass().getSimpleName()
                + ": "
                + message.substring(0, Math.min(message.length(), MAX_MESSAGE_LENGTH));
    }

    private static final class Kind {
        private long count;
        private long nextTold = 1;
    }
}
