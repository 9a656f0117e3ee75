package org.trivet.node.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

@EnabledOnOs(
        value = OS.LINUX,
        architectures = {"amd64", "aarch64"})
class CompilerThreadsTest {
    private static final int NICE = 19 - 3; // of proc_pid_stat(5), after the name

    @Test
    void leaveProcessorsToOthers() throws IOException {
        assertTrue(CompilerThreads.yieldToOthers() > 0);
        CompilerThreads.yieldToOthers(); // which leaves it at that
        int own = 0;
        final Set<Integer> ofCompilers = new HashSet<>();
        try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
            for (final Path thread : all.toList()) {
                final String status;
                try {
                    status = Files.readString(thread.resolve("status"));
                } catch (final IOException e) {
                    continue; // it has ended
                }
                final int processors = processors(status);
                final String name = status.lines().findFirst().orElseThrow();
                if (name.contains("C2 CompilerThre")) {
                    ofCompilers.add(processors);
                } else if (!name.contains(" CompilerThre")) { // one may have started others
                    own = Math.max(own, processors);
                }
            }
        }
        assertEquals(Set.of(Math.max(1, own / 2)), ofCompilers);
    }

    private static int processors(final String status) {
        final String mask =
                status.lines()
                        .filter(line -> line.startsWith("Cpus_allowed:"))
                        .findFirst()
                        .orElseThrow()
                        .split(":")[1];
        return new BigInteger(mask.strip().replace(",", ""), 16).bitCount();
    }

    @Test
    void areNicerThanOthers() throws IOException {
        assertTrue(CompilerThreads.yieldToOthers() > 0);
        final List<Path> threads;
        try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
            threads = all.toList();
        }
        int compilers = 0;
        int others = 0;
        for (final Path thread : threads) {
            final String stat;
            try {
                stat = Files.readString(thread.resolve("stat"));
            } catch (final IOException e) {
                continue; // it has ended
            }
            final int nameEnd = stat.lastIndexOf(')');
            final int nice = Integer.parseInt(stat.substring(nameEnd + 2).split(" ")[NICE]);
            final String name = stat.substring(0, nameEnd);
            if (name.endsWith("(C2 CompilerThre")) {
                assertEquals(10, nice, stat);
                compilers++;
            } else if (!name.contains(" CompilerThre")) {
                assertTrue(nice < 10, stat);
                others++;
            }
        }
        assertTrue(compilers > 0 && others > 0);
    }
}
