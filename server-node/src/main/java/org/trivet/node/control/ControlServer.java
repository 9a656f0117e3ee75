package org.trivet.node.control;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The running cluster's end of the control channel. Serves several clients at once, each on a
 * virtual thread of its own.
 *
 * <p>Whoever makes one must hold the lock of the data directory: a socket that is found there is
 * taken for one that a dead process left, and replaced.
 */
public final class ControlServer implements AutoCloseable {
    /** The most clients at once; others are told BUSY. */
    public static final int MAX_CLIENTS = 64;

    /** The longest request in bytes. */
    static final int MAX_REQUEST_LENGTH = 64 * 1024;

    static final int PROTOCOL = 1;
    private static final long CLOSE_TIMEOUT_S = 5;
    private static final long WATCH_INTERVAL_MS = 500;
    private static final long ERROR_PAUSE_MS = 100;

    private final Path dataDirectory;
    private final Map<String, CommandHandler> handlers;
    private volatile ServerSocketChannel listening;
    private volatile Path socket;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore clients = new Semaphore(MAX_CLIENTS);

    /**
     * Listens from now on.
     *
     * @param dataDirectory of the cluster, whose lock the caller holds.
     * @param handlers by the name of the command.
     */
    public ControlServer(final Path dataDirectory, final Map<String, CommandHandler> handlers) {
        this.dataDirectory = dataDirectory;
        this.handlers = Map.copyOf(handlers);
        try {
            listen();
        } catch (final IOException ex) {
            throw new TrivetException(
                    ErrorCode.IO,
                    "cannot open the control channel of " + dataDirectory + ": " + ex,
                    ex);
        }
        threads.execute(this::watch);
    }

    private void listen() throws IOException {
        final ServerSocketChannel opened = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            final UnixDomainSocketAddress address = ControlAddress.prepare(dataDirectory);
            opened.bind(address);
            socket = address.getPath();
        } catch (final IOException | RuntimeException ex) {
            opened.close();
            throw ex;
        }
        listening = opened;
        threads.execute(() -> accept(opened));
    }

    /** Listens anew when somebody has deleted the socket: nobody finds the old one any more. */
    private void watch() {
        while (pause(WATCH_INTERVAL_MS)) {
            try {
                if (!Files.exists(socket) && Files.isDirectory(dataDirectory)) {
                    listening.close();
                    listen();
                }
            } catch (final IOException | RuntimeException ex) {
                report(ex); // and tried again
            }
        }
    }

    /** Ends all connections, and interrupts the commands that are being carried out. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            listening.close();
            awaitThreads();
            listening.close(); // also what was opened meanwhile
            ControlAddress.remove(dataDirectory);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private void awaitThreads() {
        try {
            threads.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS);
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private void accept(final ServerSocketChannel channel) {
        while (channel.isOpen()) {
            try {
                final SocketChannel client = channel.accept();
                threads.execute(() -> serve(client));
            } catch (final IOException | RuntimeException ex) {
                if (channel.isOpen() && !threads.isShutdown()) {
                    // Out of descriptors, for example: others must not wait for ever for a thread
                    // that is gone.
                    report(ex);
                    pause(ERROR_PAUSE_MS);
                }
            }
        }
    }

    private static void report(final Exception ex) {
        System.err.println("trivet: control channel: " + ex);
    }

    /** False if the server is being closed. */
    private static boolean pause(final long pauseMs) {
        try {
            TimeUnit.MILLISECONDS.sleep(pauseMs);
            return true;
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void serve(final SocketChannel channel) {
        final boolean isAdmitted = clients.tryAcquire();
        try (LineChannel lines = new LineChannel(channel, MAX_REQUEST_LENGTH)) {
            if (isAdmitted) {
                converse(lines);
            } else {
                lines.write(
                        error(ErrorCode.BUSY, "too many commands are being carried out at once"));
            }
        } catch (final IOException ex) {
            return; // the client has gone, or this server closes: nobody is left to tell
        } finally {
            if (isAdmitted) {
                clients.release();
            }
        }
    }

    private void converse(final LineChannel lines) throws IOException {
        try {
            Map<String, Object> request = lines.read();
            while (request != null) {
                lines.write(answer(request, lines));
                request = lines.read();
            }
        } catch (final TrivetException ex) {
            lines.write(
                    error(ex.code(), ex.getMessage())); // no line of the protocol: nothing after it
            // can be trusted
        }
    }

    private Map<String, Object> answer(final Map<String, Object> request, final LineChannel lines) {
        try {
            return Map.of("result", handle(request, lines));
        } catch (final TrivetException ex) {
            return error(ex.code(), ex.getMessage());
        } catch (final InterruptedException ex) {
            return error(ErrorCode.CLOSED, "the cluster is stopping");
        } catch (final RuntimeException ex) {
            ex.printStackTrace();
            return error(ErrorCode.IO, "the command failed: " + ex);
        }
    }

    private Map<String, Object> handle(final Map<String, Object> request, final LineChannel lines)
            throws InterruptedException {
        if (!(request.get("protocol") instanceof final Integer protocol) || protocol != PROTOCOL) {
            throw new TrivetException(
                    ErrorCode.NOT_SUPPORTED,
                    "the running cluster speaks version "
                            + PROTOCOL
                            + " of the control channel: use its own release");
        }
        final Object command = request.get("command");
        final CommandHandler handler = command instanceof String ? handlers.get(command) : null;
        if (handler == null) {
            throw new TrivetException(
                    ErrorCode.NOT_SUPPORTED,
                    "the running cluster knows no command '" + command + "'");
        }
        return handler.handle(arguments(request), state -> report(state, lines));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> arguments(final Map<String, Object> request) {
        return request.get("arguments") instanceof final Map<?, ?> arguments
                ? (Map<String, Object>) arguments // the keys of a JSON object are strings
                : Map.of();
    }

    private static void report(final Map<String, Object> state, final LineChannel lines) {
        try {
            lines.write(Map.of("progress", state));
        } catch (final IOException ex) {
            throw new TrivetException(ErrorCode.CLOSED, "the client of the command has gone", ex);
        }
    }

    private static Map<String, Object> error(final ErrorCode code, final String message) {
        final Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code.name());
        error.put("message", message);
        return Map.of("error", error);
    }
}
