package org.trivet.fuse;

import org.trivet.Cancellable;
import org.trivet.Completion;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.FileLock;

import java.util.ArrayList;
import java.util.List;

/** The locks of one file of {@link MemoryFileSystem}, of both kinds, and who waits for one. */
final class LockTable {
    private final List<FileLock> held = new ArrayList<>();
    private final List<Waiter> waiters = new ArrayList<>();

    private final class Waiter implements Cancellable {
        private final FileLock lock;
        private final Completion<Void> done;

        private Waiter(final FileLock lock, final Completion<Void> done) {
            this.lock = lock;
            this.done = done;
        }

        @Override
        public void cancel() {
            if (waiters.remove(this)) {
                done.failed(new TrivetException(ErrorCode.INTERRUPTED, "waiting for a lock"));
            }
        }
    }

    FileLock conflict(final FileLock wanted) {
        for (final FileLock lock : held) {
            if (lock.flock() == wanted.flock()
                    && lock.owner() != wanted.owner()
                    && lock.start() <= wanted.end()
                    && wanted.start() <= lock.end()
                    && (lock.type() == FileLock.WRITE || wanted.type() == FileLock.WRITE)) {
                return lock;
            }
        }
        return null;
    }

    Cancellable set(final FileLock wanted, final boolean wait, final Completion<Void> done) {
        if (wanted.type() != FileLock.UNLOCK && conflict(wanted) != null) {
            if (!wait) {
                done.failed(new TrivetException(ErrorCode.WOULD_BLOCK, "a lock is held"));
                return Cancellable.NONE;
            }
            final Waiter waiter = new Waiter(wanted, done);
            waiters.add(waiter);
            return waiter;
        }
        apply(wanted);
        done.succeeded(null);
        wake();
        return Cancellable.NONE;
    }

    void drop(final long owner, final boolean flock) {
        if (held.removeIf(lock -> lock.owner() == owner && lock.flock() == flock)) {
            wake();
        }
    }

    private void apply(final FileLock wanted) {
        final List<FileLock> pieces = new ArrayList<>();
        held.removeIf(
                lock -> {
                    if (lock.owner() != wanted.owner()
                            || lock.flock() != wanted.flock()
                            || lock.start() > wanted.end()
                            || wanted.start() > lock.end()) {
                        return false;
                    }
                    if (lock.start() < wanted.start()) {
                        pieces.add(piece(lock, lock.start(), wanted.start() - 1));
                    }
                    if (lock.end() > wanted.end()) {
                        pieces.add(piece(lock, wanted.end() + 1, lock.end()));
                    }
                    return true;
                });
        held.addAll(pieces);
        if (wanted.type() != FileLock.UNLOCK) {
            held.add(wanted);
        }
    }

    private static FileLock piece(final FileLock lock, final long start, final long end) {
        return new FileLock(lock.type(), lock.flock(), start, end, lock.owner(), lock.pid());
    }

    private void wake() {
        for (final Waiter waiter : List.copyOf(waiters)) {
            if (conflict(waiter.lock) == null && waiters.remove(waiter)) {
                apply(waiter.lock);
                waiter.done.succeeded(null);
            }
        }
    }
}
