package org.trivet.aeron;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps a driver's directory for one process: a lock on the file {@code DIR.lock} beside it, in
 * which the process's id stands. Aeron by itself would wipe the directory of a driver that lives.
 * The lock goes with the process, however that ends.
 */
final class DriverLock implements AutoCloseable {
    /** The file may be removed by its last owner between our opening and our locking it. */
    private static final int ATTEMPTS = 10;

    private static final int MAX_PID_LENGTH = 20;

    private final Path file;
    private final FileChannel channel;

    private DriverLock(final Path file, final FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Takes the lock of a directory; BUSY, naming the process, if another has it. */
    static DriverLock take(final Path directory) {
        final Path file = directory.resolveSibling(directory.getFileName() + ".lock");
        try {
            for (int i = 0; i < ATTEMPTS; i++) {
                final DriverLock lock = tryTake(directory, file);
                if (lock != null) {
                    return lock;
                }
            }
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "aeron: cannot lock " + file + ": " + e, e);
        }
        throw new TrivetException(
                ErrorCode.BUSY, "aeron: others take and leave the lock " + file + " all the time");
    }

    private static DriverLock tryTake(final Path directory, final Path file) throws IOException {
        final FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        boolean isTaken = false;
        try {
            if (!isLocked(channel)) {
                throw new TrivetException(
                        ErrorCode.BUSY,
                        "aeron: process "
                                + readPid(channel)
                                + " runs a driver in "
                                + directory
                                + ", and holds the lock "
                                + file
                                + "; end that one, or use another directory");
            }
            if (!isSame(channel, file)) {
                return null;
            }
            writePid(channel);
            isTaken = true;
            return new DriverLock(file, channel);
        } finally {
            if (!isTaken) {
                channel.close();
            }
        }
    }

    private static boolean isLocked(final FileChannel channel) throws IOException {
        try {
            final FileLock lock = channel.tryLock();
            return lock != null;
        } catch (final OverlappingFileLockException e) {
            return false; // by this process
        }
    }

    /** Whether the file that is locked is the one that has the name: a mark in it tells. */
    private static boolean isSame(final FileChannel channel, final Path file) throws IOException {
        final byte[] mark =
                (ProcessHandle.current().pid() + " " + System.nanoTime())
                        .getBytes(StandardCharsets.US_ASCII);
        write(channel, mark);
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.US_ASCII)
                    .equals(new String(mark, StandardCharsets.US_ASCII));
        } catch (final NoSuchFileException e) {
            return false;
        }
    }

    private static void writePid(final FileChannel channel) throws IOException {
        write(channel, (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private static void write(final FileChannel channel, final byte[] bytes) throws IOException {
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(bytes), 0);
    }

    private static String readPid(final FileChannel channel) throws IOException {
        final ByteBuffer bytes = ByteBuffer.allocate(MAX_PID_LENGTH);
        channel.read(bytes, 0);
        final String text =
                new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII).strip();
        return text.matches("[0-9]+.*") ? text.split(" ")[0] : "(unknown)";
    }

    @Override
    public void close() {
        try (channel) {
            Files.deleteIfExists(file);
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "aeron: cannot remove " + file + ": " + e, e);
        }
    }
}
