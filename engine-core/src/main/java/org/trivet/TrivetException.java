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

    /**
     * What went wrong.
     *
     * @return the code.
     */
    public ErrorCode code() {
        return code;
    }
}
