package org.trivet.cli;

import org.trivet.IdleMode;
import org.trivet.node.ClusterFile;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/** Options of the commands that run one process of a cluster. */
final class ProcessOptions {
    @Option(
            names = "--cluster",
            required = true,
            paramLabel = "FILE",
            description = "Describes the cluster; see trivet cluster init.")
    private Path clusterFile;

    @Option(
            names = "--idle",
            paramLabel = "MODE",
            defaultValue = "balanced",
            converter = IdleModes.class,
            completionCandidates = IdleModes.class,
            description =
                    "How to wait for messages: low-latency, balanced (the default) or power-save.")
    private IdleMode idleMode;

    @Option(
            names = "--until-input-ends",
            hidden = true,
            description = "Stop when standard input ends: the process that started this has died.")
    private boolean isSupervised;

    ProcessOptions() {}

    ClusterFile cluster() {
        return ClusterFile.read(clusterFile);
    }

    IdleMode idleMode() {
        return idleMode;
    }

    /** To be called before anything else. */
    void begin() {
        if (isSupervised) {
            Foreground.stopWithInput();
        }
    }
}
