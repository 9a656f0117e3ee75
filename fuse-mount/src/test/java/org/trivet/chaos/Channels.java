package org.trivet.chaos;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Files that one actor has open, and keeps open for as long as its mount lives. */
final class Channels {
    private static final System.Logger LOG = System.getLogger(Channels.class.getName());

    private record Key(Path path, Set<OpenOption> options) {}

    private final Site site;
    private final Map<Key, SeekableByteChannel> open = new HashMap<>();
    private int deaths;

    Channels(final Site site) {
        this.site = site;
    }

    /** A channel, which is not to be closed by the caller. */
    SeekableByteChannel get(final Path path, final Set<OpenOption> options) throws IOException {
        forgetDead();
        final Key key = new Key(path, options);
        final SeekableByteChannel known = open.get(key);
        if (known != null) {
            return known;
        }
        final SeekableByteChannel opened = open(path, options);
        open.put(key, opened);
        return opened;
    }

    private static SeekableByteChannel open(final Path path, final Set<OpenOption> options)
            throws IOException {
        try {
            return Files.newByteChannel(path, options);
        } catch (final UnsupportedOperationException e) {
            // The library's word for a file system that cannot be asked for the length of its
            // blocks, for one reason or another.
            if (e.getCause() instanceof final IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void forgetDead() {
        if (deaths == site.deaths()) {
            return;
        }
        deaths = site.deaths();
        for (final SeekableByteChannel each : open.values()) {
            try {
                each.close();
            } catch (final IOException e) {
                // Its mount is dead; the descriptor is free all the same.
                LOG.log(System.Logger.Level.DEBUG, "closing a file of a dead mount", e);
            }
        }
        open.clear();
    }

    /** Closes all that are open. */
    void close() throws IOException {
        forgetDead();
        final Map<Key, SeekableByteChannel> closing = Map.copyOf(open);
        open.clear();
        for (final SeekableByteChannel each : closing.values()) {
            each.close();
        }
    }
}
