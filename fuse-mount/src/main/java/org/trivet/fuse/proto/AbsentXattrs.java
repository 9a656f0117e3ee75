package org.trivet.fuse.proto;

import org.agrona.collections.Hashing;
import org.agrona.collections.LongHashSet;
import org.agrona.concurrent.NanoClock;
import org.trivet.fs.Attributes;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Inodes that have no extended attributes, or at least no capability. The kernel asks for the
 * capability before each write, to take it away, and programs that list files ask for others of
 * each: most have none, and a turn of the agent would cost more than the answer.
 *
 * <p>What is known was learnt with attributes, and is trusted for as long as the kernel trusts
 * those. The table is bounded: an inode may take another's place. Everything but {@link #isAbsent}
 * is called on the agent's thread.
 */
final class AbsentXattrs {
    private static final byte[] CAPABILITY =
            "security.capability".getBytes(StandardCharsets.US_ASCII);
    private static final int SLOTS = 1 << 16;

    private final AtomicReferenceArray<Known> slots = new AtomicReferenceArray<>(SLOTS);

    /**
     * Inodes that were given one, or a capability: answers that arrive later may be from before.
     */
    private final LongHashSet given = new LongHashSet();

    private final LongHashSet givenCapability = new LongHashSet();

    private final long trustNs;
    private final NanoClock clock;

    /** Of an inode: it has no attributes at all, or no capability; and until when this holds. */
    private record Known(long inode, boolean hasNone, long untilNs) {}

    AbsentXattrs(final long trustNs, final NanoClock clock) {
        this.trustNs = trustNs;
        this.clock = clock;
    }

    static boolean isCapability(final byte[] name) {
        return Arrays.equals(name, CAPABILITY);
    }

    /** The file system has told an inode's attributes. */
    void learn(final Attributes attributes) {
        final long inode = attributes.inode();
        if (attributes.xattrCount() == 0 && !given.contains(inode)) {
            put(inode, true);
        } else {
            drop(inode, false);
        }
    }

    /** The file system has told that an inode has no capability. */
    void learnNoCapability(final long inode) {
        if (!givenCapability.contains(inode)) {
            put(inode, false);
        }
    }

    private void put(final long inode, final boolean hasNone) {
        slots.set(slot(inode), new Known(inode, hasNone, clock.nanoTime() + trustNs));
    }

    /** An inode is about to be given one by this mount. */
    void giving(final long inode, final byte[] name) {
        given.add(inode);
        if (isCapability(name)) {
            givenCapability.add(inode);
        }
        changed(inode);
    }

    /** What is known of an inode may be wrong now. */
    void changed(final long inode) {
        drop(inode, true);
    }

    /** What is known of any inode may be wrong now. */
    void changed() {
        for (int i = 0; i < SLOTS; i++) {
            slots.set(i, null);
        }
    }

    private void drop(final long inode, final boolean capabilityToo) {
        final Known known = slots.get(slot(inode));
        if (known != null && known.inode() == inode && (known.hasNone() || capabilityToo)) {
            slots.set(slot(inode), null);
        }
    }

    /** The kernel knows an inode no more. */
    void forget(final long inode) {
        given.remove(inode);
        givenCapability.remove(inode);
        changed(inode);
    }

    /** Whether an inode surely has no such attribute. On any thread. */
    boolean isAbsent(final long inode, final byte[] name) {
        final Known known = slots.get(slot(inode));
        return known != null
                && known.inode() == inode
                && (known.hasNone() || isCapability(name))
                && known.untilNs() - clock.nanoTime() > 0;
    }

    private static int slot(final long inode) {
        return Hashing.hash(inode, SLOTS - 1);
    }
}
