package org.trivet.fuse;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fuse.dev.DevFuse;
import org.trivet.fuse.dev.FuseLoop;
import org.trivet.fuse.dev.Mounter;
import org.trivet.fuse.proto.FuseDispatcher;
import org.trivet.fuse.proto.Notifier;
import org.trivet.fuse.proto.SessionCounters;

import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A mounted file system. May be used from any thread.
 *
 * <p>The file system is called on its agent's thread alone, which is whatever thread the executor
 * runs things on, in order. It may end before the mount does: requests are then refused. This
 * process must not touch the mount's files.
 */
public final class FuseMount implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("org.trivet.fuse");
    private static final long STEP_TIMEOUT_S = 10;
    private static final long RETRY_MS = 50;
    private static final long TICK_MS = 200;

    private final InodeFileSystem fs;
    private final Executor agentExecutor;
    private final FuseOptions options;
    private final DevFuse device;
    private final FuseDispatcher dispatcher;
    private final Notifier notifier;
    private final Thread clock =
            Thread.ofPlatform().daemon().name("trivet-fuse-clock").unstarted(this::tick);
    private final CountDownLatch unmounted = new CountDownLatch(1);
    private final AtomicBoolean isClosing = new AtomicBoolean();

    private FuseMount(
            final InodeFileSystem fs,
            final Executor agentExecutor,
            final FuseOptions options,
            final DevFuse device) {
        this.fs = fs;
        this.agentExecutor = agentExecutor;
        this.options = options;
        this.device = device;
        this.dispatcher = new FuseDispatcher(fs, agentExecutor, device, options.session());
        this.notifier = new Notifier(dispatcher, agentExecutor, device);
    }

    /**
     * Mounts a file system, and serves it until it is unmounted. A mount there whose server has
     * died is replaced.
     *
     * @param mountPoint an existing directory.
     * @param fs the file system.
     * @param agentExecutor runs what it is given on the file system's agent's thread, in order,
     *     without waiting.
     * @param options how.
     * @return the mount, ready for use.
     */
    public static FuseMount mount(
            final Path mountPoint,
            final InodeFileSystem fs,
            final Executor agentExecutor,
            final FuseOptions options) {
        final DevFuse device = Mounter.mount(mountPoint, options.name(), options.viaFusermount());
        final FuseMount mount = new FuseMount(fs, agentExecutor, options, device);
        mount.start();
        return mount;
    }

    private void start() {
        new FuseLoop(device, dispatcher, options.readers(), this::end).start();
        notifier.start();
        clock.start();
        try {
            agentExecutor.execute(
                    () -> {
                        FuseLoop.ioFlusher();
                        fs.onInvalidation(notifier);
                    });
            dispatcher.begun().get(STEP_TIMEOUT_S, TimeUnit.SECONDS);
        } catch (final ExecutionException e) {
            close();
            throw e.getCause() instanceof TrivetException cause
                    ? cause
                    : new TrivetException(ErrorCode.IO, "mount: the session did not begin", e);
        } catch (final TimeoutException e) {
            close();
            throw new TrivetException(ErrorCode.TIMED_OUT, "mount: the kernel sent no request", e);
        } catch (final RejectedExecutionException e) {
            close();
            throw new TrivetException(ErrorCode.CLOSED, "mount: the file system is closed", e);
        } catch (final InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw new TrivetException(ErrorCode.INTERRUPTED, "mount: interrupted", e);
        }
    }

    /** Looks after deadlines, a few times a second, until it is interrupted. */
    private void tick() {
        try {
            while (true) {
                Thread.sleep(TICK_MS);
                agentExecutor.execute(
                        () -> {
                            final long nowNs = System.nanoTime();
                            dispatcher.expire(nowNs);
                            notifier.expire(nowNs);
                        });
            }
        } catch (final InterruptedException | RejectedExecutionException closed) {
            LOG.log(Level.DEBUG, "mount: no more deadlines");
        }
    }

    /**
     * The readers have left: nothing is asked any more. Gives up what waits, and closes the device.
     */
    private void end() {
        clock.interrupt();
        notifier.close();
        final CompletableFuture<Void> released = new CompletableFuture<>();
        try {
            agentExecutor.execute(
                    () -> {
                        fs.onInvalidation(null);
                        dispatcher.close();
                        released.complete(null);
                    });
            released.get(STEP_TIMEOUT_S, TimeUnit.SECONDS);
        } catch (final RejectedExecutionException | ExecutionException | TimeoutException e) {
            LOG.log(Level.DEBUG, "mount: the file system was closed before its mount", e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        device.close();
        unmounted.countDown();
    }

    /**
     * Counts of the requests so far.
     *
     * @return the counters, which go on counting.
     */
    public SessionCounters counters() {
        return dispatcher.counters();
    }

    /**
     * Waits until the file system is unmounted, by whomever, and nobody uses it any more.
     *
     * @throws InterruptedException if the thread is interrupted; the mount stays.
     */
    public void awaitUnmounted() throws InterruptedException {
        unmounted.await();
    }

    /**
     * Waits for some time until the file system is unmounted.
     *
     * @param timeout how long.
     * @param unit of the timeout.
     * @return true if it is unmounted.
     * @throws InterruptedException if the thread is interrupted; the mount stays.
     */
    public boolean awaitUnmounted(final long timeout, final TimeUnit unit)
            throws InterruptedException {
        return unmounted.await(timeout, unit);
    }

    /**
     * Unmounts. If the mount is in use, its users have the close timeout to end; then it is
     * unmounted all the same, and they get errors.
     */
    @Override
    public void close() {
        if (unmounted.getCount() == 0 || !isClosing.compareAndSet(false, true)) {
            return;
        }
        final long deadlineNs = System.nanoTime() + options.closeTimeout().toNanos();
        boolean isGone = device.unmount(false);
        try {
            while (!isGone && deadlineNs - System.nanoTime() > 0) {
                Thread.sleep(RETRY_MS);
                isGone = device.unmount(false);
            }
            if (!isGone) {
                LOG.log(Level.INFO, "mount: it is in use, and is unmounted all the same");
                device.unmount(true);
            }
            awaitUnmounted(STEP_TIMEOUT_S, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            device.unmount(true);
            Thread.currentThread().interrupt();
        }
    }
}
