package org.trivet.chaos;

import org.trivet.sim.History;
import org.trivet.sim.History.Kind;
import org.trivet.sim.History.Operation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Cells of a few files, which all sites write and read at once. Every written value is unlike any
 * other, and each cell must behave as one register.
 *
 * <p>Mounts read with O_DIRECT, past the page cache of the kernel, and write with and without it.
 */
final class Registers implements Workload {
    private static final int FILES = 3;
    private static final int BLOCKS = 12;
    private static final int CELL_LENGTH = 1024;
    private static final int CELLS_PER_BLOCK = Volume.BLOCK_LENGTH / CELL_LENGTH;
    private static final int CELLS = BLOCKS * CELLS_PER_BLOCK;
    private static final int MAX_BLOCKS = 3;
    private static final int ACTORS_PER_SITE = 2;
    private static final int READ_PERCENT = 45;
    private static final int IMPATIENT_PERCENT = 5;

    private final History history = new History();
    private final List<Actor> actors = new ArrayList<>();
    private boolean isPrepared;
    private long done;
    private long unknown;
    private long degraded;

    Registers(final Collection<Site> sites, final SplittableRandom seeds) {
        for (final Site site : sites) {
            for (int i = 0; i < ACTORS_PER_SITE; i++) {
                actors.add(new RegisterActor(site, new Random(seeds.nextLong())));
            }
        }
    }

    private static String file(final int number) {
        return "registers-" + number;
    }

    @Override
    public String name() {
        return "registers";
    }

    @Override
    public List<Actor> actors() {
        return actors;
    }

    @Override
    public void prepare(final Site site) throws IOException {
        if (isPrepared) {
            return;
        }
        isPrepared = true;
        for (int file = 0; file < FILES; file++) {
            try (SeekableByteChannel channel =
                    site.open(file(file), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                write(site, channel, begin(Kind.WRITE, site, file, 0, CELLS), file, 0, CELLS);
            }
        }
    }

    private synchronized Operation begin(
            final Kind kind, final Site site, final int file, final int from, final int to) {
        return history.begin(kind, site.number(), file, from, to);
    }

    private synchronized void failed(final Operation operation) {
        unknown++;
        history.failed(operation);
    }

    private synchronized void written(final Operation operation) {
        done++;
        history.completed(operation);
    }

    private synchronized void found(
            final Operation operation, final long[] values, final boolean isDegraded) {
        done++;
        degraded += isDegraded ? 1 : 0;
        history.found(operation, values, isDegraded);
    }

    private static ByteBuffer buffer(final int length) {
        final int alignment = Volume.BLOCK_LENGTH;
        // A slice is cut to a multiple of the alignment at both ends.
        return ByteBuffer.allocateDirect(length + 2 * alignment)
                .alignedSlice(alignment)
                .limit(length);
    }

    private void write(
            final Site site,
            final SeekableByteChannel channel,
            final Operation operation,
            final int file,
            final int from,
            final int to)
            throws IOException {
        final int length = (to - from) * CELL_LENGTH;
        final ByteBuffer bytes = buffer(length);
        new Cells(file, CELL_LENGTH).fill(bytes, from, to, operation.value());
        final int written = channel.position((long) from * CELL_LENGTH).write(bytes.flip());
        if (written != length) {
            final String text = operation + " wrote " + written + " bytes of " + length;
            if (site.isMount()) {
                throw new IOException(text); // of which nobody knows more if it was killed
            }
            throw new ChaosFailure(text);
        }
        written(operation);
    }

    private void read(
            final Site site,
            final SeekableByteChannel channel,
            final Operation operation,
            final int file,
            final int from,
            final int to)
            throws IOException {
        final int length = (to - from) * CELL_LENGTH;
        final ByteBuffer bytes = buffer(length);
        final long degradedBefore = site.degradedReads();
        final int got = channel.position((long) from * CELL_LENGTH).read(bytes);
        if (got != length) {
            throw new ChaosFailure(operation + " found " + got + " bytes of " + length);
        }
        final long[] values = new Cells(file, CELL_LENGTH).values(bytes.flip(), from, to);
        found(operation, values, site.degradedReads() != degradedBefore);
    }

    @Override
    public void survey(final Site site) throws IOException {
        final boolean isDone =
                site.tries(
                        () -> {
                            for (int file = 0; file < FILES; file++) {
                                try (SeekableByteChannel channel =
                                        Files.newByteChannel(
                                                site.path(file(file)),
                                                options(site.isMount(), false))) {
                                    final Operation operation =
                                            begin(Kind.READ, site, file, 0, CELLS);
                                    read(site, channel, operation, file, 0, CELLS);
                                }
                            }
                        });
        if (!isDone) {
            throw new ChaosFailure(site.name() + " died while nothing was to die");
        }
    }

    private static Set<OpenOption> options(final boolean isDirect, final boolean writes) {
        final Set<OpenOption> options = new HashSet<>();
        options.add(writes ? StandardOpenOption.WRITE : StandardOpenOption.READ);
        if (isDirect) {
            options.add(Site.DIRECT);
        }
        return options;
    }

    @Override
    public synchronized void check() {
        for (int file = 0; file < FILES; file++) {
            final String violation = history.findViolation(file, CELLS);
            if (violation != null) {
                throw new ChaosFailure(violation);
            }
        }
    }

    @Override
    public synchronized long operations() {
        return done;
    }

    @Override
    public synchronized String details() {
        return unknown + " of unknown outcome besides, " + degraded + " degraded reads";
    }

    /** One thread at one site. */
    private final class RegisterActor implements Actor {
        private final Site site;
        private final Random random;
        private final Channels channels;

        RegisterActor(final Site site, final Random random) {
            this.site = site;
            this.random = random;
            channels = new Channels(site);
        }

        @Override
        public void act() throws IOException {
            final int file = random.nextInt(FILES);
            final boolean reads = random.nextInt(100) < READ_PERCENT;
            final boolean isDirect = site.isMount() && (reads || random.nextBoolean());
            final boolean isImpatient = !site.isMount() && random.nextInt(100) < IMPATIENT_PERCENT;
            final int from;
            final int to;
            if (isDirect) {
                final int block = random.nextInt(BLOCKS);
                from = block * CELLS_PER_BLOCK;
                to = Math.min(BLOCKS, block + 1 + random.nextInt(MAX_BLOCKS)) * CELLS_PER_BLOCK;
            } else {
                from = random.nextInt(CELLS);
                to = Math.min(CELLS, from + 1 + random.nextInt(MAX_BLOCKS * CELLS_PER_BLOCK));
            }
            final Set<OpenOption> options = options(isDirect, !reads);
            final Path path = isImpatient ? site.impatientPath(file(file)) : site.path(file(file));
            final Operation[] begun = new Operation[1];
            boolean isDone = false;
            try {
                isDone =
                        site.tries(
                                () -> {
                                    final SeekableByteChannel channel = channels.get(path, options);
                                    begun[0] =
                                            begin(
                                                    reads ? Kind.READ : Kind.WRITE,
                                                    site,
                                                    file,
                                                    from,
                                                    to);
                                    if (reads) {
                                        read(site, channel, begun[0], file, from, to);
                                    } else {
                                        write(site, channel, begun[0], file, from, to);
                                    }
                                });
            } catch (final IOException e) {
                if (!isImpatient) {
                    throw e;
                }
            }
            if (!isDone && begun[0] != null) {
                failed(begun[0]);
            }
        }
    }
}
