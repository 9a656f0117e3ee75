package org.trivet.store.segment;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.FileLayer;

/**
 * Keeps space for commits of the index, which grows as it is changed: a file that is deleted when
 * nothing else is left, and made again when there is plenty.
 */
final class IndexSpace {
    private static final String NAME = "reserve";
    private static final long BASE_BYTES = 256 << 10;
    private static final long BYTES_PER_CHANGE = 512;
    private static final long RETRY_NS = 1_000_000_000L;

    private final FileLayer layer;
    private final long length;
    private boolean held;
    private boolean tried;
    private long triedAtNs;

    IndexSpace(final FileLayer layer, final long length) {
        this.layer = layer;
        this.length = length;
        this.held = length > 0 && layer.list().contains(NAME);
    }

    /** Whether a commit of so many changes will find space; gives up the reserve for it. */
    boolean ensure(final long changes) {
        final long need = BASE_BYTES + changes * BYTES_PER_CHANGE;
        if (layer.usableSpace() >= need) {
            return true;
        }
        if (held) {
            layer.delete(NAME);
            held = false;
        }
        return layer.usableSpace() >= need;
    }

    /** Makes the reserve again if there is plenty of space; looks once in a while. */
    int refill(final long nowNs) {
        if (held || length == 0 || tried && nowNs - triedAtNs < RETRY_NS) {
            return 0;
        }
        tried = true;
        triedAtNs = nowNs;
        if (layer.usableSpace() < 4 * length) {
            return 0;
        }
        try (FileLayer.OpenFile file = layer.open(NAME, true)) {
            file.preallocate(length);
            held = true;
        } catch (final TrivetException e) {
            if (e.code() != ErrorCode.NO_SPACE) {
                throw e;
            }
            layer.delete(NAME);
        }
        return 1;
    }
}
