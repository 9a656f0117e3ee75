package org.trivet.demo;

import org.trivet.node.BlockCount;

import java.util.List;
import java.util.Locale;

/** Draws how many blocks each node holds in each role. */
final class BlockPicture {
    private static final int WIDTH = 14;

    private BlockPicture() {}

    static void draw(
            final List<BlockCount> counts,
            final int nodeCount,
            final int copies,
            final Narrator narrator) {
        final long most =
                Math.max(1, counts.stream().mapToLong(BlockCount::blocks).max().orElse(1));
        for (int node = 0; node < nodeCount; node++) {
            final StringBuilder line = new StringBuilder("node " + node);
            for (int copy = 0; copy < copies; copy++) {
                final long blocks = blocks(counts, node, copy);
                final int bar = (int) Math.ceilDiv(blocks * WIDTH, most);
                line.append(
                        String.format(
                                Locale.ROOT,
                                "   R%d %-" + WIDTH + "s %5d",
                                copy + 1,
                                "#".repeat(bar),
                                blocks));
            }
            narrator.say(line.toString());
        }
    }

    static long blocks(final List<BlockCount> counts, final int node, final int copy) {
        return counts.stream()
                .filter(count -> count.node() == node && count.copy() == copy)
                .mapToLong(BlockCount::blocks)
                .sum();
    }
}
