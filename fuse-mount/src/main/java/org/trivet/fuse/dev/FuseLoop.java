package org.trivet.fuse.dev;

import org.trivet.fuse.proto.FuseDispatcher;
import org.trivet.fuse.proto.MessageBuffer;
import org.trivet.node.os.SchedulerSlice;

import java.lang.System.Logger.Level;
import java.util.concurrent.CountDownLatch;

/**
 * The threads that read the device and hand each request to the dispatcher. They never wait for
 * anything else.
 */
public final class FuseLoop {
    private static final System.Logger LOG = System.getLogger("org.trivet.fuse");

    private final DevFuse device;
    private final FuseDispatcher dispatcher;
    private final int readers;
    private final Runnable atEnd;
    private final CountDownLatch running;

    /**
     * A loop that does not run yet.
     *
     * @param device what to read.
     * @param dispatcher what to hand requests to.
     * @param readers threads.
     * @param atEnd run once, on the last reader's thread, when the file system is unmounted.
     */
    public FuseLoop(
            final DevFuse device,
            final FuseDispatcher dispatcher,
            final int readers,
            final Runnable atEnd) {
        this.device = device;
        this.dispatcher = dispatcher;
        this.readers = readers;
        this.atEnd = atEnd;
        this.running = new CountDownLatch(readers);
    }

    /** Starts the threads. */
    public void start() {
        for (int i = 0; i < readers; i++) {
            Thread.ofPlatform().daemon().name("trivet-fuse-" + i).start(this::run);
        }
    }

    private void run() {
        ioFlusher();
        SchedulerSlice.requestShort();
        MessageBuffer buffer = dispatcher.receiveBuffer();
        try {
            for (int length = device.receive(buffer);
                    length >= 0;
                    length = device.receive(buffer)) {
                buffer = dispatcher.received(buffer, length);
            }
        } catch (final RuntimeException | Error e) {
            LOG.log(Level.ERROR, "mount: a reader of the device ended", e);
        } finally {
            dispatcher.releaseReceiveBuffer(buffer);
            leave();
        }
    }

    private void leave() {
        final boolean isLast;
        synchronized (running) {
            running.countDown();
            isLast = running.getCount() == 0;
        }
        if (isLast) {
            atEnd.run();
        }
    }

    /** Says of the calling thread that it serves writing, where that is permitted. */
    public static void ioFlusher() {
        final int result = Libc.markIoFlusher();
        if (result < 0) {
            LOG.log(Level.DEBUG, "mount: PR_SET_IO_FLUSHER is not permitted: errno {0}", -result);
        }
    }
}
