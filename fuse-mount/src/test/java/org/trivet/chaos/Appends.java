package org.trivet.chaos;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.sim.AppendHistory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A file to which all sites append records, and which they read; another one in each round. Mounts
 * read past the page cache.
 */
final class Appends implements Workload {
    private static final int RECORD_LENGTH = 104;
    private static final int READ_PERCENT = 4;
    private static final int MAX_LENGTH = 4 << 20;

    private final List<Actor> actors = new ArrayList<>();
    private AppendHistory history;
    private String file;
    private int round;
    private long value;
    private long stamp;
    private long done;
    private long unknown;
    private long reads;

    Appends(final Collection<Site> sites, final SplittableRandom seeds) {
        for (final Site site : sites) {
            final Random random = new Random(seeds.nextLong());
            final Channels channels = new Channels(site);
            actors.add(
                    () -> {
                        if (random.nextInt(100) < READ_PERCENT) {
                            read(site);
                        } else {
                            append(site, channels);
                        }
                    });
        }
    }

    @Override
    public String name() {
        return "appends";
    }

    @Override
    public List<Actor> actors() {
        return actors;
    }

    @Override
    public synchronized void prepare(final Site site) throws IOException {
        file = "appends-" + ++round;
        history = new AppendHistory(RECORD_LENGTH);
        site.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE).close();
        if (round > 1) {
            Files.delete(site.path("appends-" + (round - 1)));
        }
    }

    private void append(final Site site, final Channels channels) throws IOException {
        final long appended;
        final byte[] record = new byte[RECORD_LENGTH];
        synchronized (this) {
            appended = ++value;
            history.begin(site.number(), appended, ++stamp).getBytes(0, record);
        }
        final boolean isDone =
                site.tries(
                        () -> {
                            final int written =
                                    channels.get(site.path(file), Set.of(StandardOpenOption.APPEND))
                                            .write(ByteBuffer.wrap(record));
                            if (written != RECORD_LENGTH) {
                                throw new ChaosFailure("an append of " + written + " bytes");
                            }
                        });
        synchronized (this) {
            if (isDone) {
                done++;
                history.done(appended, ++stamp);
            } else {
                unknown++;
            }
        }
    }

    private void read(final Site site) throws IOException {
        final long invoked;
        synchronized (this) {
            invoked = ++stamp;
        }
        final int alignment = Volume.BLOCK_LENGTH;
        final ByteBuffer bytes =
                ByteBuffer.allocateDirect(MAX_LENGTH + 2 * alignment).alignedSlice(alignment);
        bytes.limit(MAX_LENGTH);
        final Set<OpenOption> options =
                site.isMount()
                        ? Set.of(StandardOpenOption.READ, Site.DIRECT)
                        : Set.of(StandardOpenOption.READ);
        final boolean isDone =
                site.tries(
                        () -> {
                            try (SeekableByteChannel channel =
                                    Files.newByteChannel(site.path(file), options)) {
                                if (channel.read(bytes) == MAX_LENGTH) {
                                    throw new ChaosFailure(file + " is longer than expected");
                                }
                            }
                        });
        if (isDone) {
            synchronized (this) {
                reads++;
                final UnsafeBuffer found = new UnsafeBuffer(bytes);
                history.read(site.number(), found, bytes.position(), invoked, ++stamp);
            }
        }
    }

    @Override
    public void survey(final Site site) throws IOException {
        read(site);
    }

    @Override
    public synchronized void check() {
        final String violation = history.findViolation();
        if (violation != null) {
            throw new ChaosFailure(violation);
        }
    }

    @Override
    public synchronized long operations() {
        return done + reads;
    }

    @Override
    public synchronized String details() {
        return "%d records, %d of unknown outcome besides, %d reads of the whole file"
                .formatted(done, unknown, reads);
    }
}
