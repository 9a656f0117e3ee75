package org.trivet.chaos;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * For each site a file that only one thread there changes: what it holds is known, byte by byte. On
 * a mount it goes through the page cache.
 */
final class PrivateFiles implements Workload {
    private static final int MAX_LENGTH = 300_000;
    private static final int MAX_WRITE = 40_000;

    private final List<Actor> actors = new ArrayList<>();
    private final List<PrivateFile> files = new ArrayList<>();
    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong bytesCompared = new AtomicLong();
    private final AtomicLong resolved = new AtomicLong();

    PrivateFiles(final Collection<Site> sites, final SplittableRandom seeds) {
        for (final Site site : sites) {
            final PrivateFile file = new PrivateFile(site, new Random(seeds.nextLong()));
            files.add(file);
            actors.add(file);
        }
    }

    @Override
    public String name() {
        return "private files";
    }

    @Override
    public List<Actor> actors() {
        return actors;
    }

    @Override
    public void prepare(final Site site) {
        // each file is made by its owner
    }

    @Override
    public void survey(final Site site) throws IOException {
        for (final PrivateFile file : files) {
            file.survey(site);
        }
    }

    @Override
    public void check() {
        // everything was compared when it was read
    }

    @Override
    public long operations() {
        return operations.get();
    }

    @Override
    public String details() {
        return "%d MiB compared, %d operations of unknown outcome found whole or not at all, unit by unit"
                .formatted(bytesCompared.get() >> 20, resolved.get());
    }

    /** One file, and what it holds; null if it does not exist. */
    private final class PrivateFile implements Actor {
        private final Site site;
        private final String name;
        private final Random random;
        private final Channels channels;
        private byte[] model;

        /** What it may hold as well, byte by byte, if the last operation has taken effect. */
        private byte[] doubt;

        private boolean isInDoubt;

        PrivateFile(final Site site, final Random random) {
            this.site = site;
            this.name = "private-" + site.name();
            this.random = random;
            channels = new Channels(site);
        }

        @Override
        public void act() throws IOException {
            if (isInDoubt) {
                resolve();
                return;
            }
            final int choice = random.nextInt(100);
            if (model == null || choice < 40) {
                write();
            } else if (choice < 85) {
                read();
            } else if (choice < 94) {
                truncate();
            } else if (choice < 96) {
                remove();
            } else {
                sync();
            }
        }

        private SeekableByteChannel channel(final OpenOption... options) throws IOException {
            return channels.get(site.path(name), Set.of(options));
        }

        /** Does something by which the file will hold something else, as a whole. */
        private void change(final byte[] after, final Site.Work work) throws IOException {
            doubt = after;
            if (site.tries(work)) {
                model = after;
                operations.incrementAndGet();
            } else {
                isInDoubt = true;
            }
        }

        private void write() throws IOException {
            final int size = model == null ? 0 : model.length;
            final int at = random.nextInt(Math.min(size + 20_000, MAX_LENGTH));
            final byte[] bytes = new byte[1 + random.nextInt(random.nextInt(MAX_WRITE) + 1)];
            random.nextBytes(bytes);
            final byte[] after =
                    Arrays.copyOf(
                            model == null ? new byte[0] : model, Math.max(size, at + bytes.length));
            System.arraycopy(bytes, 0, after, at, bytes.length);
            final boolean isNew = model == null;
            change(
                    after,
                    () -> {
                        final SeekableByteChannel channel =
                                isNew
                                        ? channel(
                                                StandardOpenOption.WRITE,
                                                StandardOpenOption.CREATE_NEW)
                                        : channel(StandardOpenOption.WRITE);
                        final int written = channel.position(at).write(ByteBuffer.wrap(bytes));
                        if (written != bytes.length) {
                            throw new IOException(
                                    name + ": wrote " + written + " bytes of " + bytes.length);
                        }
                        if (isNew) {
                            channels.close();
                        }
                    });
        }

        private void truncate() throws IOException {
            if (model.length == 0) {
                return;
            }
            final int size = random.nextInt(10) == 0 ? 0 : random.nextInt(model.length);
            change(
                    Arrays.copyOf(model, size),
                    () -> channel(StandardOpenOption.WRITE).truncate(size));
        }

