package org.trivet.bench.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.IdleMode;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.bench.measure.Figures;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Whether it measures, not how fast anything is: the build is no place for that. */
class NetworkBenchmarkTest {
    private static final int WINDOW = 8;

    private static NetworkSettings settings(
            final Media media, final Set<Boolean> keys, final Path directory) {
        return new NetworkSettings(
                media,
                keys,
                IdleMode.BALANCED,
                4096,
                WINDOW,
                0,
                1,
                Duration.ofMillis(20),
                directory);
    }

    @Test
    void eachSubjectDoesEachTaskOverProcesses(@TempDir final Path directory) throws Exception {
        final NetworkResult result =
                NetworkBenchmark.run(settings(Media.IPC, Set.of(true), directory));

        for (final Task task : Task.all(WINDOW)) {
            final Set<Subject> expected =
                    task.work() == Work.ECHO
                            ? EnumSet.of(Subject.AERON)
                            : EnumSet.of(Subject.SEALED_VOLUME, Subject.AERON, Subject.MEMORY);
            assertEquals(expected, result.figures(task).keySet(), task.toString());
            result.figures(task).values().forEach(NetworkBenchmarkTest::assertPlausible);
        }
        assertEquals(9, result.ratios(Subject.SEALED_VOLUME).size());
        result.ratios(Subject.SEALED_VOLUME)
                .forEach((what, ratio) -> assertTrue(ratio > 0, what + " is " + ratio));
        assertTrue(result.ratios(Subject.VOLUME).isEmpty(), "there was none");
    }

    private static void assertPlausible(final Figures figures) {
        assertTrue(figures.count() > 0, figures.toString());
        assertTrue(figures.medianUs() > 0, figures.toString());
        assertTrue(figures.p99Us() >= figures.medianUs(), figures.toString());
        assertTrue(figures.perSecond() > 0, figures.toString());
    }

    @Test
    void aVolumeInThisProcessIsReportedBesideAeron(@TempDir final Path directory) throws Exception {
        final NetworkSettings settings = settings(null, Set.of(false), directory);
        final NetworkReport report =
                new NetworkReport("inproc", settings, NetworkBenchmark.run(settings));

        final StringWriter text = new StringWriter();
        report.print(new PrintWriter(text));
        for (final Subject subject : List.of(Subject.VOLUME, Subject.AERON, Subject.MEMORY)) {
            assertTrue(text.toString().contains(" " + subject.title() + " "), text.toString());
        }
        assertEquals("inproc", report.toMap().get("transport"));
    }
}
