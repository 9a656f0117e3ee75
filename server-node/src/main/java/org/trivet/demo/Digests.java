package org.trivet.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** SHA-256 of files, in the form of {@code sha256sum}. */
final class Digests {
    private static final int BUFFER_LENGTH = 1 << 18;

    private Digests() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (final NoSuchAlgorithmException ex) {
            throw new AssertionError("each Java platform has SHA-256", ex);
        }
    }

    static String line(final MessageDigest digest, final String path) {
        return HexFormat.of().formatHex(digest.digest()) + "  " + path;
    }

    /** Of the files of a local directory that is not on a volume of this process. */
    static List<String> ofDirectory(final Path directory) throws IOException {
        final List<Path> files;
        try (Stream<Path> all = Files.walk(directory)) {
            files =
                    all.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                            .toList();
        }
        final List<String> lines = new ArrayList<>();
        final byte[] buffer = new byte[BUFFER_LENGTH];
        for (final Path file : files) {
            final MessageDigest digest = sha256();
            try (InputStream bytes = Files.newInputStream(file)) {
                for (int got = bytes.read(buffer); got >= 0; got = bytes.read(buffer)) {
                    digest.update(buffer, 0, got);
                }
            }
            lines.add(line(digest, "./" + directory.relativize(file)));
        }
        return inOrderOfPaths(lines);
    }

    static List<String> inOrderOfPaths(final List<String> lines) {
        return lines.stream().sorted((a, b) -> path(a).compareTo(path(b))).toList();
    }

    static String path(final String line) {
        return line.substring(line.indexOf("  ") + 2);
    }
}
