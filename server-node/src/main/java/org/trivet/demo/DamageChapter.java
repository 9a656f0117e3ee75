package org.trivet.demo;

import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.node.DamageRequest;
import org.trivet.node.DamageRequest.Kind;
import org.trivet.node.LocalCluster;

import java.io.IOException;

/** Copies are damaged in each way, and mended by reading. */
final class DamageChapter {
    private static final long BLOCKS_PER_CHUNK = (1 << 20) / (64 << 10);
    private static final int MAX_ROUNDS = 40;

    private final Narrator narrator;
    private final LocalCluster cluster;
    private final DemoFiles files;
    private final String file;
    private final long chunks;

    /** Reads everything and compares it. */
    interface Check {
        void all(String what) throws IOException, InterruptedException;
    }

    DamageChapter(
            final Narrator narrator,
            final LocalCluster cluster,
            final DemoFiles files,
            final String file,
            final long chunks) {
        this.narrator = narrator;
        this.cluster = cluster;
        this.files = files;
        this.file = file;
        this.chunks = chunks;
    }

    void tell(final Check check) throws IOException, InterruptedException {
        narrator.chapter("One copy of a block is damaged, in each way, and the files are read");
        final long before = repairs();
        int damaged = 0;
        for (final Kind kind : Kind.values()) {
            final long block = damaged % chunks * BLOCKS_PER_CHUNK + groupOf(kind);
            final DamageRequest request = new DamageRequest(null, kind, "/" + file, block, damaged);
            narrator.say(cluster.corrupt(request).description());
            damaged++;
        }
        check.all("all files are right");
        int rounds = 1;
        long bad = cluster.verify().differenceCount();
        while (bad > 0 && rounds < MAX_ROUNDS) {
            files.digests(".");
            rounds++;
            bad = cluster.verify().differenceCount();
        }
        narrator.say("Each read takes any of three copies, and mends what it finds bad.");
        narrator.check(
                bad == 0 && repairs() > before,
                "after reading "
                        + rounds
                        + " times all copies are good: "
                        + (repairs() - before)
                        + " repairs");
    }

    /**
     * Blocks of which group are damaged: damage of an index makes a whole range of a copy unknown,
     * and two such copies of one range beside a third bad one would leave too little.
     */
    private static int groupOf(final Kind kind) {
        return switch (kind) {
            case CHECKSUM, DATA, SWAP -> 0;
            case LENGTH -> 1;
            case VERSION -> 2;
            case MISSING -> 3;
        };
    }

    private long repairs() throws InterruptedException {
        return cluster.status().nodes().stream()
                .map(NodeReport::counters)
                .mapToLong(counters -> counters.getOrDefault("repairs", 0L))
                .sum();
    }
}
