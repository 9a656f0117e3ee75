package org.trivet.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Names that come, change and go, as others see it: for each site a directory that only one thread
 * there changes; and names that several sites try to make, of which one must succeed.
 *
 * <p>Clients must see at once what was done, mounts when what the kernel knew is a second old.
 */
final class Names implements Workload {
    private static final int MAX_FILES = 12;
    private static final int TOKEN_PERCENT = 10;
    private static final long LOOK_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long KERNEL_KNOWS_NS = TimeUnit.MILLISECONDS.toNanos(1100);

    private final List<Site> sites;
    private final List<NameActor> actors = new ArrayList<>();
    private final AtomicInteger tokens = new AtomicInteger();
    private final Map<Integer, AtomicInteger> winners = new ConcurrentHashMap<>();

    /** Tokens of which a site does not know whether it made them. */
    private final Map<Integer, Boolean> inDoubt = new ConcurrentHashMap<>();

    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong looks = new AtomicLong();
    private boolean isPrepared;

    Names(final List<Site> sites, final SplittableRandom seeds) {
        this.sites = sites;
        for (final Site site : sites) {
            actors.add(new NameActor(site, new Random(seeds.nextLong())));
        }
    }

    @Override
    public String name() {
        return "names";
    }

    @Override
    public List<Actor> actors() {
        return List.copyOf(actors);
    }

    @Override
    public void prepare(final Site site) throws IOException {
        if (!isPrepared) {
            isPrepared = true;
            Files.createDirectory(site.path("tokens"));
            for (final Site each : sites) {
                Files.createDirectory(site.path("names-" + each.name()));
            }
        }
    }

    @Override
    public void survey(final Site site) throws IOException {
        for (final NameActor actor : actors) {
            actor.survey(site);
        }
    }

    @Override
    public void check() {
        winners.forEach(
                (token, count) -> {
                    if (count.get() > 1 || count.get() == 0 && !inDoubt.containsKey(token)) {
                        throw new ChaosFailure(
                                "token %d was made by %d sites".formatted(token, count.get()));
                    }
                });
    }

    @Override
    public long operations() {
        return operations.get();
    }

    @Override
    public String details() {
        return looks.get() + " looks by others, " + winners.size() + " names made in a race";
    }

    private static boolean exists(final Path path) throws IOException {
        try {
            Files.readAttributes(path, BasicFileAttributes.class);
            return true;
        } catch (final NoSuchFileException e) {
            return false;
        }
    }

    /** One thread at one site. */
    private final class NameActor implements Actor {
        private final Site site;
        private final Random random;
        private final String directory;
        private final TreeMap<String, String> model = new TreeMap<>();

        /** What there is if the operation in doubt has taken effect. */
        private TreeMap<String, String> doubt;

        private int count;

        NameActor(final Site site, final Random random) {
            this.site = site;
            this.random = random;
            directory = "names-" + site.name();
        }

        @Override
        public void act() throws IOException {
            if (doubt != null) {
                resolve();
            } else if (random.nextInt(100) < TOKEN_PERCENT) {
                race();
            } else {
                change();
            }
        }

        private String any() {
            return new ArrayList<>(model.keySet()).get(random.nextInt(model.size()));
        }

        private void change() throws IOException {
            final int choice = random.nextInt(100);
            final TreeMap<String, String> after = new TreeMap<>(model);
            final String changed;
            final String other;
            final Site.Work work;
            if (model.isEmpty() || model.size() < MAX_FILES && choice < 45) {
                changed = "n" + ++count;
                other = null;
                final String content = changed + " of " + site.name();
                after.put(changed, content);
                work =
                        () ->
                                Files.write(
                                        path(site, changed),
                                        content.getBytes(StandardCharsets.US_ASCII),
                                        StandardOpenOption.CREATE_NEW);
            } else if (choice < 75) {
                changed = any();
                other = random.nextInt(3) == 0 ? any() : "n" + ++count;
                after.put(other, after.remove(changed));
                work =
                        () ->
                                Files.move(
                                        path(site, changed),
                                        path(site, other),
                                        StandardCopyOption.ATOMIC_MOVE);
            } else {
                changed = any();
                other = null;
                after.remove(changed);
                work = () -> Files.delete(path(site, changed));
            }
            if (!site.tries(work)) {
                doubt = after;
                return;
            }
            final long doneNs = System.nanoTime();
            model.clear();
            model.putAll(after);
            operations.incrementAndGet();
            final Site observer = sites.get(random.nextInt(sites.size()));
            look(observer, changed, doneNs);
            if (other != null) {
                look(observer, other, doneNs);
            }
        }

