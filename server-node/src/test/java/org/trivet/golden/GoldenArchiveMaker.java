package org.trivet.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.DataDirectory;
import org.trivet.node.LocalCluster;
import org.trivet.node.VolumeOptions;
import org.trivet.spec.VolumeProcess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Locale;

/** Makes archives of this version's format: see docs/on-disk-format.md. */
final class GoldenArchiveMaker {
    private static final int NODES = 4;
    private static final int REPLICAS = 3;
    private static final int ATTEMPTS = 20;
    private static final int KILLED = 137;
    private static final long PATIENCE_NS = 60_000_000_000L;

    /** How a volume ends, and of what kind it is: both of what there is to choose from. */
    enum Kind {
        STOPPED(512, ChecksumType.CRC32C, Durability.PROCESS),
        KILLED(8192, ChecksumType.XXH3, Durability.DISK);

        final int blockLength;
        final ChecksumType checksumType;
        final Durability durability;

        Kind(final int blockLength, final ChecksumType type, final Durability durability) {
            this.blockLength = blockLength;
            this.checksumType = type;
            this.durability = durability;
        }

        GoldenFiles files(final TrivetFileSystem volume) {
            return new GoldenFiles(volume, ordinal() + 1, blockLength);
        }
    }

    private GoldenArchiveMaker() {}

    /**
     * Makes the archives of a format.
     *
     * @param number counts the formats that there have been.
     * @param work an empty directory of a small file system: so segments are short.
     * @param target where the archives come.
     */
    static void make(final int number, final Path work, final Path target) throws Exception {
        for (final Kind kind : Kind.values()) {
            final GoldenFiles known = kind.files(null);
            known.makeFirst();
            known.makeSecond();
            final Path volume = makeVolume(kind, work);
            final String name = number + "-" + kind.name().toLowerCase(Locale.ROOT);
            GoldenArchive.pack(volume, known.expected(), target.resolve(name + ".zip"));
        }
    }

    /** One that was killed must have something that its indexes lack: tried until it does. */
    private static Path makeVolume(final Kind kind, final Path work) throws Exception {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            final Path path = work.resolve(kind + "-" + attempt);
            final Process process =
                    VolumeProcess.start(GoldenArchiveMaker.class, path.toString(), kind.toString());
            final int code = process.waitFor();
            assertEquals(kind == Kind.KILLED ? KILLED : 0, code, "exit code");
            if (kind == Kind.STOPPED || isInHalves(path)) {
                return path;
            }
        }
        throw new IOException("the indexes were committed before the end each time; try again");
    }

    /**
     * Whether no index has all, and the namespace has names of the first half, and not the last one
     * of the second.
     */
    static boolean isInHalves(final Path volume) throws IOException {
        final Path metadata = volume.resolve("metadata");
        return VolumeFiles.complete(volume).isEmpty()
                && VolumeFiles.isNamed(metadata, GoldenFiles.OF_FIRST.substring(1))
                && !VolumeFiles.isNamed(metadata, GoldenFiles.LAST.substring(1));
    }

    static Path namespace(final Path volume) {
        return volume.resolve("metadata/index/data.mdb");
    }

    /** There are changes that have to be committed: waits until they are. */
    static void awaitCommit(final Path file, final FileTime before) throws Exception {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (Files.getLastModifiedTime(file).equals(before)) {
            assertTrue(System.nanoTime() - deadlineNs < 0, () -> file + " is not committed");
            Thread.sleep(5);
        }
    }

    /** Makes a volume, in a process of its own. */
    public static void main(final String[] args) throws Exception {
        final Path path = Path.of(args[0]);
        final Kind kind = Kind.valueOf(args[1]);
        Files.createDirectories(path);
        final VolumeOptions options =
                new VolumeOptions(
                        NODES, REPLICAS, kind.blockLength, kind.checksumType, kind.durability);
        try (DataDirectory directory = DataDirectory.open(path, options);
                LocalCluster cluster = LocalCluster.start(directory)) {
            final GoldenFiles first = kind.files(fileSystem(cluster));
            first.makeFirst();
            first.mustBeThere();
        }
        final FileTime before = Files.getLastModifiedTime(namespace(path));
        try (DataDirectory directory = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(directory)) {
            final GoldenFiles all = kind.files(fileSystem(cluster));
            all.takeOver();
            awaitCommit(namespace(path), before);
            all.makeSecond();
            if (kind == Kind.KILLED) {
                Runtime.getRuntime().halt(KILLED);
            }
            all.mustBeThere();
        }
        System.exit(0);
    }

    static TrivetFileSystem fileSystem(final LocalCluster cluster) {
        return new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {});
    }
}
