package org.trivet.fs;

import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.TrivetException;

import java.util.function.Consumer;

/**
 * A request that leaves nothing of a file's data, after all changes of this client that are under
 * way, and before any later one.
 *
 * <p>The metadata node has the data removed without a thought for the client that asks: that one
 * knows. So no change begins before it does, be the call given up or not: the request is sent until
 * it is answered. A write with the old data id could come after the removal, and would be stored
 * for ever.
 */
final class Emptying implements Completion<Attributes> {
    private final OpenTable table;
    private final long inode;
    private final Call<?> call;
    private final Consumer<Completion<Attributes>> request;
    private final Consumer<Attributes> answered;
    private RangeQueue changes;
    private RangeQueue.Turn turn;
    private boolean sent;

    /**
     * An emptying that has not begun.
     *
     * @param request sends it, to be told of the answer.
     * @param answered takes the answer, also when the call has ended.
     */
    Emptying(
            final OpenTable table,
            final long inode,
            final Call<?> call,
            final Consumer<Completion<Attributes>> request,
            final Consumer<Attributes> answered) {
        this.table = table;
        this.inode = inode;
        this.call = call;
        this.request = request;
        this.answered = answered;
    }

    /** Lines up. */
    void enter() {
        changes = table.changes(inode);
        turn = changes.enter(0, Long.MAX_VALUE, this::begin);
        call.onEnd(
                () -> {
                    if (!sent) {
                        leave();
                    }
                });
        changes.advance();
    }

    private void begin() {
        final OpenInode file = table.find(inode);
        if (file == null) {
            send();
        } else {
            FileContents.afterReports(file, call, this::send);
        }
    }

    private void send() {
        sent = true;
        call.step(Cancellable.NONE);
        request.accept(this);
    }

    private void leave() {
        changes.leave(turn);
        table.dropChanges(inode);
    }

    @Override
    public void succeeded(final Attributes attributes) {
        answered.accept(attributes);
        leave();
    }

    @Override
    public void failed(final TrivetException error) {
        call.failed(error);
        leave();
    }
}