        private Path path(final Site from, final String name) {
            return from.path(directory + "/" + name);
        }

        private void look(final Site observer, final String name, final long doneNs)
                throws IOException {
            final boolean expected = model.containsKey(name);
            while (true) {
                final long beganNs = System.nanoTime();
                final boolean[] found = new boolean[1];
                if (!observer.tries(() -> found[0] = exists(path(observer, name)))) {
                    return;
                }
                looks.incrementAndGet();
                if (found[0] == expected) {
                    return;
                }
                if (!observer.isMount() || beganNs - doneNs > KERNEL_KNOWS_NS) {
                    throw new ChaosFailure(
                            "%s/%s is %s for %s, %d ms after it was %s"
                                    .formatted(
                                            directory,
                                            name,
                                            found[0] ? "there" : "missing",
                                            observer.name(),
                                            (beganNs - doneNs) / 1_000_000,
                                            expected ? "made" : "removed"));
                }
                LockSupport.parkNanos(LOOK_PAUSE_NS);
            }
        }

        /** Makes a name that others try to make as well. */
        private void race() throws IOException {
            final int token =
                    random.nextInt(sites.size()) == 0
                            ? tokens.incrementAndGet()
                            : Math.max(1, tokens.get());
            final Path path = site.path("tokens/" + token);
            final AtomicInteger count = winners.computeIfAbsent(token, _ -> new AtomicInteger());
            final boolean[] wins = new boolean[1];
            final boolean isDone =
                    site.tries(
                            () -> {
                                try {
                                    Files.createFile(path);
                                    wins[0] = true;
                                } catch (final FileAlreadyExistsException e) {
                                    wins[0] = false;
                                }
                            });
            if (isDone) {
                operations.incrementAndGet();
            } else {
                inDoubt.put(token, true);
            }
            if (wins[0]) {
                count.incrementAndGet();
            }
        }

        private TreeMap<String, String> list(final Site from) throws IOException {
            final TreeMap<String, String> found = new TreeMap<>();
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(from.path(directory))) {
                for (final Path entry : entries) {
                    found.put(entry.getFileName().toString(), Files.readString(entry));
                }
            }
            return found;
        }

        /** Finds out what became of the operation in doubt. */
        private void resolve() throws IOException {
            final List<TreeMap<String, String>> found = new ArrayList<>();
            if (!site.tries(() -> found.add(list(site)))) {
                return; // next time
            }
            final TreeMap<String, String> now = found.getFirst();
            // A file may have been made, and not been written.
            final TreeMap<String, String> half = new TreeMap<>(doubt);
            half.replaceAll((name, content) -> model.containsKey(name) ? content : "");
            if (!now.equals(model) && !now.equals(doubt) && !now.equals(half)) {
                throw new ChaosFailure(
                        "%s holds %s; it should be %s or %s"
                                .formatted(directory, now, model, doubt));
            }
            model.clear();
            model.putAll(now);
            doubt = null;
        }

        void survey(final Site from) throws IOException {
            if (doubt != null) {
                resolve();
            }
            final TreeMap<String, String> found = list(from);
            if (!found.equals(model)) {
                throw new ChaosFailure(
                        "%s, as %s sees it, holds %s; it should be %s"
                                .formatted(directory, from.name(), found, model));
            }
            looks.incrementAndGet();
        }
    }
}
