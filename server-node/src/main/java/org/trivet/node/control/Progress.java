package org.trivet.node.control;

import java.util.Map;

/** Told how a command is going. */
@FunctionalInterface
public interface Progress {
    /** Tells nobody. */
    Progress NONE = state -> {};

    /**
     * The command has come so far.
     *
     * @param state strings, numbers, booleans, lists and maps of these.
     */
    void report(Map<String, Object> state);
}
