package org.trivet.node.disk;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.block.Crc32c;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Text whose last line is {@code checksum=} and the CRC-32C of what stands before it, 8 hexadecimal
 * digits: so that a small file that has been damaged is not taken for another one.
 */
public final class SealedText {
    private static final String KEY = "checksum=";

    private SealedText() {}

    /**
     * Adds the checksum.
     *
     * @param text lines, the last one ended.
     * @return the text with one more line.
     */
    public static String seal(final String text) {
        return text + KEY + checksum(text) + "\n";
    }

    /**
     * Verifies the checksum.
     *
     * @param file where the text comes from.
     * @param sealed what it holds.
     * @return the text without the checksum.
     * @throws TrivetException CORRUPT if it is not what was written, naming the file.
     */
    public static String open(final Path file, final String sealed) {
        final int end = sealed.lastIndexOf(KEY);
        if (end < 0 || !sealed.equals(seal(sealed.substring(0, end)))) {
            throw new TrivetException(
                    ErrorCode.CORRUPT, file + " is damaged: its checksum is missing or wrong");
        }
        return sealed.substring(0, end);
    }

    private static String checksum(final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return String.format(
                "%08x", new Crc32c().compute(new UnsafeBuffer(bytes), 0, bytes.length));
    }
}
