package org.trivet.bench.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Whether it measures, not how fast anything is: the build is no place for that. */
class StorageCommandTest {
    private static final String AHEAD = "durable, one ahead";
    private static final long DATA_LENGTH = 2 << 20;

    @TempDir private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(final String... arguments) {
        return new CommandLine(new StorageCommand(DATA_LENGTH))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
    }

    private String[] briefly(final String... more) {
        return Stream.concat(
                        Stream.of(
                                "--directory=" + directory,
                                "--warm-ups=0",
                                "--rounds=1",
                                "--seconds=0.02"),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    private void assertNothingIsLeft() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void bothDoEachTaskAndAllFiguresAreAboveZero() throws Exception {
        assertEquals(0, run(briefly("--json", "--size=4KiB", "--size=8")), err.toString());

        final List<?> runs =
                assertInstanceOf(
                        List.class, JSON.std.mapFrom(out.toString()).get("runs"), out.toString());
        assertEquals(2, runs.size());
        assertRun(runs.get(0), 4096, 4096, 64, 4096, "durable write", AHEAD, "read");
        assertRun(runs.get(1), 8, 1 << 20, 1 << 17, 8 << 10, "durable write", AHEAD);
        assertNothingIsLeft();
    }

    private static void assertRun(
            final Object run,
            final int blockLength,
            final int runLength,
            final int blocksAtOnce,
            final int storedRunLength,
            final String... tasks) {
        final Map<?, ?> map = assertInstanceOf(Map.class, run);
        assertEquals(blockLength, map.get("blockLength"));
        assertEquals(runLength, map.get("runLength"));
        assertEquals(blocksAtOnce, map.get("blocksAtOnce"));
        assertEquals(1, map.get("rounds"));
        assertEquals(0.02, map.get("seconds"));

        final List<String> expected =
                Stream.of(tasks)
                        .flatMap(task -> Stream.of(task + " store", task + " bare file"))
                        .toList();
        final List<?> measured = assertInstanceOf(List.class, map.get("measured"));
        assertEquals(
                expected,
                measured.stream()
                        .map(line -> ((Map<?, ?>) line).get("task") + " " + subject(line))
                        .toList());
        for (final Object line : measured) {
            for (final String figure : List.of("count", "medianUs", "p99Us", "perSecond")) {
                assertAboveZero(line, figure);
            }
        }
        final Map<?, ?> ratios = assertInstanceOf(Map.class, map.get("ratios"));
        assertEquals(2 * tasks.length, ratios.size());
        ratios.keySet().forEach(what -> assertAboveZero(ratios, what));

        final Map<?, ?> space = assertInstanceOf(Map.class, map.get("space"));
        assertEquals(storedRunLength, space.get("runLength"));
        assertEquals(4 * DATA_LENGTH, number(space, "storedBytes"));
        assertAboveZero(space, "indexBytes");
        final double checksums = 4.0 / Math.min(blockLength, 4096);
        assertTrue(
                number(space, "segmentBytes") > 4 * DATA_LENGTH * (1 + checksums),
                () -> "blocks and their checksums are in the segments: " + space);
        assertEquals(
                (number(space, "segmentBytes") + number(space, "indexBytes")) / (4 * DATA_LENGTH),
                number(space, "perByte"),
                1e-9);
    }

    private static Object subject(final Object line) {
        return ((Map<?, ?>) line).get("subject");
    }

    private static double number(final Object map, final Object name) {
        return assertInstanceOf(Number.class, ((Map<?, ?>) map).get(name)).doubleValue();
    }

    private static void assertAboveZero(final Object map, final Object name) {
        assertTrue(number(map, name) > 0, () -> name + " of " + map);
    }

    @Test
    void peopleGetATable() throws Exception {
        assertEquals(0, run(briefly("--size=64KiB")), err.toString());

        for (final String expected :
                List.of(
                        "blocks of 64KiB, 64 at once; medians of 1 rounds of 0.02 s",
                        "durable write          store ",
                        "read                   bare file ",
                        "read: rate / that of a bare file",
                        "bytes on disk for each byte stored")) {
            assertTrue(out.toString().contains(expected), out.toString());
        }
        assertNothingIsLeft();
    }

    @Test
    void helpNamesTheDefaults() {
        assertEquals(0, run("--help"));
        assertTrue(out.toString().contains("by default 5."), out.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "--size=0, '--size must be a power of two, 8 to 1MiB'",
        "--size=4, '--size must be a power of two, 8 to 1MiB'",
        "--size=12KiB, '--size must be a power of two, 8 to 1MiB'",
        "--size=2MiB, '--size must be a power of two, 8 to 1MiB'",
        "--size=many, 'sizes look like 512, 4KiB or 1MiB'",
        "--rounds=0, '--rounds must be 1 or more'",
        "--warm-ups=-1, '--warm-ups must be 0 or more'",
        "--seconds=0, '--seconds must be 0.01 to 1000'",
        "--seconds=NaN, '--seconds must be 0.01 to 1000'",
        "--directory=/nowhere, '--directory must be a directory, and /nowhere is none'"
    })
    void aBadOptionIsRefused(final String option, final String message) throws Exception {
        final String[] arguments =
                option.startsWith("--directory")
                        ? new String[] {option}
                        : new String[] {"--directory=" + directory, option};
        assertEquals(2, run(arguments));
        assertTrue(err.toString().contains(message), err.toString());
        assertNothingIsLeft();
    }

    /** As after any other error: the file is written to when it comes. */
    @Test
    void whoIsInterruptedLeavesNothing() throws Exception {
        final StorageSettings settings =
                new StorageSettings(4096, DATA_LENGTH, 0, 1, Duration.ofMinutes(10), directory);
        final Thread measuring = Thread.currentThread();
        final Thread interrupter =
                Thread.ofPlatform().daemon().start(() -> interruptOnceThereIsAFile(measuring));
        final TrivetException error =
                assertThrows(TrivetException.class, () -> StorageBenchmark.run(settings));
        assertTrue(Thread.interrupted(), "it is for the caller to see");
        interrupter.interrupt(); // if it has not seen the file
        interrupter.join();
        assertEquals(ErrorCode.INTERRUPTED, error.code());
        assertNothingIsLeft();
    }

    private void interruptOnceThereIsAFile(final Thread measuring) {
        while (!Thread.currentThread().isInterrupted()) {
            try (Stream<Path> made = Files.list(directory)) {
                if (made.anyMatch(each -> Files.exists(each.resolve("file").resolve("measured")))) {
                    measuring.interrupt();
                    return;
                }
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
            Thread.yield();
        }
    }
}
