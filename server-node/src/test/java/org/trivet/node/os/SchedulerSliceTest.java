package org.trivet.node.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

@EnabledOnOs(OS.LINUX)
class SchedulerSliceTest {
    /** Nice is the 17th of the values that follow the name, which stands in parentheses. */
    private static final int NICE = 16;

    private static List<String> threadState() throws Exception {
        final String line = Files.readString(Path.of("/proc/thread-self/stat"));
        return Arrays.asList(line.substring(line.lastIndexOf(')') + 2).split(" "));
    }

    @Test
    void changesNothingElseOfTheThread() throws InterruptedException, ExecutionException {
        assumeTrue(
                List.of("amd64", "aarch64", "riscv64").contains(System.getProperty("os.arch")),
                "the number of the system call is not known here");
        final FutureTask<Void> task =
                new FutureTask<>(
                        () -> {
                            final String before = threadState().get(NICE);
                            assertTrue(SchedulerSlice.requestShort());
                            assertEquals(before, threadState().get(NICE));
                            assertTrue(SchedulerSlice.requestShort(), "once more");
                            return null;
                        });
        Thread.ofPlatform().start(task);
        task.get();
    }
}
