package org.trivet.fuse.dev;

import org.agrona.DirectBuffer;
import org.trivet.fuse.proto.MessageBuffer;
import org.trivet.fuse.proto.ReplySink;

import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * The open device of one mount: each read is one request, each write one reply.
 *
 * <p>Any thread may write at any time, also after {@link #close()}, when nothing is sent any more.
 */
public final class DevFuse implements ReplySink, AutoCloseable {
    private static final System.Logger LOG = System.getLogger("org.trivet.fuse");
    private static final int MIN_MESSAGE = 40;

    private final int descriptor;
    private final String target;
    private final boolean viaHelper;
    private final String deviceNumber;
    private final Guardian guardian;

    /**
     * Held to write, in the shared mode: a closed descriptor's number may belong to another file.
     */
    private final ReadWriteLock open = new ReentrantReadWriteLock();

    private boolean isClosed;

    DevFuse(
            final int descriptor,
            final String target,
            final boolean viaHelper,
            final String deviceNumber) {
        this.descriptor = descriptor;
        this.target = target;
        this.viaHelper = viaHelper;
        this.deviceNumber = Objects.requireNonNull(deviceNumber);
        guardian = Guardian.of(target, deviceNumber);
    }

    /**
     * Waits for a request and reads it.
     *
     * @param into large enough for any.
     * @return its bytes, or -1 once the file system is unmounted.
     */
    public int receive(final MessageBuffer into) {
        while (true) {
            final int length = Libc.read(descriptor, into.address(), into.capacity());
            if (length >= MIN_MESSAGE) {
                return length;
            }
            switch (-length) {
                case Libc.EINTR,
                        Libc.EAGAIN,
                        Libc.ENOENT -> {} // ENOENT: the request was given up as it was read
                case Libc.ENODEV, Libc.ECONNABORTED -> {
                    return -1;
                }
                default -> {
                    LOG.log(
                            Level.ERROR,
                            "mount: reading the device of {0} failed: errno {1}",
                            target,
                            -length);
                    return -1;
                }
            }
        }
    }

    @Override
    public int send(final DirectBuffer buffer, final int offset, final int length) {
        open.readLock().lock();
        try {
            if (isClosed) {
                return Libc.ENODEV;
            }
            final int written = Libc.write(descriptor, buffer.addressOffset() + offset, length);
            return written == length ? 0 : -written;
        } finally {
            open.readLock().unlock();
        }
    }

    /**
     * Takes the mount away.
     *
     * @param isForced whether to do so although it is in use: its users then get errors. (Where
     *     fusermount3 does it, they are served until they close their files, or this process ends.)
     * @return true if it is gone; false if it is in use.
     */
    public boolean unmount(final boolean isForced) {
        return !deviceNumber.equals(Mounter.mounted(target))
                || Mounter.unmount(target, viaHelper, isForced);
    }

    /**
     * Closes the descriptor, and takes away what is still mounted after an abort. No thread may be
     * reading it.
     */
    @Override
    public void close() {
        open.writeLock().lock();
        try {
            if (!isClosed) {
                isClosed = true;
                Libc.close(descriptor);
            }
        } finally {
            open.writeLock().unlock();
        }
        unmount(true);
        guardian.close();
    }
}
