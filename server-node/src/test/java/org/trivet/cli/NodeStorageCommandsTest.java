package org.trivet.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.DataDirectory;
import org.trivet.node.LocalCluster;
import org.trivet.node.Verification;
import org.trivet.node.VolumeOptions;
import org.trivet.node.disk.NodeStorage;
import org.trivet.node.disk.SmallStore;
import org.trivet.store.EntryView;
import org.trivet.store.StoredEntries.Stored;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/** The commands that work on the directory of a data node that does not run. */
@Timeout(120)
class NodeStorageCommandsTest {
    @TempDir private Path parent;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(final String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        final CommandLine commandLine = Trivet.commandLine((data, _) -> new FakeCluster(data));
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(args);
    }

    @Test
    void linesOfASmallStore() throws IOException {
        final SmallStore small = new SmallStore(parent.resolve("node-1"));
        final String id;
        final Stored first;
        try (NodeStorage storage = small.open()) {
            id = String.format("%016x", storage.store().storageId());
            SmallStore.saveState(storage, "no state");
            first = small.write(storage, 1, 7, 3, 700);
            small.write(storage, 2, 8, 0, 64);
            SmallStore.checkpoint(storage);
        }
        final String dir = small.path.toString();
        assertEquals(0, run("node", "dump", dir), err::toString);
        final List<String> lines = out.toString().lines().toList();
        assertEquals(
                List.of(
                        "00000001:0 segment in-use header=good storageId="
                                + id
                                + " length=8388608 headerLength=40 live=[] end=1144",
                        "00000001:40 state group=0 length=8 checksums=good",
                        "00000001:80 entry epoch=1 sequence=1 group=0 WRITE session=5 request=1"
                                + " dataId=7 firstUnit=3 endUnit=14 cut=0 data=700 length=835"
                                + " checksums=good",
                        "00000001:952 entry epoch=1 sequence=2 group=0 WRITE session=5 request=2"
                                + " dataId=8 firstUnit=0 endUnit=1 cut=0 data=64 length=159"
                                + " checksums=good"),
                lines.subList(0, 4));
        assertTrue(lines.get(4).startsWith("00000002:0 segment spare header=none"), lines.get(4));
        assertEquals(5, lines.size());

        assertEquals(0, run("node", "dump", dir, "--data-id", "8"));
        assertEquals(List.of(lines.get(3)), out.toString().lines().toList());
        assertEquals(0, run("node", "dump", dir, "--group", "0", "--limit", "1"));
        assertEquals(List.of(lines.get(1)), out.toString().lines().toList());
        assertEquals(0, run("node", "dump", dir, "--group", "1"));
        assertEquals("", out.toString());
        assertEquals(0, run("node", "dump", dir, "--segment", "00000001.journal"));
        assertEquals(lines.subList(0, 4), out.toString().lines().toList());
        assertEquals(1, run("node", "dump", dir, "--segment", "a1"));
        assertTrue(err.toString().contains("there is no segment 000000a1"), err::toString);

        small.flipInBody(first, -1);
        assertEquals(0, run("node", "dump", dir, "--data-id", "7", "--json"));
        final Map<String, Object> line = JSON.std.mapFrom(out.toString());
        assertEquals("00000001:80", line.get("position"));
        assertEquals(700, line.get("data"));
        assertEquals("bad", line.get("checksums"));
        assertEquals("13", line.get("badUnits"));
        SmallStore.flip(small.segment(first.position()), (int) first.position());
        assertEquals(0, run("node", "dump", dir, "--segment", "1"));
        assertTrue(out.toString().contains("\n00000001:80 damaged\n"), out::toString);
    }

