package org.trivet.aeron;

import io.aeron.CncFileDescriptor;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;

import org.agrona.IoUtil;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.WakeableIdleStrategy;

import java.io.File;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * A media driver that runs in this process, on one thread, over a directory of its own.
 *
 * <p>The directory belongs in memory (/dev/shm), and is used by all who are to be reached over IPC.
 * What a driver that has died left there is removed at the start, and the directory at a clean
 * stop. A driver that lives is never disturbed: a lock beside the directory keeps others off.
 */
public final class AeronDriver implements AutoCloseable {
    /** How often the driver looks for what has timed out. */
    private static final long TIMER_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final long STALE_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /**
     * Room that must be left: 10 MiB are the driver's own files, and 96 MiB the terms of one pair
     * of endpoints over UDP, at both ends.
     */
    private static final long MIN_ROOM = 128L << 20;

    private final Path directory;
    private final DriverLock lock;
    private final MediaDriver driver;
    private final LongAdder errors;
    private boolean isClosed;

    private AeronDriver(
            final Path directory,
            final DriverLock lock,
            final MediaDriver driver,
            final LongAdder errors) {
        this.directory = directory;
        this.lock = lock;
        this.driver = driver;
        this.errors = errors;
    }

    /**
     * Starts a driver.
     *
     * @param directory to be made; its parent must exist. In memory, as below /dev/shm.
     * @param idleMode how it waits for work.
     * @return runs until it is closed.
     * @throws TrivetException BUSY if a driver runs in the directory, by this process or another;
     *     NO_SPACE if there is too little room; IO if it cannot be started.
     */
    public static AeronDriver start(final Path directory, final IdleMode idleMode) {
        return start(directory, idleMode, Liveness.DEFAULT);
    }

    static AeronDriver start(
            final Path directory, final IdleMode idleMode, final Liveness liveness) {
        final Path place = directory.toAbsolutePath().normalize();
        final DriverLock lock = DriverLock.take(place);
        AeronDriver started = null;
        try {
            removeStale(place, liveness);
            checkRoom(place.getParent());
            final LongAdder errors = new LongAdder();
            final MediaDriver driver =
                    MediaDriver.launchEmbedded(
                            context(
                                    place,
                                    idleMode,
                                    liveness,
                                    new AeronErrors("aeron driver in " + place, errors)));
            started = new AeronDriver(place, lock, driver, errors);
            return started;
        } catch (final TrivetException e) {
            throw e;
        } catch (final RuntimeException e) {
            throw new TrivetException(
                    ErrorCode.IO, "aeron: cannot start a driver in " + place + ": " + e, e);
        } finally {
            if (started == null) {
                lock.close();
            }
        }
    }

    private static MediaDriver.Context context(
            final Path directory,
            final IdleMode idleMode,
            final Liveness liveness,
            final AeronErrors errors) {
        return new MediaDriver.Context()
                .aeronDirectoryName(directory.toString())
                // Ours is done already, knowing whether the directory is in use.
                .dirDeleteOnStart(false)
                .dirDeleteOnShutdown(true)
                // One thread: a sender, a receiver and a conductor each on its own would take
                // the cores from those who have work to do.
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(new WakeableIdleStrategy(idleMode))
                // It resolves names, so that this does not stop the messages.
                .asyncExecutorIdleStrategy(new WakeableIdleStrategy(IdleMode.POWER_SAVE))
                .termBufferSparseFile(true)
                .ipcTermBufferLength(Channels.TERM_LENGTH)
                .publicationTermBufferLength(Channels.TERM_LENGTH)
                .ipcMtuLength(Channels.LOCAL_MTU)
                .mtuLength(Channels.LAN_MTU)
                .socketSndbufLength(SocketBuffers.SEND_LENGTH)
                .socketRcvbufLength(SocketBuffers.RECEIVE_LENGTH)
                .initialWindowLength(SocketBuffers.WINDOW_LENGTH)
                // Each takes memory, here and at the endpoint.
                .streamSessionLimit(Routes.MAX_PEERS)
                .timerIntervalNs(TIMER_INTERVAL_NS)
                .driverTimeoutMs(liveness.processMs())
                .clientLivenessTimeoutNs(liveness.processNs())
                // Must be above the client's: until then it may still be writing.
                .publicationUnblockTimeoutNs(2 * liveness.processNs())
                .imageLivenessTimeoutNs(liveness.streamNs())
                .publicationConnectionTimeoutNs(liveness.streamNs())
                .publicationLingerTimeoutNs(liveness.streamNs())
                .errorHandler(errors)
                .terminationHook(() -> {});
    }

