package org.trivet.node.control;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A command's end of the control channel. For one thread. */
public final class ControlClient implements AutoCloseable {
    private static final int MAX_ANSWER_LENGTH = 16 << 20;

    private final String server;
    private final LineChannel lines;

    private ControlClient(final String server, final LineChannel lines) {
        this.server = server;
        this.lines = lines;
    }

    /**
     * Connects to the cluster that runs on a data directory.
     *
     * @param dataDirectory of the cluster.
     * @return the connection. NOT_FOUND if there is no such directory, CLOSED if no cluster runs on
     *     it.
     */
    public static ControlClient connect(final Path dataDirectory) {
        if (!Files.isDirectory(dataDirectory)) {
            throw new TrivetException(
                    ErrorCode.NOT_FOUND, "there is no data directory " + dataDirectory);
        }
        return connect(
                dataDirectory,
                "the cluster on " + dataDirectory,
                "no cluster runs on "
                        + dataDirectory
                        + "; start it with: trivet up "
                        + dataDirectory);
    }

    /**
     * Connects to a process that serves a control channel in a directory.
     *
     * @param directory where.
     * @param server what it is to be called in messages, such as "node 2".
     * @return the connection. CLOSED if nobody serves one there.
     */
    public static ControlClient connect(final Path directory, final String server) {
        return connect(directory, server, server + " is not running");
    }

    private static ControlClient connect(
            final Path directory, final String server, final String notRunning) {
        try {
            final UnixDomainSocketAddress address = ControlAddress.find(directory);
            if (Files.notExists(address.getPath())) {
                throw new TrivetException(ErrorCode.CLOSED, notRunning);
            }
            return new ControlClient(
                    server, new LineChannel(SocketChannel.open(address), MAX_ANSWER_LENGTH));
        } catch (final ConnectException | NoSuchFileException ex) {
            // a dead process left it, or one that just ends
            throw new TrivetException(ErrorCode.CLOSED, notRunning, ex);
        } catch (final AccessDeniedException ex) {
            throw new TrivetException(
                    ErrorCode.ACCESS_DENIED, server + " belongs to another user", ex);
        } catch (final IOException ex) {
            throw new TrivetException(
                    ErrorCode.IO, "cannot reach " + server + ": " + ex.getMessage(), ex);
        }
    }

    /**
     * Has a command carried out, and waits for it.
     *
     * @param command its name.
     * @param arguments strings, numbers, booleans, lists and maps of these.
     * @param progress told how it is going.
     * @return the result. An error of the command is thrown as it was there.
     */
    public Map<String, Object> call(
            final String command, final Map<String, Object> arguments, final Progress progress) {
        final Map<String, Object> request = new LinkedHashMap<>();
        request.put("protocol", ControlServer.PROTOCOL);
        request.put("command", command);
        request.put("arguments", arguments);
        try {
            lines.write(request);
            while (true) {
                final Map<String, Object> answer = lines.read();
                if (answer == null) {
                    throw gone(null);
                }
                if (answer.containsKey("progress")) {
                    progress.report(object(answer, "progress"));
                } else if (answer.containsKey("result")) {
                    return object(answer, "result");
                } else {
                    throw error(object(answer, "error"));
                }
            }
        } catch (final IOException ex) {
            throw gone(ex);
        }
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (final IOException ex) {
            throw new TrivetException(
                    ErrorCode.IO, "cannot close the control channel of " + server, ex);
        }
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> object(final Map<String, Object> answer, final String name) {
        if (answer.get(name) instanceof final Map<?, ?> object) {
            return (Map<String, Object>) object; // the keys of a JSON object are strings
        }
        throw new TrivetException(ErrorCode.IO, server + " answers what is no answer");
    }

    private static TrivetException error(final Map<String, Object> error) {
        ErrorCode code = ErrorCode.IO;
        for (final ErrorCode known : ErrorCode.values()) {
            if (known.name().equals(error.get("code"))) {
                code = known;
            }
        }
        return new TrivetException(code, String.valueOf(error.get("message")));
    }

    private TrivetException gone(final IOException cause) {
        return new TrivetException(
                ErrorCode.CLOSED, server + " ended while it was being asked", cause);
    }
}