    @Test
    void wrongUsesAreExplained() {
        final String dir = parent.toString();
        assertEquals(2, run("node", "dump", dir, "--limit", "0"));
        assertTrue(err.toString().contains("--limit is 0"), err::toString);
        assertEquals(2, run("node", "dump", dir, "--segment", "x"));
        assertTrue(err.toString().contains("'x' is no segment"), err::toString);
        assertEquals(2, run("node", "dump", dir, "--data-id", "x"));
        assertTrue(err.toString().contains("'x' is no number"), err::toString);
        assertEquals(2, run("node", "check"));
        assertEquals(2, run("node", "check", dir));
        assertTrue(err.toString().contains("is no directory of a data node"), err::toString);
        assertEquals(1, run("node", "dump", dir));
        assertEquals(1, run("node", "rebuild-index", dir + "/absent"));
        assertEquals("trivet: there is no directory " + dir + "/absent\n", err.toString());
        assertFalse(Files.exists(parent.resolve("absent")));
    }

    @Test
    void checkTellsGoodFromDamaged() throws IOException {
        final SmallStore small = new SmallStore(parent.resolve("node-1"));
        final Stored first;
        try (NodeStorage storage = small.open()) {
            first = small.write(storage, 1, 7, 3, 700);
            small.write(storage, 2, 8, 0, 64);
            SmallStore.checkpoint(storage);
        }
        final String dir = small.path.toString();
        assertEquals(0, run("node", "check", dir), out::toString);
        assertTrue(out.toString().endsWith("\ngood: nothing is damaged\n"), out::toString);
        small.flipInBody(first, -1);
        assertEquals(1, run("node", "check", dir));
        assertTrue(
                out.toString()
                        .endsWith(
                                "damaged: journal/00000001.journal at "
                                        + (int) first.position()
                                        + ": group 0, data id 7, WRITE 1: the checksums of unit 13"
                                        + " do not hold\n1 thing is damaged\n"),
                out::toString);
        assertEquals(1, run("node", "check", dir, "--json"));
        final Map<String, Object> found = JSON.std.mapFrom(out.toString());
        assertEquals(false, found.get("isGood"));
        assertEquals(12, found.get("units"));
        final var finding = (Map<?, ?>) ((List<?>) found.get("findings")).getFirst();
        assertEquals("journal/00000001.journal", finding.get("file"));
        SmallStore.flip(small.segment(first.position()), 20);
        assertEquals(1, run("node", "check", dir));
        assertTrue(out.toString().startsWith("damaged: journal: none of the"), out::toString);
    }

