package org.trivet.chaos;

/** Something that must hold does not. */
final class ChaosFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChaosFailure(final String message) {
        super(message);
    }

    ChaosFailure(final String message, final Throwable cause) {
        super(message, cause);
    }
}
