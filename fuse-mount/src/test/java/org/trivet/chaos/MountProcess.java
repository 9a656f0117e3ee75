package org.trivet.chaos;

import org.trivet.IdleMode;
import org.trivet.client.ClientCounters;
import org.trivet.fuse.FuseMount;
import org.trivet.fuse.FuseOptions;
import org.trivet.node.ClusterClient;
import org.trivet.node.ClusterFile;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * What {@code trivet mount} does, when it has read a line; and then it tells, for each line more,
 * how many degraded reads it has had. The kernel does not pass on which reads they were, and a
 * checker has to know.
 */
final class MountProcess {
    private MountProcess() {}

    /** Arguments: the cluster file, and the mount point. */
    public static void main(final String[] arguments) throws Exception {
        final var lines =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        if (lines.readLine() == null) {
            return;
        }
        final ClusterFile cluster = ClusterFile.read(Path.of(arguments[0]));
        try (ClusterClient client = ClusterClient.start(cluster, null, IdleMode.BALANCED);
                FuseMount _ =
                        FuseMount.mount(
                                Path.of(arguments[1]),
                                client.agent().fileSystem(),
                                client.agent(),
                                FuseOptions.of("trivet:chaos"))) {
            System.out.println("ready");
            answer(lines, client);
        }
    }

    /** Until its input ends. */
    private static void answer(final BufferedReader lines, final ClusterClient client)
            throws IOException {
        final ClientCounters counters = client.agent().blocks().counters();
        while (lines.readLine() != null) {
            // On the agent's thread, which has counted what it has answered.
            System.out.println(
                    "degraded "
                            + CompletableFuture.supplyAsync(counters::degradedReads, client.agent())
                                    .join());
        }
    }
}
