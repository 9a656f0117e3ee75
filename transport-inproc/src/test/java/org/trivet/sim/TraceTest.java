package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The same seed gives the same run, whatever runs it. */
class TraceTest {
    private static final long SEEDS = 30;

    private static List<String> hashes() {
        final List<String> hashes = new ArrayList<>();
        for (long seed = 1; seed <= SEEDS; seed++) {
            final SimulationPlan plan = SimulationPlan.of(SimulationProfile.SHORT, seed);
            hashes.add(seed + " " + Long.toHexString(Simulation.run(plan).traceHash()));
        }
        return hashes;
    }

    public static void main(final String[] args) {
        hashes().forEach(System.out::println);
    }

    @Test
    void aSeedDecidesEverything() {
        assertEquals(hashes(), hashes());
        for (final SimulationProfile profile : SimulationProfile.values()) {
            assertEquals(
                    Simulation.run(SimulationPlan.of(profile, 1)).traceHash(),
                    Simulation.run(SimulationPlan.of(profile, 1)).traceHash());
        }
    }

    @Test
    void anotherProcessThatOnlyInterpretsComesToTheSame() throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(
                List.of(
                        "-Xint",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TraceTest.class.getName()));
        final Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        final String printed =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        assertEquals(hashes(), printed.lines().toList());
    }
}
