package org.trivet.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * The data directory of a volume, and a list of what must be in the volume, in a file.
 *
 * <pre>
 *   contents      what is in the volume, see {@link GoldenFiles}
 *   lengths       the files of the directory, one a line: length, a space, path
 *   volume/...    each of these files, without the zeros at its end
 * </pre>
 *
 * <p>Segments are zeros for the most part: what is unpacked has holes in their place.
 */
final class GoldenArchive {
    private static final String FOLDER = "/golden";
    private static final String VOLUME = "volume/";
    private static final int PAGE = 4096;

    /** All files get it: so that the same directory makes the same archive. */
    private static final long TIME_MS = 1_000_000_000_000L;

    private final Path file;

    GoldenArchive(final Path file) {
        this.file = file;
    }

    /** All that are kept, in the order of their names: that of their numbers. */
    static List<GoldenArchive> all() {
        final var folder = GoldenArchive.class.getResource(FOLDER);
        assertNotNull(folder, "the tests' resources have the archives");
        try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
            return files.sorted().map(GoldenArchive::new).toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Those of the format with the highest number. */
    static List<GoldenArchive> newest() {
        final List<GoldenArchive> all = all();
        final int number = all.stream().mapToInt(GoldenArchive::number).max().orElseThrow();
        return all.stream().filter(each -> each.number() == number).toList();
    }

    /** Whether its volume was killed, and not stopped. */
    boolean isKilled() {
        return toString().endsWith("-killed.zip");
    }

    /** Counts the formats that there have been. */
    private int number() {
        final String name = file.getFileName().toString();
        return Integer.parseInt(name.substring(0, name.indexOf('-')));
    }

    /** Writes an archive. */
    static void pack(final Path directory, final List<String> contents, final Path target)
            throws IOException {
        final List<Path> files;
        try (Stream<Path> tree = Files.walk(directory)) {
            files = tree.filter(Files::isRegularFile).sorted().toList();
        }
        final List<String> lengths = new ArrayList<>();
        for (final Path each : files) {
            lengths.add(Files.size(each) + " " + directory.relativize(each));
        }
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(target))) {
            zip.setLevel(Deflater.BEST_COMPRESSION);
            put(zip, "contents", lines(contents));
            put(zip, "lengths", lines(lengths));
            for (final Path each : files) {
                final byte[] bytes = Files.readAllBytes(each);
                put(
                        zip,
                        VOLUME + directory.relativize(each),
                        Arrays.copyOf(bytes, endOfData(bytes)));
            }
        }
    }

    private static void put(final ZipOutputStream zip, final String name, final byte[] bytes)
            throws IOException {
        final ZipEntry entry = new ZipEntry(name);
        entry.setTime(TIME_MS);
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }

    private static int endOfData(final byte[] bytes) {
        int end = bytes.length;
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        return end;
    }

    private static byte[] lines(final List<String> lines) {
        return (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Unpacks the directory; returns what must be in the volume. */
    List<String> unpack(final Path directory) throws IOException {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            final List<String> lengths = lines(zip, "lengths");
            assertEquals(lengths.size() + 2, zip.size(), file + " has all the files that it names");
            for (final String line : lengths) {
                final int at = line.indexOf(' ');
                final String name = line.substring(at + 1);
                write(
                        directory.resolve(name),
                        bytes(zip, VOLUME + name),
                        Long.parseLong(line.substring(0, at)));
            }
            return lines(zip, "contents");
        }
    }

    private static void write(final Path target, final byte[] bytes, final long length)
            throws IOException {
        Files.createDirectories(target.getParent());
        try (RandomAccessFile open = new RandomAccessFile(target.toFile(), "rw")) {
            for (int at = 0; at < bytes.length; at += PAGE) {
                final int end = Math.min(bytes.length, at + PAGE);
                if (endOfData(Arrays.copyOfRange(bytes, at, end)) > 0) {
                    open.seek(at);
                    open.write(bytes, at, end - at);
                }
            }
            open.setLength(length);
        }
    }

    private static List<String> lines(final ZipFile zip, final String name) throws IOException {
        return new String(bytes(zip, name), StandardCharsets.UTF_8).lines().toList();
    }

    private static byte[] bytes(final ZipFile zip, final String name) throws IOException {
        final ZipEntry entry = zip.getEntry(name);
        assertNotNull(entry, () -> zip.getName() + " has " + name);
        try (var stream = zip.getInputStream(entry)) {
            return stream.readAllBytes();
        }
    }

    @Override
    public String toString() {
        return file.getFileName().toString();
    }
}
