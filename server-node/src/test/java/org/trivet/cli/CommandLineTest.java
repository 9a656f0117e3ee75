package org.trivet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trivet.node.Cluster;
import org.trivet.node.ClusterControl;
import org.trivet.node.DataDirectory;
import org.trivet.node.VolumeOptions;
import org.trivet.node.control.ControlServer;
import org.trivet.node.disk.SealedText;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What the commands print and return, in this process. */
class CommandLineTest {
    @TempDir private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void helpNamesTheCommandsAndExitCodes() {
        assertEquals(0, run("--help"));
        for (final String expected :
                new String[] {
                    "up", "status", "node", "corrupt", "verify", "generate-completion", "Exit codes"
                }) {
            assertTrue(out.toString().contains(expected), expected);
        }
        assertEquals(0, run("up", "--help"));
        assertTrue(out.toString().contains("--block-size"));
        assertEquals(0, run("help", "node"));
    }

    @Test
    void versionIsThatOfTheBuild() {
        assertEquals(0, run("--version"));
        assertTrue(
                out.toString().matches("(?s)trivet \\d+\\.\\d+\\.\\d+.* \\(Java .*\\)\\s+"),
                out.toString());
    }

    /** Who starts processes again is told that it is of no use. */
    @Test
    void storageOfAnotherFormatHasAnExitCodeOfItsOwn() throws IOException {
        final String cluster = directory.resolve("cluster").toString();
        assertEquals(
                0,
                run("cluster", "init", cluster, "--transport", "aeron:ipc", "--nodes", "3"),
                err::toString);
        final Path storage = Files.createDirectory(directory.resolve("storage"));
        Files.writeString(
                storage.resolve("volume.properties"), SealedText.seal("format=7\nvolumeId=1\n"));
        final String data = storage.toString();
        assertEquals(4, run("meta", "run", "--cluster", cluster, "--data", data), err::toString);
        assertTrue(err.toString().contains("says format 7"), err::toString);
        err.getBuffer().setLength(0);
        assertEquals(4, run("node", "run", "0", "--cluster", cluster, "--data", data));
        assertTrue(err.toString().contains("says format 7"), err::toString);
    }

    @Test
    void simulationsAreCounted() {
        assertEquals(0, run("simulate", "--first", "4", "--seeds", "2"), out::toString);
        assertTrue(out.toString().startsWith("2 seeds, "), out::toString);
        assertTrue(out.toString().contains("NODE_KILLED"), out::toString);
    }

    @Test
    void simulationsGoOnWhereTheirStateSays() throws IOException {
        final String state = directory.resolve("state").toString();
        final String[] command = {
            "simulate", "--profile", "short", "--seeds", "3", "--resume", state, "--json"
        };
        assertEquals(0, run(command), err::toString);
        assertEquals(3, JSON.std.mapFrom(out.toString()).get("seeds"));
        command[4] = "8";
        out.getBuffer().setLength(0);
        assertEquals(0, run(command), err::toString);
        final Map<String, Object> resumed = JSON.std.mapFrom(out.toString());
        assertEquals(8, resumed.get("seeds"));
        assertEquals(9, resumed.get("next"));

        out.getBuffer().setLength(0);
        assertEquals(0, run("simulate", "--profile", "short", "--seeds", "8", "--json"));
        assertEquals(
                JSON.std.mapFrom(out.toString()).get("occurrences"), resumed.get("occurrences"));
        assertEquals(2, run("simulate", "--resume", state, "--profile", "long"));
        assertTrue(err.toString().contains("is of other seeds"), err::toString);
    }

    @Test
    void oneSeedIsSimulated() {
        assertEquals(0, run("simulate", "--seed", "12", "--profile", "SHORT"), out::toString);
        assertTrue(out.toString().startsWith("1 seeds, "), out::toString);
    }

