package org.trivet;

/** A running asynchronous operation. Used only on the thread of the agent that runs it. */
@FunctionalInterface
public interface Cancellable {
    /** An operation that has ended already. */
    Cancellable NONE = () -> {};

    /**
     * Gives the operation up: its completion is told {@link ErrorCode#INTERRUPTED} before this
     * returns, unless it has ended. What was sent may still take effect.
     */
    void cancel();
}
