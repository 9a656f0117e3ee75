package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.node.disk.SealedText;

import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;

/**
 * The file that says what a volume is made of: {@code DATA_DIR/volume.properties}, text, one {@code
 * key=value} a line.
 *
 * <pre>
 * format=1
 * volumeId=-6148914691236517206     64-bit, random
 * nodeCount=4
 * replicaCount=3
 * blockLength=65536
 * checksumType=CRC32C               CRC32C, XXH3 or MD5
 * durability=PROCESS                PROCESS or DISK
 * checksum=0f1e2d3c                 of the lines before it
 * </pre>
 */
final class VolumeFile {
    static final String NAME = "volume.properties";
    private static final String FORMAT = "1";
    private static final int MAX_LENGTH = 64 * 1024;

    private VolumeFile() {}

    /** Reads the file; null if there is none. */
    static VolumeConfig read(final Path directory) {
        final Path file = directory.resolve(NAME);
        if (!Files.exists(file)) {
            return null;
        }
        try {
            if (Files.size(file) > MAX_LENGTH) {
                throw new TrivetException(
                        ErrorCode.CORRUPT, file + " does not describe a volume: it is too long");
            }
            final Properties properties = new Properties();
            properties.load(
                    new StringReader(
                            SealedText.open(
                                    file, Files.readString(file, StandardCharsets.ISO_8859_1))));
            final String format = properties.getProperty("format", "missing");
            if (!format.equals(FORMAT)) {
                throw new TrivetException(
                        ErrorCode.NOT_SUPPORTED,
                        file + " says format " + format + "; this version knows format " + FORMAT);
            }
            return volume(properties);
        } catch (final IOException ex) {
            throw new TrivetException(ErrorCode.IO, "cannot read " + file + ": " + ex, ex);
        } catch (final IllegalArgumentException ex) {
            throw new TrivetException(
                    ErrorCode.CORRUPT,
                    file + " does not describe a volume: " + ex.getMessage(),
                    ex);
        }
    }

    /** The volume that lines describe; an IllegalArgumentException says what is wrong in them. */
    static VolumeConfig volume(final Properties properties) {
        return new VolumeConfig(
                Long.parseLong(value(properties, "volumeId")),
                Integer.parseInt(value(properties, "nodeCount")),
                Integer.parseInt(value(properties, "replicaCount")),
                Integer.parseInt(value(properties, "blockLength")),
                ChecksumType.valueOf(value(properties, "checksumType")),
                Durability.valueOf(value(properties, "durability")));
    }

    /** The lines that describe a volume. */
    static String lines(final VolumeConfig volume) {
        return "volumeId="
                + volume.volumeId()
                + "\nnodeCount="
                + volume.nodeCount()
                + "\nreplicaCount="
                + volume.replicaCount()
                + "\nblockLength="
                + volume.blockLength()
                + "\nchecksumType="
                + volume.checksumType()
                + "\ndurability="
                + volume.durability()
                + "\n";
    }

    /** Writes the file, durably: after a crash it is there as a whole, or not at all. */
    static void write(final Path directory, final VolumeConfig volume) {
        final String text = "format=" + FORMAT + "\n" + lines(volume);
        final Path file = directory.resolve(NAME);
        final Path part = directory.resolve(NAME + ".part");
        try {
            try (FileChannel channel =
                    FileChannel.open(
                            part,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE)) {
                final ByteBuffer bytes =
                        ByteBuffer.wrap(
                                SealedText.seal(text).getBytes(StandardCharsets.ISO_8859_1));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        } catch (final IOException ex) {
            throw new TrivetException(ErrorCode.IO, "cannot write " + file + ": " + ex, ex);
        }
    }

    static String value(final Properties properties, final String key) {
        final String value = properties.getProperty(key);
        if (value == null) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return value.trim();
    }
}
