package org.trivet.aeron;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a driver's directory for one process: a lock on the file {@code DIR.lock} beside it, in
 * which the process's id stands. Aeron by itself would wipe the directory of a driver that lives.
 * The lock goes with the process, however that ends.
 */
final class DriverLock implements AutoCloseable {
    /** The file may be removed by its last owner between our opening and our locking it. */
    private static final int ATTEMPTS = 10;

    private static final int MAX_PID_LENGTH = 20;

    /**
     * Files locked by this process. Another channel must not be opened on such a file: closing it
     * would end the lock, as POSIX has it.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private DriverLock(final Path file, final FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** Takes the lock of a directory; BUSY, naming the process, if another has it. */
    static DriverLock take(final Path directory) {
        final Path file;
        try {
            file = directory.getParent().toRealPath().resolve(directory.getFileName() + ".lock");
        } catch (final IOException e) {
            throw failed("lock", directory, e);
        }
        if (!HELD.add(file)) {
            throw busy(directory, file, String.valueOf(ProcessHandle.current().pid()));
        }
        DriverLock lock = null;
        try {
            for (int i = 0; i < ATTEMPTS && lock == null; i++) {
                lock = tryTake(directory, file);
            }
        } catch (final IOException e) {
            throw failed("lock", directory, e);
        } finally {
            if (lock == null) {
                HELD.remove(file);
            }
        }
        if (lock == null) {
            throw new TrivetException(
                    ErrorCode.BUSY,
                    "aeron: others take and leave the lock " + file + " all the time");
        }
        return lock;
    }

    private static TrivetException failed(
            final String what, final Path path, final IOException cause) {
        return new TrivetException(
                ErrorCode.IO, "aeron: cannot " + what + " " + path + ": " + cause, cause);
    }

    private static DriverLock tryTake(final Path directory, final Path file) throws IOException {
        makeFile(file);
        final Object before = key(file);
        final FileChannel channel;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (final NoSuchFileException e) {
            return null;
        }
        boolean isTaken = false;
        try {
            if (channel.tryLock() == null) {
                throw busy(directory, file, readPid(channel));
            }
            if (before == null || !before.equals(key(file))) {
                return null; // what is locked is not what has the name
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

    private static void makeFile(final Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (final FileAlreadyExistsException e) {
            // as usual after a kill, or if somebody has it
        }
    }

    /** Device and inode; null if there is no such file. */
    private static Object key(final Path file) throws IOException {
        try {
            return Files.readAttributes(file, "unix:dev,ino");
        } catch (final NoSuchFileException e) {
            return null;
        }
    }

    private static TrivetException busy(final Path directory, final Path file, final String pid) {
        return new TrivetException(
                ErrorCode.BUSY,
                "aeron: process "
                        + pid
                        + " runs a driver in "
                        + directory
                        + ", and holds the lock "
                        + file
                        + "; end that one, or use another directory");
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
        return text.matches("[0-9]+") ? text : "(unknown)";
    }

    @Override
    public void close() {
        try (channel) {
            Files.deleteIfExists(file);
        } catch (final IOException e) {
            throw failed("remove", file, e);
        } finally {
            HELD.remove(file);
        }
    }
}
