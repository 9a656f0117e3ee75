package org.trivet.fs;

import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

/**
 * One call of the file system under way: it ends once, whatever its steps do, and then lets go of
 * what it held.
 */
final class Call<T> implements Cancellable, Completion<T> {
    private final Completion<T> done;
    private Cancellable step = Cancellable.NONE;
    private Runnable onEnd;
    private boolean ended;
    private boolean failed;
    private Runnable insteadOfCancelling;

    Call(final Completion<T> done) {
        this.done = done;
    }

    /** The step that runs now; cancelled if the call is. */
    void step(final Cancellable current) {
        if (!ended) {
            step = current;
        }
    }

    /** What to let go of at the end, before the caller is told. */
    void onEnd(final Runnable action) {
        if (ended) {
            action.run();
        } else {
            assert onEnd == null : "one only";
            onEnd = action;
        }
    }

    boolean hasEnded() {
        return ended;
    }

    /** Whether it has ended without having done what was asked. */
    boolean hasFailed() {
        return failed;
    }

    /** What giving it up does, if it does not end it: it ends then by itself. */
    void insteadOfCancelling(final Runnable action) {
        insteadOfCancelling = action;
    }

    @Override
    public void succeeded(final T value) {
        if (end(false)) {
            done.succeeded(value);
        }
    }

    @Override
    public void failed(final TrivetException error) {
        if (end(true)) {
            done.failed(error);
        }
    }

    @Override
    public void cancel() {
        if (!ended && insteadOfCancelling != null) {
            insteadOfCancelling.run();
        } else if (!ended) {
            final Cancellable current = step;
            step = Cancellable.NONE;
            current.cancel();
            failed(new TrivetException(ErrorCode.INTERRUPTED, "the operation was interrupted"));
        }
    }

    private boolean end(final boolean failure) {
        if (ended) {
            return false;
        }
        ended = true;
        failed = failure;
        step = Cancellable.NONE;
        if (onEnd != null) {
            onEnd.run();
        }
        return true;
    }

    /**
     * A completion that goes on with a step of this call, and ends the call where the step fails.
     */
    <S> Completion<S> then(final java.util.function.Consumer<S> next) {
        return new Completion<>() {
            @Override
            public void succeeded(final S value) {
                if (!ended) {
                    step = Cancellable.NONE;
                    next.accept(value);
                }
            }

            @Override
            public void failed(final TrivetException error) {
                Call.this.failed(error);
            }
        };
    }
}
