package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.spec.Volume.Shape;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * A volume on a file system of its own, in memory, that is too small: writers are told, readers and
 * removers go on, and room comes back. Only root can mount one.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FullDiskTest {
    private static final Shape SHAPE = new Shape(4, 65_536);
    private static final byte[] MEGABYTE = new byte[1 << 20];

    @TempDir private Path directory;

    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        new Random(1).nextBytes(MEGABYTE);
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can mount");
        mounted = run("mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", directory.toString());
        assumeTrue(mounted, "file systems in memory can be mounted");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertTrue(run("umount", directory.toString()));
        }
    }

    private static boolean run(final String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }

    /** Writes files of a megabyte until there is no room; returns how many. */
    private static int fill(final Volume volume, final String name) {
        int count = 0;
        final TrivetException[] error = new TrivetException[1];
        while (error[0] == null) {
            final String file = "/" + name + count++;
            try {
                volume.files.write(file, MEGABYTE);
            } catch (final TrivetException e) {
                error[0] = e;
            }
            assertTrue(count < 200);
        }
        assertEquals(ErrorCode.NO_SPACE, error[0].code(), error[0].getMessage());
        return count - 1;
    }

    @Test
    void writersAreToldAndReadersAndRemoversGoOnAndRoomComesBack() throws Exception {
        final Path path = directory.resolve("volume");
        try (Volume volume = new Volume(SHAPE, path)) {
            final int count = fill(volume, "f");
            assertTrue(count > 10, count + " files");
            volume.await(
                    "the figures show that it is full",
                    () -> volume.files.status().free() < (long) count << 17);
            for (int i = 0; i < count; i++) {
                assertArrayEquals(MEGABYTE, volume.files.read("/f" + i));
            }
            volume.restart();
            assertArrayEquals(MEGABYTE, volume.files.read("/f0"));
            assertEquals(
                    ErrorCode.NO_SPACE,
                    assertThrows(
                                    TrivetException.class,
                                    () -> volume.files.write("/more", new byte[4 << 20]))
                            .code());
            for (final String name : volume.files.list("/")) {
                if (!name.equals("f0")) {
                    volume.files.delete("/" + name);
                }
            }
            volume.await(
                    "the figures show that there is room",
                    () -> volume.files.status().free() > (long) count << 19);
            final int again = fill(volume, "g");
            assertTrue(again > count * 9 / 10, again + " after " + count);
            for (int i = 0; i < again; i++) {
                assertArrayEquals(MEGABYTE, volume.files.read("/g" + i));
            }
        }
    }

    @Test
    void oneFileIsOverwrittenForEver() throws Exception {
        try (Volume volume = new Volume(SHAPE, directory.resolve("volume"))) {
            final byte[] bytes = new byte[10 << 20];
            volume.files.write("/file", bytes);
            try (var file = volume.files.open("/file", StandardOpenOption.WRITE)) {
                for (int round = 0; round < 25; round++) {
                    new Random(round).nextBytes(bytes);
                    file.write(0, bytes, 0, bytes.length);
                }
            }
            assertArrayEquals(bytes, volume.files.read("/file"));
        }
    }
}
