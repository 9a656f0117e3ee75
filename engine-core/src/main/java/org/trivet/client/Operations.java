package org.trivet.client;

import org.agrona.collections.Long2ObjectHashMap;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.util.ArrayList;

/** The operations under way, by number. An operation ends here, and nowhere else. */
final class Operations {
    private static final int MAX_POOLED = 1024;
    private static final int MAX_OPEN = 1 << 16;

    private final ArrayList<Operation> open = new ArrayList<>();
    private final ArrayList<Operation> free = new ArrayList<>();
    private final Long2ObjectHashMap<Operation> byId = new Long2ObjectHashMap<>();
    private long nextId = 1;

    Operation start(final Operation.Kind kind, final OperationHandler handler, final long nowNs) {
        if (open.size() >= MAX_OPEN) {
            throw new TrivetException(
                    ErrorCode.BUSY, "client: " + MAX_OPEN + " operations are under way");
        }
        final Operation operation = free.isEmpty() ? new Operation() : free.removeLast();
        operation.reset();
        operation.id = nextId++;
        operation.kind = kind;
        operation.handler = handler;
        operation.startNs = nowNs;
        operation.starting = true;
        operation.index = open.size();
        open.add(operation);
        byId.put(operation.id, operation);
        return operation;
    }

    Operation find(final long id) {
        return byId.get(id);
    }

    int size() {
        return open.size();
    }

    Operation get(final int index) {
        return open.get(index);
    }

    /** All parts exist: from now on the operation ends with the last of them. */
    void started(final Operation operation) {
        operation.starting = false;
        completeIfDone(operation);
    }

    void partDone(final Operation operation) {
        operation.openParts--;
        assert operation.openParts >= 0 : "more parts ended than there are";
        completeIfDone(operation);
    }

    /** Ends an operation whose parts are gone already. */
    void fail(final Operation operation, final TrivetException error) {
        final OperationHandler handler = operation.handler;
        remove(operation);
        handler.failed(error);
    }

    private void completeIfDone(final Operation operation) {
        if (operation.openParts == 0 && !operation.starting) {
            final OperationHandler handler = operation.handler;
            final long result = operation.result();
            remove(operation);
            handler.completed(result);
        }
    }

    private void remove(final Operation operation) {
        byId.remove(operation.id);
        final Operation last = open.removeLast();
        if (last != operation) {
            open.set(operation.index, last);
            last.index = operation.index;
        }
        operation.reset();
        if (free.size() < MAX_POOLED) {
            free.add(operation);
        }
    }
}
