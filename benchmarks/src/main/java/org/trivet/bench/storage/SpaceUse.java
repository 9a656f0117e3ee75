package org.trivet.bench.storage;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.node.disk.DataDirectory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What blocks take on the disk that have each been written once, the index being committed.
 *
 * @param storedBytes of the blocks.
 * @param segmentBytes of the segments in use: of the newest, as far as records reach. A spare one
 *     is there for all that comes, and is none of them.
 * @param indexBytes of the index.
 */
record SpaceUse(long storedBytes, long segmentBytes, long indexBytes) {
    /** So that the index has been committed now and then, and is what it is with time. */
    private static final int STRIPS = 4;

    private static final String SEGMENT_SUFFIX = ".journal";

    /** Stores blocks, and measures what they take. */
    static SpaceUse measure(final Path directory, final BlockShape shape, final int batchCount) {
        try (MeasuredStore store = new MeasuredStore(directory, shape, batchCount)) {
            for (int strip = 2; strip <= STRIPS; strip++) {
                store.begin(strip);
            }
            store.checkpoint();
            return of(
                    (long) STRIPS * batchCount * shape.batchLength(),
                    store.directory(),
                    store.endPosition());
        }
    }

    private static SpaceUse of(
            final long storedBytes, final DataDirectory directory, final long endPosition) {
        final int newest = (int) (endPosition >>> Integer.SIZE);
        final int end = (int) endPosition;
        return new SpaceUse(
                storedBytes,
                sum(
                        directory.journal(),
                        file -> {
                            final int number = segmentNumber(file);
                            return number < newest ? length(file) : number == newest ? end : 0;
                        }),
                sum(directory.index(), SpaceUse::length));
    }

    /** Of the name of a segment; the highest there is if the file is none. */
    private static int segmentNumber(final Path file) {
        final String name = file.getFileName().toString();
        return name.endsWith(SEGMENT_SUFFIX)
                ? Integer.parseInt(name.substring(0, name.length() - SEGMENT_SUFFIX.length()))
                : Integer.MAX_VALUE;
    }

    private static long sum(final Path directory, final ToLongFunction<Path> bytes) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.mapToLong(bytes).sum();
        } catch (final IOException e) {
            throw failed(directory, e);
        }
    }

    private static long length(final Path file) {
        try {
            return Files.size(file);
        } catch (final IOException e) {
            throw failed(file, e);
        }
    }

    private static TrivetException failed(final Path path, final IOException e) {
        return new TrivetException(ErrorCode.IO, "cannot see what " + path + " takes: " + e, e);
    }

    /** Bytes of the segments for each byte stored. */
    double ofSegments() {
        return (double) segmentBytes / storedBytes;
    }

    /** Bytes of the index for each byte stored. */
    double ofIndex() {
        return (double) indexBytes / storedBytes;
    }

    /** Bytes on the disk for each byte stored. */
    double ofAll() {
        return ofSegments() + ofIndex();
    }
}
