package org.trivet.fuse.dev;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What is mounted where, from {@code /proc/self/mountinfo}: known without touching the mounts
 * themselves.
 */
final class MountTable {
    private static final Path TABLE = Path.of("/proc/self/mountinfo");
    private static final int DEVICE = 2;
    private static final int TARGET = 4;

    private MountTable() {}

    /**
     * The device number, as "major:minor", of the topmost mount of a type at a place; null if there
     * is none.
     */
    static String device(final String target, final String type) {
        String device = null;
        try {
            // A line: id parent major:minor root target options [optional...] - type source options
            for (final String line :
                    Files.readString(TABLE, StandardCharsets.ISO_8859_1).split("\n")) {
                final String[] fields = line.split(" ");
                final int separator = line.indexOf(" - ");
                if (separator > 0 && unescape(fields[TARGET]).equals(raw(target))) {
                    device = line.startsWith(type + " ", separator + 3) ? fields[DEVICE] : null;
                }
            }
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "mount: " + TABLE + " cannot be read", e);
        }
        return device;
    }

    /** The path's bytes, one to a char, as the table is read. */
    private static String raw(final String path) {
        return new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    /**
     * The table writes blanks, tabs, newlines and backslashes as a backslash with three octal
     * digits.
     */
    private static String unescape(final String field) {
        final StringBuilder plain = new StringBuilder(field.length());
        for (int i = 0; i < field.length(); i++) {
            if (field.charAt(i) == '\\' && i + 3 < field.length()) {
                plain.append((char) Integer.parseInt(field.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(field.charAt(i));
            }
        }
        return plain.toString();
    }
}
