package org.trivet.cli;

import org.trivet.node.IndexRebuild;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** Makes the index of a data node that does not run anew. */
@Command(
        name = "rebuild-index",
        description = {
            "Makes the index of a data node that does not run anew, from its segments alone. What"
                    + " was there is kept as index.old, in place of an earlier one.",
            "A node whose index is gone or damaged does this by itself when it starts. Before"
                    + " anything is changed the segments are read through: if they are damaged, an"
                    + " index made from them would have the node fetch everything from the other"
                    + " nodes, and nothing is done."
        },
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the index has been made",
            "1:failed; the reason is on standard error, and the index is as it was",
            "2:the command line is wrong"
        })
final class NodeRebuildIndexCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "DIR",
            description = "The directory of a data node, for example DATA_DIR/node-0.")
    private Path directory;

    @Option(
            names = "--force",
            description = "Do it without having looked whether the segments are damaged.")
    private boolean isForced;

    @Option(names = "--json", description = "Print what has been done as JSON.")
    private boolean isJson;

    NodeRebuildIndexCommand() {}

    @Override
    public Integer call() {
        final PrintWriter out = spec.commandLine().getOut();
        final PrintWriter lines = isJson ? spec.commandLine().getErr() : out;
        final IndexRebuild.Result result;
        try (ReadProgress progress = new ReadProgress(ReadProgress.isTerminal(), lines)) {
            result = IndexRebuild.run(directory, isForced, progress);
        }
        if (isJson) {
            JsonOutput.print(toMap(result), out);
        } else {
            out.printf(
                    "%,d rows made from %s of segments in %.1f s: %.0f MiB/s%n",
                    result.rows(),
                    ByteSize.format(result.readBytes()),
                    result.durationNs() / 1e9,
                    mibPerSecond(result));
            out.println(
                    result.aside() == null
                            ? "there was no index before"
                            : "the index that was there is kept as " + result.aside());
            if (!result.lostGroups().isEmpty()) {
                out.println(
                        "the segments prove nothing of groups "
                                + result.lostGroups()
                                + ": the node fetches these from the others when it runs");
            }
        }
        out.flush();
        return 0;
    }

    private static double mibPerSecond(final IndexRebuild.Result result) {
        return result.readBytes() / 1048576.0 * 1e9 / Math.max(1, result.durationNs());
    }

    private static Map<String, Object> toMap(final IndexRebuild.Result result) {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("rows", result.rows());
        map.put("bytesRead", result.readBytes());
        map.put("seconds", result.durationNs() / 1e9);
        map.put("mibPerSecond", mibPerSecond(result));
        map.put("formerIndex", result.aside() == null ? null : result.aside().toString());
        map.put("lostGroups", result.lostGroups());
        return map;
    }
}
