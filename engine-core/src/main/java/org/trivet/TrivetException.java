package org.trivet;

import java.util.Objects;

/** The one exception of Trivet: a code to act on, and a message that names what was being done. */
public final class TrivetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    /**
     * An error without a cause.
     *
     * @param code what went wrong.
     * @param message what was being done, and what to do about it.
     */
    public TrivetException(final ErrorCode code, final String message) {
        this(code, message, null);
    }

    /**
     * An error with a cause.
     *
     * @param code what went wrong.
     * @param message what was being done, and what to do about it.
     * @param cause the exception behind it, or null.
     */
    public TrivetException(final ErrorCode code, final String message, final Throwable cause) {
        super(message, cause);
        this.code = Objects.requireNonNull(code);
    }

    private TrivetException(
            final ErrorCode code, final String message, final boolean writableStackTrace) {
        super(message, null, writableStackTrace, writableStackTrace);
        this.code = Objects.requireNonNull(code);
    }

    /**
     * An error that is an ordinary answer of another component, such as that a name is not there.
     * It has no stack trace: that would be of an agent's loop, and cost more than the answer.
     *
     * @param code what went wrong.
     * @param message what was being done, and what to do about it.
     * @return the error.
     */
    public static TrivetException answered(final ErrorCode code, final String message) {
        return new TrivetException(code, message, false);
    }

    /**
     * What went wrong.
     *
     * @return the code.
     */
    public ErrorCode code() {
        return code;
    }
}
