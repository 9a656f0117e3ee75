package org.trivet.chaos;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
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
    private static final int TOLD = 60;

    /** One of so many operations is with a file that was left. */
    private static final int LEFT_IN = 20;

    /** By then the session of the mount that was killed is over. */
    private static final Duration LEFT_FOR = Duration.ofSeconds(60);

    private final List<Actor> actors = new ArrayList<>();
    private final List<PrivateFile> files = new ArrayList<>();
    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong bytesCompared = new AtomicLong();
    private final AtomicLong looks = new AtomicLong();
    private final AtomicLong late = new AtomicLong();

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
        return "%d MiB compared, %d looks at what operations of unknown outcome have left, %d of them saw that more had come of one since"
                .formatted(bytesCompared.get() >> 20, looks.get(), late.get());
    }

    /**
     * A file whose last operation is in doubt: at each place it is as before it, or from some time
     * on as after it; null for no file.
     */
    private final class Left {
        private final String name;
        private final byte[] before;
        private final byte[] after;
        private final long sinceNs;
        private byte[] seen;
        private boolean isSeen;

        Left(final String name, final byte[] before, final byte[] after, final long sinceNs) {
            this.name = name;
            this.before = before;
            this.after = after;
            this.sinceNs = sinceNs;
        }

        void look(final byte[] now) {
            if (isSeen && !Arrays.equals(seen, now)) {
                late.incrementAndGet();
            }
            if (now == null) {
                if (before != null && after != null) {
                    throw new ChaosFailure(name + " is missing");
                }
            } else if (before == null && after == null || isSeen && seen == null && after == null) {
                throw new ChaosFailure(name + " is there");
            } else {
                compare(now);
            }
            seen = now;
            isSeen = true;
            looks.incrementAndGet();
        }

        private void compare(final byte[] now) {
            final byte[] old = before == null ? new byte[0] : before;
            final byte[] fresh = after == null ? old : after; // removed wholly, or not
            if (now.length != old.length
                    && (now.length < Math.min(old.length, fresh.length)
                            || now.length > Math.max(old.length, fresh.length))) {
                throw new ChaosFailure(
                        "%s has %d bytes after an operation that ended half way; before it %d, else %d"
                                .formatted(name, now.length, old.length, fresh.length));
            }
            if (seen != null
                    && seen.length != old.length
                    && seen.length == fresh.length
                    && now.length == old.length) {
                throw new ChaosFailure(name + " had its new length, and has the old one again");
            }
            for (int i = 0; i < now.length; i++) {
                final byte one = i < old.length ? old[i] : 0;
                final byte other = i < fresh.length ? fresh[i] : 0;
                if (now[i] != one && now[i] != other) {
                    throw new ChaosFailure(name + ": byte " + i + " is neither old nor new");
                }
                if (seen != null && i < seen.length && seen[i] != one && now[i] == one) {
                    throw new ChaosFailure(name + ": byte " + i + " was new, and is old again");
                }
            }
        }
    }

    /** One file, and what it holds; null if it does not exist. */
    private final class PrivateFile implements Actor {
        private final Site site;
        private final Random random;
        private final Channels channels;
        private final Deque<Left> left = new ArrayDeque<>();
        private int generation;
        private byte[] model;

        /** What it may hold as well, byte by byte, if the last operation has taken effect. */
        private byte[] doubt;

        private boolean isInDoubt;

        /** What was done last, to be told where it does not hold. */
        private final ArrayDeque<String> past = new ArrayDeque<>();

        PrivateFile(final Site site, final Random random) {
            this.site = site;
            this.random = random;
            channels = new Channels(site);
        }

        private String name() {
            return "private-" + site.name() + "-" + generation;
        }

        private void note(final String what) {
            past.add(ChaosRun.clock() + " " + what);
            if (past.size() > TOLD) {
                past.remove();
            }
        }

        @Override
        public void act() throws IOException {
            if (isInDoubt) {
                leave();
            }
            if (!left.isEmpty() && random.nextInt(LEFT_IN) == 0) {
                lookAtLeft();
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
            return channels.get(site.path(name()), Set.of(options));
        }

        /** Does something by which the file will hold something else, as a whole. */
        private void change(final String what, final byte[] after, final Site.Work work)
                throws IOException {
            doubt = after;
            note(what);
            if (site.tries(work)) {
                model = after;
                operations.incrementAndGet();
                note("done");
            } else {
                isInDoubt = true;
                note("in doubt");
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
                    "write [" + at + ", " + (at + bytes.length) + ") of " + size,
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
                                    name() + ": wrote " + written + " bytes of " + bytes.length);
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
                    "truncate to " + size,
                    Arrays.copyOf(model, size),
                    () -> channel(StandardOpenOption.WRITE).truncate(size));
        }

        private void remove() throws IOException {
            change(
                    "remove",
                    null,
                    () -> {
                        channels.close();
                        Files.delete(site.path(name()));
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
                        "%s, read by %s from %d on: %d bytes instead of %d; of the file, byte %d is the first of %d wrong ones: %d, not %d%n%s"
                                .formatted(
                                        name(),
                                        reader.name(),
                                        offset,
                                        found.length,
                                        expected.length,
                                        offset + at,
                                        wrong,
                                        at < found.length ? found[at] : -1,
                                        at < expected.length ? expected[at] : -1,
                                        String.join("\n", past)));
            }
        }

        /**
         * Leaves a file with whose last operation nobody knows what will have become of it: what a
         * killed mount had sent may be done later, until its session is over.
         */
        private void leave() {
            left.add(new Left(name(), model, doubt, System.nanoTime()));
            generation++;
            model = null;
            isInDoubt = false;
        }

        /** Looks at the file that was left longest ago or, in turn, at the others. */
        private void lookAtLeft() throws IOException {
            final Left file = left.remove();
            final boolean isLooked = site.tries(() -> file.look(contents(site, file.name)));
            if (isLooked && System.nanoTime() - file.sinceNs > LEFT_FOR.toNanos()) {
                site.tries(() -> Files.deleteIfExists(site.path(file.name)));
            } else {
                left.add(file);
            }
        }

        /** Null if there is no such file. */
        private byte[] contents(final Site reader, final String file) throws IOException {
            try {
                return Files.readAllBytes(reader.path(file));
            } catch (final NoSuchFileException e) {
                return null;
            }
        }

        void survey(final Site reader) throws IOException {
            if (isInDoubt) {
                leave();
            }
            for (final Left file : left) {
                file.look(contents(reader, file.name));
            }
            final byte[] found = contents(reader, name());
            if ((found == null) != (model == null)) {
                throw new ChaosFailure(
                        "%s, as %s sees it, is %s"
                                .formatted(
                                        name(),
                                        reader.name(),
                                        found == null ? "missing" : "there"));
            }
            if (found != null) {
                compare(reader, model, found, 0);
                operations.incrementAndGet();
            }
        }
    }
}