    @Test
    void flippedBytesOfAllPartsOfASegmentAreNoticed() throws IOException {
        final SmallStore small = new SmallStore(parent.resolve("node-1"));
        final Stored last;
        try (NodeStorage storage = small.open()) {
            SmallStore.saveState(storage, "no state");
            small.write(storage, 1, 7, 3, 200);
            last = small.write(storage, 2, 8, 0, 61);
            SmallStore.checkpoint(storage);
        }
        final String dir = small.path.toString();
        final Path file = small.segment(last.position());
        final int firstPadding = 80 + 32 + EntryView.encodedLength(16, 200);
        final int end = (int) last.position() + 32 + EntryView.encodedLength(4, 61);
        for (int at = 0; at < end; at += 7) {
            if (at >= firstPadding && at < (int) last.position()) {
                continue;
            }
            SmallStore.flip(file, at);
            assertEquals(1, run("node", "check", dir), "byte " + at + ": " + out);
            assertEquals("", err.toString());
            run("node", "dump", dir);
            assertFalse(err.toString().contains("unexpected"), err::toString);
            SmallStore.flip(file, at);
        }
        assertEquals(0, run("node", "check", dir), out::toString);
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4})
    void garbageIsSurvived(final long seed) throws IOException {
        final SmallStore small = new SmallStore(parent.resolve("node-1"));
        final Stored last;
        try (NodeStorage storage = small.open()) {
            for (int i = 1; i < 40; i++) {
                small.write(storage, i, 7 + i % 3, i, 700);
            }
            last = small.write(storage, 40, 7, 0, 64);
            SmallStore.checkpoint(storage);
        }
        final String dir = small.path.toString();
        final Path[] files = {
            small.segment(last.position()), small.path.resolve("index").resolve("data.mdb")
        };
        final Random random = new Random(seed);
        for (int i = 0; i < 20; i++) {
            final Path file = files[random.nextInt(files.length)];
            final byte[] good = Files.readAllBytes(file);
            final byte[] bad = good.clone();
            final int length = 1 << random.nextInt(13);
            final int within = (int) Math.min(good.length, (int) last.position() + 100L);
            final int at = random.nextInt(within);
            for (int j = at; j < Math.min(within, at + length); j++) {
                bad[j] = (byte) random.nextInt(random.nextBoolean() ? 256 : 4);
            }
            Files.write(file, bad);
            final int code = run("node", "check", dir);
            assertTrue(code == 0 || code == 1, () -> out.toString() + err);
            assertEquals("", err.toString());
            run("node", "dump", dir, "--json");
            assertFalse(err.toString().contains("unexpected"), err::toString);
            Files.write(file, good);
        }
        assertEquals(0, run("node", "check", dir), out::toString);
    }

    @Test
    void anIndexIsMadeAnewFromWhichAllIsReadAsBefore() throws Exception {
        final Path path = parent.resolve("volume");
        final byte[] content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            final TrivetFileSystem files = files(cluster);
            files.write("/file", new byte[1_000_000]);
            files.write("/file", content);
            files.write("/gone", content);
            files.delete("/gone");
            cluster.verify();
            assertEquals(2, run("node", "check", path.resolve("node-0").toString()));
            assertTrue(err.toString().contains("is in use"), err::toString);
        }
        for (int node = 0; node < 4; node++) {
            final Path directory = path.resolve("node-" + node);
            final String dir = directory.toString();
            assertEquals(0, run("node", "check", dir), out::toString);
            // What is removed may be in the log yet as the volume ends, and applied by the first
            // time.
            long rows = -1;
            for (int time = 0; time < 2; time++) {
                assertEquals(0, run("node", "rebuild-index", dir, "--json"), err::toString);
                final Map<String, Object> done = JSON.std.mapFrom(out.toString());
                assertEquals(List.of(), done.get("lostGroups"));
                assertEquals(directory.resolve("index.old").toString(), done.get("formerIndex"));
                assertTrue(((Number) done.get("bytesRead")).longValue() > 0, done::toString);
                assertEquals(0, run("node", "check", dir), out::toString);
                final long found = extents(dir);
                assertTrue(rows < 0 ? found > 0 : found == rows, () -> "rows: " + found);
                rows = found;
            }
            assertEquals(
                    List.of("index", "index.old", "journal", "lock"),
                    names(directory).stream()
                            .filter(name -> !name.contains("-") && !name.contains("volume"))
                            .toList());
        }
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            assertArrayEquals(content, files(cluster).read("/file"));
            final Verification verification = cluster.verify();
            assertEquals(List.of(), verification.differences());
            assertTrue(verification.units() > 0);
        }
    }

    @Test
    void ofDamagedSegmentsNoIndexIsMadeUnlessItIsForced() throws Exception {
        final SmallStore small = new SmallStore(parent.resolve("node-1"));
        final Stored first;
        try (NodeStorage storage = small.open()) {
            first = small.write(storage, 1, 7, 3, 700);
            small.write(storage, 2, 8, 0, 64);
            SmallStore.checkpoint(storage);
        }
        SmallStore.flip(small.segment(first.position()), (int) first.position());
        final String dir = small.path.toString();
        assertEquals(1, run("node", "rebuild-index", dir));
        assertTrue(err.toString().contains("damaged in 1 place "), err::toString);
        assertFalse(Files.exists(small.path.resolve("index.old")));
        assertEquals(0, run("node", "rebuild-index", dir, "--force"), err::toString);
        assertTrue(Files.exists(small.path.resolve("index.old")));
        assertTrue(
                out.toString().contains("the segments prove nothing of groups [1, 0]"),
                out::toString);
    }

    private long extents(final String dir) throws IOException {
        assertEquals(0, run("node", "check", dir, "--json"));
        return ((Number) JSON.std.mapFrom(out.toString()).get("units")).longValue();
    }

    private static List<String> names(final Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    private static TrivetFileSystem files(final LocalCluster cluster) {
        return new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {});
    }
}