        private void remove() throws IOException {
            change(
                    null,
                    () -> {
                        channels.close();
                        Files.delete(site.path(name));
                    });
        }

        private void sync() throws IOException {
            final boolean isDone =
                    site.tries(
                            () -> {
                                if (channel(StandardOpenOption.WRITE)
                                        instanceof final FileChannel file) {
                                    file.force(true);
                                }
                            });
            if (isDone) {
                operations.incrementAndGet();
            }
        }

        private void read() throws IOException {
            final int at = random.nextInt(model.length + 1);
            final int length = 1 + random.nextInt(MAX_WRITE);
            final ByteBuffer bytes = ByteBuffer.allocate(length);
            final boolean isDone =
                    site.tries(() -> fill(channel(StandardOpenOption.READ).position(at), bytes));
            if (isDone) {
                compare(
                        site,
                        Arrays.copyOfRange(model, at, Math.min(model.length, at + length)),
                        Arrays.copyOf(bytes.array(), bytes.position()),
                        at);
                operations.incrementAndGet();
            }
        }

        private void fill(final SeekableByteChannel channel, final ByteBuffer bytes)
                throws IOException {
            while (bytes.hasRemaining() && channel.read(bytes) > 0) {
                // a read may give less than there is
            }
        }

        private void compare(
                final Site reader, final byte[] expected, final byte[] found, final int offset) {
            bytesCompared.addAndGet(found.length);
            final int at = Arrays.mismatch(expected, found);
            if (at >= 0) {
                int wrong = 0;
                for (int i = at; i < Math.min(expected.length, found.length); i++) {
                    wrong += expected[i] != found[i] ? 1 : 0;
                }
                throw new ChaosFailure(
                        "%s, read by %s from %d on: %d bytes instead of %d; of the file, byte %d is the first of %d wrong ones: %d, not %d"
                                .formatted(
                                        name,
                                        reader.name(),
                                        offset,
                                        found.length,
                                        expected.length,
                                        offset + at,
                                        wrong,
                                        at < found.length ? found[at] : -1,
                                        at < expected.length ? expected[at] : -1));
            }
        }

        /** Finds out what became of the operation in doubt. */
        private void resolve() throws IOException {
            final byte[][] found = new byte[1][];
            if (!site.tries(() -> found[0] = contents(site))) {
                return; // next time
            }
            final byte[] before = model == null ? new byte[0] : model;
            final byte[] after = doubt == null ? before : doubt; // removed wholly, or not
            final byte[] now = found[0];
            if (now == null ? model != null && doubt != null : doubt == null && model == null) {
                throw new ChaosFailure(name + " is there, and should not be, or is not");
            }
            if (now != null) {
                final int least = Math.min(before.length, after.length);
                final int most = Math.max(before.length, after.length);
                if (now.length < least || now.length > most) {
                    throw new ChaosFailure(
                            "%s has %d bytes after an operation that ended half way; before it %d, else %d"
                                    .formatted(name, now.length, before.length, after.length));
                }
                for (int i = 0; i < now.length; i++) {
                    final byte old = i < before.length ? before[i] : 0;
                    final byte fresh = i < after.length ? after[i] : 0;
                    if (now[i] != old && now[i] != fresh) {
                        throw new ChaosFailure(name + ": byte " + i + " is neither old nor new");
                    }
                }
            }
            model = now;
            isInDoubt = false;
            resolved.incrementAndGet();
        }

        /** Null if there is no such file. */
        private byte[] contents(final Site reader) throws IOException {
            try {
                return Files.readAllBytes(reader.path(name));
            } catch (final NoSuchFileException e) {
                return null;
            }
        }

        void survey(final Site reader) throws IOException {
            if (isInDoubt) {
                resolve();
            }
            final byte[] found = contents(reader);
            if ((found == null) != (model == null)) {
                throw new ChaosFailure(
                        "%s, as %s sees it, is %s"
                                .formatted(
                                        name, reader.name(), found == null ? "missing" : "there"));
            }
            if (found != null) {
                compare(reader, model, found, 0);
                operations.incrementAndGet();
            }
        }
    }
}
