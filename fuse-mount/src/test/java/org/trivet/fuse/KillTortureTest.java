package org.trivet.fuse;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A short run of {@code kill-torture}; see there. */
class KillTortureTest {
    @TempDir private Path directory;

    @Test
    void whatWasAcknowledgedBeforeAKillIsThereAfterIt() throws Exception {
        Scripts.assumeMountable();
        Scripts.assumePresent("python3");
        final List<String> command = new ArrayList<>();
        command.add("python3");
        command.add(Scripts.script("kill-torture").toString());
        command.addAll(List.of("--rounds", "3", "--max-seconds", "1.2", "--writers", "3"));
        command.addAll(List.of("--seed", "7", "--directory", directory.toString(), "--trivet"));
        command.add(String.join("\u001f", Scripts.trivet()));
        final Scripts.Ended ended = Scripts.run(150, command);
        assertEquals(0, ended.status(), ended.output());
    }
}
