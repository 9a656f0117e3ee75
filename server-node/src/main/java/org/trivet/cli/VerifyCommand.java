package org.trivet.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Compares all copies of all blocks of a running cluster. */
@Command(
        name = "verify",
        description = {
            "Reads and verifies every copy of every block of a running volume, and compares the"
                    + " copies.",
            "Exits with 1 if any is damaged or differs."
        },
        mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "DATA_DIR", description = "Of the running volume.")
    private Path dataDirectory;

    VerifyCommand() {}

    @Override
    public Integer call() {
        final Map<String, Object> found = ControlCall.call(dataDirectory, "verify", Map.of());
        final PrintWriter out = spec.commandLine().getOut();
        for (final Object difference : (List<?>) found.get("differences")) {
            out.println(difference);
        }
        final long count = ((Number) found.get("differenceCount")).longValue();
        out.println(
                count == 0
                        ? "all copies agree: " + found.get("units") + " units verified"
                        : count + " differences");
        out.flush();
        return count == 0 ? 0 : 1;
    }
}