    @Test
    void completionIsGenerated() {
        assertEquals(0, run("generate-completion"));
        assertTrue(out.toString().contains("complete -F"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "                               | a command is missing",
                "frobnicate                     | Unmatched argument",
                "up                             | Missing required parameter",
                "up dir --block-size 4XB        | is no size",
                "up dir --checksum sha1         | --checksum",
                "up dir --durability never      | --durability",
                "up dir --nodes many            | --nodes",
                "up a b c                       | Unmatched argument",
                "up dir --scrub-rate fast       | is no size",
                "up dir --capacity 10MiB        | --capacity is 10MiB: it must be 0, or at least"
                        + " 64MiB",
                "node run 0 --data d --cluster c --capacity big | is no size",
                "up dir --scrub-rate 2TiB       | --scrub-rate is 2TiB a second: it must be 0, or",
                "up dir --scrub-interval 7      | times look like 90s, 15m, 12h or 7d",
                "up dir --scrub-interval 59s    | --scrub-interval is 59s: it must be 1m to 3650d",
                "up dir --scrub-interval 3651d  | --scrub-interval is 3651d: it must be 1m to",
                "node run 0 --data d --cluster c --scrub-rate -1 | is no size",
                "node run 0 --data d --cluster c --scrub-interval 0s | --scrub-interval is 0s",
                "status                         | Missing required parameter",
                "node stop 1                    | --data",
                "node burn 1 --data dir         | burn",
                "node stop x --data dir         | 'x'",
                "corrupt dir --kind badly       | --kind",
                "corrupt dir --block 3          | --path",
                "demo --file-size 4KiB          | --file-size must be 1MiB or more",
                "demo --directory /nowhere      | --directory must be a directory, and /nowhere is"
                        + " none",
                "demo --tree /nowhere           | --tree must be a directory, and /nowhere is none",
                "simulate --seeds 0             | --seeds is 0",
                "simulate --minutes -1          | --minutes is -1",
                "simulate --threads 0           | --threads is 0",
                "simulate --profile huge        | --profile",
                "simulate --seed 3 --seeds 4    | mutually exclusive"
            })
    void aWrongCommandLineIsExplainedInTwoLines(final String line, final String expected) {
        assertEquals(2, run(line == null ? new String[0] : line.trim().split("\\s+")));
        assertTrue(err.toString().contains(expected), err.toString());
        assertEquals(2, err.toString().lines().count(), err.toString());
        assertEquals("", out.toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "up DIR --block-size 48      | blockLength is 48",
                "up DIR --nodes 0            | nodeCount is 0",
                "up DIR --nodes 2 --replicas 3 | replicaCount is 3",
                "up DIR/x DIR                | must not be inside the mount point",
                "status DIR                  | no cluster runs on",
                "status DIR/absent           | there is no data directory",
                "node stop 1 --data DIR      | no cluster runs on",
                "corrupt DIR                 | no cluster runs on"
            })
    void aFailureIsOneLineAndExitCodeOne(final String line, final String expected) {
        assertEquals(1, run(line.trim().replace("DIR", directory.toString()).split("\\s+")));
        assertTrue(err.toString().startsWith("trivet: "), err.toString());
        assertTrue(err.toString().contains(expected), err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertFalse(err.toString().contains("\tat "), err.toString());
    }

    @Test
    void commandsReachARunningCluster() throws IOException {
        try (DataDirectory data = DataDirectory.open(directory, VolumeOptions.NONE);
                Cluster cluster = new FakeCluster(data);
                ControlServer _ =
                        new ControlServer(directory, ClusterControl.handlers(cluster, null))) {
            final String dir = directory.toString();
            assertEquals(0, run("node", "stop", "2", "--data", dir));
            assertEquals("node 2 stopped\n", out.toString());
            assertEquals(1, run("verify", dir));
            assertEquals("group 1: unit 4 differs\n1 differences\n", out.toString());

            assertEquals(0, run("status", dir));
            final String[] lines = out.toString().split("\n");
            assertTrue(
                    lines[0].endsWith(
                            "4 nodes, 3 copies, blocks of 64KiB, crc32c, durability process"),
                    lines[0]);
            assertEquals(
                    "node  state       waits for  blocks by role  live    free  extents  repairs"
                            + "  verified                                                      "
                            + "  progress",
                    lines[2]);
            assertEquals(
                    "0     good        2          R1 12, R2 9     1.5MiB  1GiB  17       5       "
                            + " never",
                    lines[3]);
            assertEquals(
                    "1     rebuilding  2                          1.5MiB  1GiB  17       5       "
                            + " 1970-01-02                                                    "
                            + "  group 1 rebuilding 50% of 1MiB; 8KiB/s, 1m4s left",
                    lines[4]);
            assertEquals("2     down", lines[5]);
            assertEquals(
                    "3     good        2                          1.5MiB  1GiB  17       5       "
                            + " 1970-01-04, 4 damaged, 1 differing, 5 repaired, 1 not compared",
                    lines[6]);

            assertEquals(
                    "group 1: 1 range of blocks is not to be had from any node that is up, but"
                            + " perhaps from these, which are down: [2]",
                    lines[7]);

            assertEquals(0, run("scrub", dir));
            assertEquals(
                    "node 0: never verified to the end\n"
                        + "node 1: last verified 1970-01-02T00:00:00Z\n"
                        + "node 2: down\n"
                        + "node 3: last verified 1970-01-04T00:00:00Z, found: 4 damaged, 1"
                        + " differing, 5 repaired, 1 not compared; ranges that it has to fetch from"
                        + " others: 2\n",
                    out.toString());
            assertEquals(0, run("scrub", dir, "--json"));
            final var nodes = (List<?>) JSON.std.mapFrom(out.toString()).get("nodes");
            assertEquals(4, nodes.size());
            final var scrub = (Map<?, ?>) ((Map<?, ?>) nodes.get(3)).get("scrub");
            assertEquals(
                    Map.of("damaged", 4, "differing", 1, "repaired", 5, "notCompared", 1),
                    scrub.get("found"));
            assertEquals(
                    Map.of("damaged", 0, "differing", 0, "repaired", 0, "notCompared", 0),
                    scrub.get("foundBefore"));
            assertEquals(false, scrub.get("isUnderWay"));
            assertEquals(25, scrub.get("percent"));
            assertEquals(3 << 20, scrub.get("passBytes"));
            assertEquals(3 << 20, scrub.get("doneBytes"));
            assertEquals(12 << 20, scrub.get("totalBytes"));
            assertEquals(4 << 20, scrub.get("bytesPerSecond"));
            assertEquals(604_800, scrub.get("intervalSeconds"));
            assertEquals(2, scrub.get("unknownRanges"));
            assertEquals("1970-01-04T00:00:00Z", scrub.get("lastPass"));
            assertFalse(scrub.containsKey("secondsLeft"));
            assertEquals(Map.of("node", 2), nodes.get(2), "it is down");
            assertEquals(0, run("scrub", dir, "--now"));
            assertTrue(
                    out.toString()
                            .contains("node 0: verifying: 25%, 2s left, 3MiB read; never verified"),
                    out.toString());
            assertEquals(0, run("status", dir));
            assertTrue(out.toString().contains("  5        never, 25%, 2s left\n"), out.toString());

            assertEquals(0, run("node", "START", "2", "--data", dir));
            assertEquals(2, run("accept-loss", dir));
            assertEquals(0, run("accept-loss", dir, "--all"));
            assertEquals(
                    "/d/f: 2 blocks lost: 3, 8\n"
                        + "group 1: 1 range of blocks is not to be had from any node that is up:"
                        + " reads wait; trivet accept-loss would end that\n"
                        + "nothing was changed; with --yes what is lost is given up\n",
                    out.toString());
            assertEquals(0, run("accept-loss", dir, "--path", "/d/f", "--yes"));
            assertEquals(
                    "/d/f: 2 blocks given up: 3, 8\n"
                            + "group 1: 1 range of blocks is lost, and given up\n"
                            + "no block is waited for that is lost\n",
                    out.toString());
            assertEquals(0, run("accept-loss", dir, "--all", "--json"));
            assertTrue(out.toString().contains("\"givenUpRanges\" : 1"), out.toString());
            assertEquals(0, run("verify", dir));
            assertEquals("all copies agree: 12 units verified\n", out.toString());
            assertEquals(0, run("status", dir, "--json"));
            assertTrue(out.toString().contains("\"state\" : \"good\""), out.toString());

            assertEquals(1, run("node", "wipe", "1", "--data", dir));
            assertEquals("trivet: node 1 cannot be wiped: as the test wants\n", err.toString());
            assertEquals(1, run("node", "stop", "4", "--data", dir));
            assertTrue(err.toString().contains("numbered 0 to 3"), err.toString());

            assertEquals(
                    0,
                    run(
                            "corrupt", dir, "--node", "1", "--kind", "swap", "--path", "/a",
                            "--block", "3", "--seed", "5"));
            assertEquals(
                    "changed DamageRequest[node=1, kind=SWAP, path=/a, block=3, seed=5] (seed 5)\n",
                    out.toString());
            assertEquals(0, run("corrupt", dir));
            assertTrue(
                    out.toString().contains("kind=CHECKSUM, path=null, block=null"),
                    out.toString());
        }
    }

    @Test
    void aFileIsNamedByItsPathUnderTheMountPointOrInTheVolume() {
        final Path mountPoint = directory.resolve("mnt");
        try (DataDirectory data = DataDirectory.open(directory.resolve("d"), VolumeOptions.NONE);
                Cluster cluster = new FakeCluster(data);
                ControlServer _ =
                        new ControlServer(
                                data.path(), ClusterControl.handlers(cluster, mountPoint))) {
            final String dir = data.path().toString();
            assertEquals(0, run("corrupt", dir, "--path", mountPoint + "/a/../b/c"));
            assertTrue(out.toString().contains("path=/b/c,"), out.toString());
            assertEquals(0, run("corrupt", dir, "--path", "/b/c"));
            assertTrue(out.toString().contains("path=/b/c,"), out.toString());
            assertEquals(0, run("status", dir));
            assertTrue(
                    out.toString().lines().findFirst().orElse("").endsWith("at " + mountPoint),
                    out.toString());
        }
    }

    private int run(final String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        final CommandLine commandLine = Trivet.commandLine((data, _) -> new FakeCluster(data));
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(args);
    }
}
