package org.trivet.store.segment;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.FileLayer;

/**
 * Keeps space for commits of an index that lies in the same file system and grows as it is changed:
 * a file that is deleted when nothing else is left, and made again when there is plenty. Owned by
 * one thread.
 */
public final class IndexSpace {
    private static final long BASE_BYTES = 256 << 10;
    private static final long RETRY_NS = 1_000_000_000L;

    private final FileLayer layer;
    private final String name;
    private final long length;
    private final long bytesPerChange;
    private boolean held;
    private boolean tried;
    private long triedAtNs;

    /**
     * Space for the commits of an index; taken at once, if there is plenty.
     *
     * @param layer where the file is.
     * @param name its name.
     * @param length bytes of the file; 0 for none.
     * @param bytesPerChange what one change adds to a commit, at most.
     */
    public IndexSpace(
            final FileLayer layer,
            final String name,
            final long length,
            final long bytesPerChange) {
        this.layer = layer;
        this.name = name;
        this.length = length;
        this.bytesPerChange = bytesPerChange;
        this.held = length > 0 && isThere();
        if (!held && length > 0) {
            take();
        }
    }

    /** Whether the file is there, and nobody has cut it short. */
    private boolean isThere() {
        if (!layer.list().contains(name)) {
            return false;
        }
        try (FileLayer.OpenFile file = layer.open(name, false)) {
            return file.length() >= length;
        }
    }

    /** Whether a commit of so many changes will find space without the reserve. */
    private boolean suffices(final long changes) {
        return layer.usableSpace() >= BASE_BYTES + changes * bytesPerChange;
    }

    /**
     * Whether a commit of so many changes will find space; gives up the reserve for it.
     *
     * @param changes how many.
     * @return false if not.
     */
    public boolean ensure(final long changes) {
        if (suffices(changes)) {
            return true;
        }
        if (held) {
            layer.delete(name);
            held = false;
        }
        return suffices(changes);
    }

    /**
     * Makes the reserve again if there is plenty of space; looks once in a while.
     *
     * @param nowNs monotonic clock.
     * @return 1 if it did something.
     */
    public int refill(final long nowNs) {
        if (held || length == 0 || tried && nowNs - triedAtNs < RETRY_NS) {
            return 0;
        }
        tried = true;
        triedAtNs = nowNs;
        return take();
    }

    private int take() {
        if (layer.usableSpace() < 4 * length) {
            return 0;
        }
        try (FileLayer.OpenFile file = layer.open(name, true)) {
            file.preallocate(length);
            held = true;
        } catch (final TrivetException e) {
            if (e.code() != ErrorCode.NO_SPACE) {
                throw e;
            }
            layer.delete(name);
        }
        return 1;
    }
}
