package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.fs.Attributes;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFileSystem;

import java.nio.file.Files;
import java.nio.file.Path;

class DataDirectoryTest {
    @TempDir private Path parent;

    @Test
    void aVolumeIsAsAskedAndStaysSo() {
        final Path path = parent.resolve("a/b");
        final VolumeOptions asked = new VolumeOptions(7, 2, 8, ChecksumType.XXH3, Durability.DISK);
        final VolumeConfig volume;
        try (DataDirectory directory = DataDirectory.open(path, asked)) {
            volume = directory.volume();
            assertTrue(directory.isNew());
            assertEquals(
                    new VolumeConfig(
                            volume.volumeId(), 7, 2, 8, ChecksumType.XXH3, Durability.DISK),
                    volume);
        }
        for (final VolumeOptions same : new VolumeOptions[] {VolumeOptions.NONE, asked}) {
            try (DataDirectory directory = DataDirectory.open(path, same)) {
                assertFalse(directory.isNew());
                assertEquals(volume, directory.volume());
            }
        }
    }

    @Test
    void theRootDirectoryBelongsToWhomTheDataDirectoryBelongsTo() throws Exception {
        final Path path = Files.createDirectory(parent.resolve("d"));
        final boolean isRoot = Files.getAttribute(path, "unix:uid").equals(0);
        if (isRoot) { // who alone can give it away
            Files.setAttribute(path, "unix:uid", 1234);
            Files.setAttribute(path, "unix:gid", 2345);
        }
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            final Attributes root =
                    new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {}).attributes("/");
            assertEquals(Files.getAttribute(path, "unix:uid"), root.uid());
            assertEquals(Files.getAttribute(path, "unix:gid"), root.gid());
        }
    }

    @Test
    void otherOptionsAreRefused() {
        DataDirectory.open(parent.resolve("d"), VolumeOptions.NONE).close();
        for (final VolumeOptions other :
                new VolumeOptions[] {
                    new VolumeOptions(5, null, null, null, null),
                    new VolumeOptions(null, 2, null, null, null),
                    new VolumeOptions(null, null, 8, null, null),
                    new VolumeOptions(null, null, null, ChecksumType.MD5, null),
                    new VolumeOptions(null, null, null, null, Durability.DISK)
                }) {
            assertEquals(ErrorCode.INVALID, open("d", other).code());
        }
    }

    @Test
    void fewNodesGetFewCopies() {
        assertEquals(2, new VolumeOptions(2, null, null, null, null).create(1).replicaCount());
        assertEquals(3, VolumeOptions.NONE.create(1).replicaCount());
    }

    @Test
    void aDirectoryIsUsedOnce() {
        try (DataDirectory directory =
                DataDirectory.open(parent.resolve("d"), VolumeOptions.NONE)) {
            assertEquals(ErrorCode.BUSY, open("d", VolumeOptions.NONE).code());
            assertTrue(directory.isNew());
        }
        DataDirectory.open(parent.resolve("d"), VolumeOptions.NONE).close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "format=2",
                "format=1",
                "format=1\nvolumeId=x",
                "format=1\n"
                        + "volumeId=1\n"
                        + "nodeCount=4\n"
                        + "replicaCount=3\n"
                        + "blockLength=65536\n"
                        + "checksumType=SHA\n",
                "\\u00zz"
            })
    void aDamagedDescriptionIsSaidToBeOne(final String text) throws Exception {
        Files.createDirectories(parent.resolve("d"));
        Files.writeString(parent.resolve("d/volume.properties"), text);
        assertEquals(ErrorCode.CORRUPT, open("d", VolumeOptions.NONE).code());
        assertEquals(text, Files.readString(parent.resolve("d/volume.properties")));
    }

    @Test
    void aFileIsNoDirectory() throws Exception {
        Files.writeString(parent.resolve("d"), "");
        assertEquals(ErrorCode.IO, open("d", VolumeOptions.NONE).code());
    }

    private TrivetException open(final String name, final VolumeOptions options) {
        return assertThrows(
                TrivetException.class, () -> DataDirectory.open(parent.resolve(name), options));
    }
}
