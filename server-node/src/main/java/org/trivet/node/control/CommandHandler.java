package org.trivet.node.control;

import java.util.Map;

/** Carries out one command of the control channel, on a thread of the client's connection. */
@FunctionalInterface
public interface CommandHandler {
    /**
     * Carries out the command. What it throws is told the client.
     *
     * @param arguments of the command: strings, numbers, booleans, lists and maps of these.
     * @param progress told how it is going, if that is worth telling.
     * @return the result: strings, numbers, booleans, lists and maps of these.
     * @throws InterruptedException when the server closes.
     */
    Map<String, Object> handle(Map<String, Object> arguments, Progress progress)
            throws InterruptedException;
}
