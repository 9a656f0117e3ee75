package org.trivet;

/**
 * Told of the end of an asynchronous operation: exactly one of the two methods is called, exactly
 * once, on the thread of the agent that ran the operation. It must not block.
 *
 * @param <T> what the operation results in.
 */
public interface Completion<T> {
    /**
     * The operation succeeded.
     *
     * @param value its result; null where the operation has none.
     */
    void succeeded(T value);

    /**
     * The operation failed.
     *
     * @param error why.
     */
    void failed(TrivetException error);
}
