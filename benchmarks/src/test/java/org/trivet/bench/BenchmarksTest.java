package org.trivet.bench;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.RunnerException;

import java.util.List;

class BenchmarksTest {
    /**
     * Nothing is measured here: another one that measures at the same time is no reason to fail.
     */
    @BeforeAll
    static void ignoreLock() {
        System.setProperty("jmh.ignoreLock", "true");
    }

    /** One call of each, in this JVM: whether they run, not how fast. */
    @Test
    void eachBenchmarkRuns() throws Exception {
        Benchmarks.run("-f", "0", "-bm", "ss", "-wi", "0", "-i", "1", "-r", "1ms", "-v", "SILENT");
    }

    @Test
    void aPatternThatSelectsNothingIsAnError() {
        assertThrows(RunnerException.class, () -> Benchmarks.run("-f", "0", "NoSuchBenchmark"));
    }

    @Test
    void forkedJvmsGetTheFlags() {
        assertTrue(List.of(Benchmarks.jvmFlags()).contains("--enable-native-access=ALL-UNNAMED"));
    }
}
