package org.trivet.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.agrona.IoUtil;
import org.junit.jupiter.api.Test;
import org.trivet.fuse.Scripts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The chaos run; see the package. {@code src/test/scripts/chaos} runs it. Not part of a build: it
 * wants the machine for itself, and minutes.
 */
class ChaosTest {
    private static final String MINUTES = "trivet.chaos.minutes";
    private static final String SEED = "trivet.chaos.seed";

    @Test
    void everythingHoldsWhileEverythingFails() throws Exception {
        final Long minutes = Long.getLong(MINUTES);
        assumeTrue(minutes != null, "-D" + MINUTES + " does not say how long");
        Scripts.assumeMountable();
        final long seed = Long.getLong(SEED, System.nanoTime() & 0xffffff);
        final Path directory = Files.createTempDirectory("trivet-chaos-");
        final long verified;
        final ChaosRun run = new ChaosRun(directory, seed);
        try {
            verified = run.run(Duration.ofMinutes(minutes));
        } finally {
            run.close();
        }
        assertEquals(minutes > 0, verified > 0);
        IoUtil.delete(directory.toFile(), false);
    }
}
