package org.trivet.cli;

import org.trivet.node.control.ControlClient;
import org.trivet.node.control.Progress;

import java.nio.file.Path;
import java.util.Map;

/** One command to a running cluster. */
final class ControlCall {
    private ControlCall() {}

    static Map<String, Object> call(
            final Path dataDirectory, final String command, final Map<String, Object> arguments) {
        try (ControlClient client = ControlClient.connect(dataDirectory)) {
            return client.call(command, arguments, Progress.NONE);
        }
    }
}
