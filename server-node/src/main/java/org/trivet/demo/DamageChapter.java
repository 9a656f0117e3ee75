package org.trivet.demo;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
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
            final long block = damaged % chunks * BLOCKS_PER_CHUNK;
            try {
                narrator.say(
                        cluster.corrupt(new DamageRequest(null, kind, "/" + file, block, damaged))
                                .description());
                damaged++;
            } catch (final TrivetException ex) {
                if (ex.code() != ErrorCode.NOT_SUPPORTED) {
                    throw ex;
                }
                narrator.say("this build has no tool that damages copies: left out");
                return;
            }
        }
        check.all("all files are right");
        int rounds = 1;
        while (repairs() - before < damaged && rounds < MAX_ROUNDS) {
            files.digests(file);
            rounds++;
        }
        final long repaired = repairs() - before;
        narrator.say(
                "Each read takes any of three copies: after "
                        + rounds
                        + " rounds each bad one had been read.");
        narrator.check(repaired >= damaged, repaired + " repairs for " + damaged + " bad copies");
        check.all("all files are right");
    }

    private long repairs() throws InterruptedException {
        return cluster.status().nodes().stream()
                .map(NodeReport::counters)
                .mapToLong(counters -> counters.getOrDefault("repairs", 0L))
                .sum();
    }
}
