package org.trivet.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;
import org.trivet.fs.TrivetFile;
import org.trivet.fs.TrivetFileSystem;

import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Makes files of all kinds in a volume, and knows what must be there then. A list of it, whether of
 * what must be or of what is there, has a line for each thing, in the order of paths:
 *
 * <pre>
 *   directory PATH mode=755
 *   file PATH mode=640 links=1 modified=NANOSECONDS size=BYTES sha256=HASH
 *   link PATH target=TARGET
 *   attribute PATH NAME=HEXADECIMAL
 * </pre>
 */
final class GoldenFiles {
    /** Made in the first half, and removed in the second. */
    static final String OF_FIRST = "/removed-late";

    /** Made last. */
    static final String LAST = "/last";

    private static final int FILE_MODE = 0640;
    private static final int DIRECTORY_MODE = 0750;
    private static final long MODIFIED_NS = 981_173_106_123_456_789L;
    private static final int LINE_LENGTH = 64;
    private static final int WORD_LENGTH = 8;

    private final TrivetFileSystem volume;
    private final long seed;
    private final int block;
    private final Map<String, byte[]> contents = new TreeMap<>();
    private final Map<String, String> lines = new TreeMap<>();

    /** What is to be made in a volume with blocks of so many bytes; null to know it only. */
    GoldenFiles(final TrivetFileSystem volume, final long seed, final int block) {
        this.volume = volume;
        this.seed = seed;
        this.block = block;
    }

    /** What must be there after all that was made. */
    List<String> expected() {
        return List.copyOf(lines.values());
    }

    private static String fileLine(
            final String path,
            final int mode,
            final int links,
            final long modifiedNs,
            final byte[] bytes) {
        return String.format(
                "file %s mode=%o links=%d modified=%d size=%d sha256=%s",
                path, mode, links, modifiedNs, bytes.length, hash(bytes));
    }

    /** Makes the first half. */
    void makeFirst() {
        directory("/tree");
        directory("/tree/a");
        directory("/tree/a/b");
        write("/empty", new byte[0]);
        write("/tree/a/b/deep", bytes("deep", 3 * block + 5));
        write("/" + "n".repeat(255), bytes("long name", 17));
        write("/\u00fc\u4e2d \ud83d\udcbe", bytes("other letters", block));

        write("/tree/one", bytes("two names", 2 * block - 1));
        apply(each -> each.link("/tree/one", "/tree/a/two"));
        changed("/tree/one", 2, contents.get("/tree/one"));
        changed("/tree/a/two", 2, contents.get("/tree/one"));

        symbolicLink("/tree/symbolic", "a/b/deep");
        symbolicLink("/dangling", "/nowhere/at all");

        write("/attributes", bytes("attributes", 9));
        attribute("/attributes", "user.golden", bytes("value", 300));
        attribute("/attributes", "user.empty", new byte[0]);
        attribute("/tree", "user.of-directory", bytes("of directory", 20));

        write("/overwritten", bytes("under", 6 * block));
        overwrite("/overwritten", block / 2, bytes("over 1", 2 * block + 3));
        write("/removed", bytes("removed", 4 * block));
        write(OF_FIRST, bytes("removed late", 4 * block));
        write("/replacing", bytes("replacing", block + 1));
        write("/replaced", bytes("replaced", 2 * block));
        remove("/removed");

        write("/holes", new byte[0]);
        overwrite("/holes", 0, bytes("before the hole", 2 * block));
        overwrite("/holes", 20L * block + 7, bytes("behind the hole", block));
        truncate("/holes", 30 * block);
        write("/punched", bytes("punched", 8 * block));
        punch("/punched", block + block / 2, 4 * block);
        write("/truncated", bytes("truncated", 9 * block));
        truncate("/truncated", 3 * block + block / 2);
        truncate("/truncated", 5 * block);
        write("/emptied", bytes("emptied", 3 * block));
        write("/emptied", bytes("and filled", block));
        write("/appended", bytes("begin", block / 3));
        append("/appended", bytes("middle", 2 * block));
    }

    /** Makes the second half, which changes some of the first. */
    void makeSecond() {
        overwrite("/overwritten", 3L * block - 1, bytes("over 2", 2));
        overwrite("/overwritten", 4L * block, bytes("over 3", block));
        remove(OF_FIRST);
        truncate("/truncated", 2 * block + 1);
        punch("/holes", 0, block);
        append("/appended", bytes("end", block));
        apply(each -> each.rename("/replacing", "/replaced"));
        lines.remove("/replacing");
        changed("/replaced", contents.remove("/replacing"));
        attribute("/attributes", "user.golden", bytes("other value", 200));
        directory("/tree/late");
        write("/tree/late/file", bytes("late", 2 * block));
        write(LAST, bytes("last", 2 * block + 2));
    }

    /** Changes a volume that was found, in what needs old and new blocks, names and attributes. */
    void makeMore() {
        final String path = "/more";
        directory(path);
        write(path + "/new", bytes("new", 5 * block + 1));
        overwrite("/overwritten", block + 1, bytes("over 4", 3 * block));
        append("/appended", bytes("more", 2 * block));
        truncate("/holes", 21 * block);
        remove("/punched");
        attribute("/attributes", "user.more", bytes("more", 10));
    }

