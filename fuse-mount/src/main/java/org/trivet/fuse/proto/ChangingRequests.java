package org.trivet.fuse.proto;

import org.agrona.collections.Long2LongCounterMap;

import java.util.function.LongConsumer;

/**
 * Which inodes requests under way are changing: for as long as they do, the kernel holds a lock of
 * the directory, or pages of the file, and lets notifications about them wait. On the agent's
 * thread.
 */
final class ChangingRequests {
    private static final int NEW_PARENT = 0; // the first field of RENAME's and RENAME2's structures

    private final Long2LongCounterMap counts = new Long2LongCounterMap(0);
    private LongConsumer listener = inode -> {};

    void onBegin(final LongConsumer told) {
        listener = told;
    }

    boolean contains(final long inode) {
        return !counts.isEmpty() && counts.get(inode) > 0;
    }

    void begins(final Request request) {
        if (isChange(request.opcode())) {
            begins(request.node());
            if (isRename(request.opcode())) {
                begins(request.argLong(NEW_PARENT));
            }
        }
    }

    private void begins(final long inode) {
        counts.incrementAndGet(inode);
        listener.accept(inode);
    }

    void ends(final Request request) {
        if (isChange(request.opcode())) {
            counts.decrementAndGet(request.node());
            if (isRename(request.opcode())) {
                counts.decrementAndGet(request.argLong(NEW_PARENT));
            }
        }
    }

    private static boolean isRename(final Opcode opcode) {
        return opcode == Opcode.RENAME || opcode == Opcode.RENAME2;
    }

    private static boolean isChange(final Opcode opcode) {
        return switch (opcode) {
            case CREATE, MKNOD, MKDIR, SYMLINK, LINK, UNLINK, RMDIR, RENAME, RENAME2 -> true;
            case WRITE, SETATTR, FALLOCATE, COPY_FILE_RANGE, COPY_FILE_RANGE_64 -> true;
            default -> false;
        };
    }
}
