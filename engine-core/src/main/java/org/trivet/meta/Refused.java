package org.trivet.meta;

import org.trivet.ErrorCode;

/**
 * A command is not done, and nothing has changed. Without a stack trace, so that it costs nothing.
 */
final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private static final Refused[] ALL = new Refused[ErrorCode.values().length];

    static {
        for (final ErrorCode code : ErrorCode.values()) {
            ALL[code.ordinal()] = new Refused(code, false);
        }
    }

    /** Too much is pending: to be asked again after a pause; the request has not been answered. */
    static final Refused BUSY = new Refused(ErrorCode.BUSY, true);

    private final ErrorCode code;
    private final boolean again;

    private Refused(final ErrorCode code, final boolean again) {
        super(code.name(), null, false, false);
        this.code = code;
        this.again = again;
    }

    static Refused of(final ErrorCode code) {
        return ALL[code.ordinal()];
    }

    ErrorCode code() {
        return code;
    }

    boolean again() {
        return again;
    }
}