    /** Removes what a driver that is dead has left; BUSY if one lives that has not our lock. */
    private static void removeStale(final Path directory, final Liveness liveness) {
        if (!Files.exists(directory)) {
            return;
        }
        final File file = directory.toFile();
        final long deadlineNs = System.nanoTime() + 2 * liveness.processNs();
        while (isActive(file, liveness)) {
            // One that was killed just now looks alive for a while.
            if (deadlineNs - System.nanoTime() <= 0) {
                throw new TrivetException(
                        ErrorCode.BUSY,
                        "aeron: process "
                                + pid(file)
                                + " runs a driver in "
                                + directory
                                + "; end that one, or use another directory");
            }
            LockSupport.parkNanos(STALE_PAUSE_NS);
        }
        IoUtil.delete(file, false);
    }

    /**
     * Whether a directory has a heartbeat, and its process lives. One that was killed while it made
     * its file has left nothing that could be read but, perhaps, its process; nor has one of
     * another version.
     */
    private static boolean isActive(final File directory, final Liveness liveness) {
        boolean mayBeActive;
        try {
            mayBeActive = CommonContext.isDriverActive(directory, liveness.processMs(), text -> {});
        } catch (final RuntimeException unreadable) {
            mayBeActive = true;
        }
        return mayBeActive
                && ProcessHandle.of(pid(directory)).filter(ProcessHandle::isAlive).isPresent();
    }

    /** The process whose driver made a directory; -1 if that cannot be told. */
    private static long pid(final File directory) {
        final MappedByteBuffer file =
                new CommonContext()
                        .aeronDirectoryName(directory.getPath())
                        .concludeAeronDirectory()
                        .mapExistingCncFile(text -> {});
        if (file == null) {
            return -1;
        }
        try {
            return CncFileDescriptor.pid(CncFileDescriptor.createMetaDataBuffer(file));
        } finally {
            IoUtil.unmap(file);
        }
    }

    private static void checkRoom(final Path parent) {
        try {
            checkRoom(parent, Files.getFileStore(parent).getUsableSpace());
        } catch (final IOException e) {
            throw new TrivetException(
                    ErrorCode.IO, "aeron: cannot tell the room in " + parent + ": " + e, e);
        }
    }

    static void checkRoom(final Path parent, final long room) {
        if (room < MIN_ROOM) {
            throw new TrivetException(
                    ErrorCode.NO_SPACE,
                    "aeron: "
                            + parent
                            + " has room for "
                            + (room >> 20)
                            + " MiB, and a driver needs "
                            + (MIN_ROOM >> 20)
                            + " MiB: messages lie there until they are taken. Use a directory"
                            + " elsewhere, or make it larger (mount -o remount,size=1g /dev/shm;"
                            + " docker run --shm-size=1g)");
        }
    }

    /**
     * Where clients find it.
     *
     * @return an absolute path.
     */
    public Path directory() {
        return directory;
    }

    /**
     * How many errors it has met; each kind is in the log.
     *
     * @return a number that grows.
     */
    public long errorCount() {
        return errors.sum();
    }

    /** Ends the driver, and removes its directory and its lock. Any thread; may be repeated. */
    @Override
    public synchronized void close() {
        if (!isClosed) {
            isClosed = true;
            try {
                driver.close();
                IoUtil.delete(directory.toFile(), true);
            } finally {
                lock.close();
            }
        }
    }
}
