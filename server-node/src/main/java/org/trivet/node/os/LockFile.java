package org.trivet.node.os;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * A file that one process at a time has locked, and one holder within it. The lock goes with the
 * process, however that ends. Safe for use by several threads.
 *
 * <p>A process's lock on a file ends when it closes any channel on that file (POSIX, fcntl): so
 * none is opened on a file that this process has locked.
 */
public final class LockFile implements AutoCloseable {
    /** Its last holder may remove the file between our looking at it and our locking it. */
    private static final int ATTEMPTS = 10;

    /**
     * What is locked here, by device and inode of the files. Guarded by itself. It keeps a lock
     * that nobody else knows any more from being collected, and its channel with it: if the file is
     * deleted, another one could have its inode then.
     */
    private static final Map<Object, LockFile> HELD = new HashMap<>();

    private final FileChannel channel;
    private final Object key;

    private LockFile(final FileChannel channel, final Object key) {
        this.channel = channel;
        this.key = key;
    }

    /**
     * Locks a file, which is made if there is none.
     *
     * @param file in a directory that exists.
     * @return the lock; null if this process or another one has it.
     * @throws IOException if the file cannot be made, opened or locked.
     */
    public static LockFile tryTake(final Path file) throws IOException {
        synchronized (HELD) {
            for (int i = 0; i < ATTEMPTS; i++) {
                try {
                    Files.createFile(file);
                } catch (final FileAlreadyExistsException e) {
                    // of an earlier process, or somebody has it
                }
                final Object key = key(file);
                if (HELD.containsKey(key)) {
                    return null;
                }
                if (key == null) {
                    continue;
                }
                final FileChannel channel = open(file);
                boolean isKept = false;
                try {
                    if (channel != null && channel.tryLock() == null) {
                        return null;
                    }
                    if (channel != null && key.equals(key(file))) {
                        isKept = true;
                        return hold(channel, key);
                    }
                } finally {
                    if (channel != null && !isKept) {
                        channel.close();
                    }
                }
            }
            return null; // others take it and leave it all the time
        }
    }

    /**
     * Locks a file against those who would take it for themselves, and writes nothing: several may
     * hold it so at once, but one only in each process.
     *
     * @param file one that exists.
     * @return the lock; null if this process has it, or another one has it for itself.
     * @throws IOException if the file cannot be opened or locked; NoSuchFileException if there is
     *     none.
     */
    public static LockFile tryShare(final Path file) throws IOException {
        synchronized (HELD) {
            final Object key = Files.readAttributes(file, "unix:dev,ino");
            if (HELD.containsKey(key)) {
                return null;
            }
            final FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
            boolean isKept = false;
            try {
                isKept = channel.tryLock(0, Long.MAX_VALUE, true) != null;
            } finally {
                if (!isKept) {
                    channel.close();
                }
            }
            if (!isKept) {
                return null;
            }
            return hold(channel, key);
        }
    }

    private static LockFile hold(final FileChannel channel, final Object key) {
        final LockFile lock = new LockFile(channel, key);
        HELD.put(key, lock);
        return lock;
    }

    private static FileChannel open(final Path file) throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.WRITE);
        } catch (final NoSuchFileException e) {
            return null;
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

    /**
     * Whether a file is still the one that is locked.
     *
     * @param file its path.
     * @return false if there is another one by now, or none.
     * @throws IOException if that cannot be told.
     */
    public boolean is(final Path file) throws IOException {
        return key.equals(key(file));
    }

    @Override
    public void close() throws IOException {
        synchronized (HELD) {
            HELD.remove(key, this);
            channel.close();
        }
    }
}