    /** What is there is as it must be: goes on from there. */
    void takeOver() {
        list(volume, "/", lines);
        lines.forEach(
                (key, line) -> {
                    if (line.startsWith("file ")) {
                        contents.put(key, volume.read(key));
                    }
                });
    }

    /** All must be there, and nothing else. */
    void mustBeThere() {
        assertEquals(expected(), found(volume));
    }

    /** Reads what is there. */
    static List<String> found(final TrivetFileSystem volume) {
        final Map<String, String> found = new TreeMap<>();
        list(volume, "/", found);
        return List.copyOf(found.values());
    }

    private static void list(
            final TrivetFileSystem volume, final String directory, final Map<String, String> to) {
        for (final String name : volume.list(directory)) {
            final String path = directory + name;
            final Attributes attributes = volume.linkAttributes(path);
            final int mode = attributes.mode() & ~Attributes.TYPE_MASK;
            if (attributes.isDirectory()) {
                to.put(path, String.format("directory %s mode=%o", path, mode));
                list(volume, path + "/", to);
            } else if ((attributes.mode() & Attributes.TYPE_MASK) == Attributes.SYMLINK) {
                to.put(path, "link " + path + " target=" + volume.readLink(path));
                continue;
            } else {
                to.put(
                        path,
                        fileLine(
                                path,
                                mode,
                                attributes.linkCount(),
                                attributes.mtimeNs(),
                                volume.read(path)));
            }
            for (final String attribute : volume.listXattr(path)) {
                to.put(
                        path + "\0" + attribute,
                        attributeLine(path, attribute, volume.getXattr(path, attribute)));
            }
        }
    }

    private static String attributeLine(final String path, final String name, final byte[] value) {
        return "attribute " + path + " " + name + "=" + HexFormat.of().formatHex(value);
    }

    // ---- what is done, to the volume and to what must be in it

    private void apply(final Consumer<TrivetFileSystem> change) {
        if (volume != null) {
            change.accept(volume);
        }
    }

    private void directory(final String path) {
        apply(each -> each.makeDirectory(path, DIRECTORY_MODE));
        lines.put(path, String.format("directory %s mode=%o", path, DIRECTORY_MODE));
    }

    private void symbolicLink(final String path, final String target) {
        apply(each -> each.symlink(path, target));
        lines.put(path, "link " + path + " target=" + target);
    }

    private void attribute(final String path, final String name, final byte[] value) {
        apply(each -> each.setXattr(path, name, value));
        lines.put(path + "\0" + name, attributeLine(path, name, value));
    }

    private void write(final String path, final byte[] bytes) {
        apply(each -> each.write(path, bytes));
        changed(path, bytes);
    }

    private void append(final String path, final byte[] bytes) {
        apply(each -> each.append(path, bytes));
        final byte[] before = contents.get(path);
        final byte[] after = Arrays.copyOf(before, before.length + bytes.length);
        System.arraycopy(bytes, 0, after, before.length, bytes.length);
        changed(path, after);
    }

    private void overwrite(final String path, final long position, final byte[] bytes) {
        apply(
                each -> {
                    try (TrivetFile file = each.open(path, StandardOpenOption.WRITE)) {
                        file.write(position, bytes, 0, bytes.length);
                    }
                });
        final byte[] before = contents.get(path);
        final int end = (int) position + bytes.length;
        final byte[] after = Arrays.copyOf(before, Math.max(before.length, end));
        System.arraycopy(bytes, 0, after, (int) position, bytes.length);
        changed(path, after);
    }

    private void punch(final String path, final int position, final int length) {
        apply(
                each -> {
                    try (TrivetFile file = each.open(path, StandardOpenOption.WRITE)) {
                        file.punchHole(position, length);
                    }
                });
        final byte[] after = contents.get(path).clone();
        Arrays.fill(after, position, position + length, (byte) 0);
        changed(path, after);
    }

    private void truncate(final String path, final int size) {
        apply(each -> each.truncate(path, size));
        changed(path, Arrays.copyOf(contents.get(path), size));
    }

    private void remove(final String path) {
        apply(each -> each.delete(path));
        contents.remove(path);
        lines.remove(path);
    }

    private void changed(final String path, final byte[] bytes) {
        changed(path, 1, bytes);
    }

    private void changed(final String path, final int links, final byte[] bytes) {
        contents.put(path, bytes);
        lines.put(path, fileLine(path, FILE_MODE, links, MODIFIED_NS, bytes));
        apply(
                each ->
                        each.setAttributes(
                                path,
                                new AttributeChange(
                                        AttributeChange.MODE | AttributeChange.MTIME,
                                        FILE_MODE,
                                        0,
                                        0,
                                        0,
                                        0,
                                        MODIFIED_NS)));
    }

    /**
     * Bytes that are another's nowhere else, and can be compressed: of each line of 64 one word of
     * 8 hexadecimal digits, again and again.
     */
    private byte[] bytes(final String name, final int length) {
        final Random random = new Random(seed * 31 + name.hashCode());
        final StringBuilder text = new StringBuilder(length + LINE_LENGTH);
        while (text.length() < length) {
            text.append(String.format("%08x", random.nextInt()).repeat(LINE_LENGTH / WORD_LENGTH));
        }
        return text.substring(0, length).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String hash(final byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (final NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
