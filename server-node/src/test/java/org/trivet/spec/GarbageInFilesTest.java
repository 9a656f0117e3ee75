package org.trivet.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * One part of one file of a volume that is down is damaged, whichever and however: at the next
 * start all is there, by the other members, copies and journals. Never does the process crash or
 * hang, give a wrong byte, or lose a change that it has acknowledged before it ended, cleanly or
 * not. Each start is a process of its own; of all kinds of files there are, each has its turn.
 */
@Timeout(value = 1800, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GarbageInFilesTest {
    private static final int MOST_AT_THE_BEGINNING = 2 << 20;

    @TempDir private Path parent;

    private enum Damage {
        GARBAGE,
        GARBAGE_AT_THE_BEGINNING,
        ZEROS,
        ZEROS_AT_THE_BEGINNING,
        A_BIT,
        CUT_SHORT,
        EMPTY,
        GONE
    }

    /** One with few rounds; many with -Dtrivet.spec.full=true, which takes a quarter of an hour. */
    static LongStream seeds() {
        return isFull() ? LongStream.range(1, 13) : LongStream.of(1);
    }

    private static boolean isFull() {
        return Boolean.getBoolean("trivet.spec.full");
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void whatIsDamagedWhileItIsDownIsMendedAndNothingIsLost(final long seed) throws Exception {
        final Path path = parent.resolve("volume");
        final Random random = new Random(seed);
        final List<String> kinds = new ArrayList<>();
        final List<String> done = new ArrayList<>();
        final int rounds = isFull() ? 40 : 14;
        for (int round = 0; round < rounds; round++) {
            final Process process = GarbageRound.start(path, seed, round);
            final List<String> lines = process.inputReader().lines().toList();
            final int exitCode = process.waitFor();
            assertEquals(List.of("good"), lines, () -> "after " + done);
            assertEquals(0, exitCode, () -> "after " + done);

            final Map<String, List<Path>> files = files(path);
            kinds.retainAll(files.keySet());
            if (kinds.isEmpty()) {
                kinds.addAll(files.keySet());
                Collections.shuffle(kinds, random);
            }
            final List<Path> ofKind = files.get(kinds.removeLast());
            final Path file = ofKind.get(random.nextInt(ofKind.size()));
            final Damage damage = Damage.values()[random.nextInt(Damage.values().length)];
            damage(file, damage, random);
            done.add(path.relativize(file) + " " + damage);
        }
        assertTrue(done.size() == rounds);
    }

    /** The files of a volume, by what they are for. */
    private static Map<String, List<Path>> files(final Path path) throws IOException {
        final Map<String, List<Path>> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(path)) {
            for (final Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                final String name = path.relativize(file).toString();
                if (!name.contains(".lost") && !name.contains(".unusable")) {
                    found.computeIfAbsent(
                                    name.replaceAll("node-\\d+", "node")
                                            .replaceAll("[0-9a-f]{8,16}", "n"),
                                    kind -> new ArrayList<>())
                            .add(file);
                }
            }
        }
        return found;
    }

    private static void damage(final Path file, final Damage damage, final Random random)
            throws IOException {
        if (damage == Damage.GONE) {
            Files.delete(file);
            return;
        }
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            final int length = (int) access.length();
            switch (damage) {
                case CUT_SHORT -> access.setLength(length == 0 ? 0 : place(length, random));
                case EMPTY -> access.setLength(0);
                case A_BIT -> {
                    if (length > 0) {
                        final int at = place(length, random);
                        access.seek(at);
                        final int old = access.read();
                        access.seek(at);
                        access.write(old ^ 1 << random.nextInt(8));
                    }
                }
                default -> overwrite(access, length, damage, random);
            }
        }
    }

    private static void overwrite(
            final RandomAccessFile access,
            final int length,
            final Damage damage,
            final Random random)
            throws IOException {
        if (length == 0) {
            return;
        }
        final boolean beginning =
                damage == Damage.GARBAGE_AT_THE_BEGINNING
                        || damage == Damage.ZEROS_AT_THE_BEGINNING;
        final int at = beginning ? 0 : place(length, random);
        final int most = Math.min(length - at, MOST_AT_THE_BEGINNING);
        final byte[] bytes = new byte[1 + place(most, random)];
        if (damage == Damage.GARBAGE || damage == Damage.GARBAGE_AT_THE_BEGINNING) {
            random.nextBytes(bytes);
        }
        access.seek(at);
        access.write(bytes);
    }

    /** A place below a limit, of all magnitudes: most of a journal is not written yet. */
    private static int place(final int limit, final Random random) {
        return random.nextInt(1 + random.nextInt(1 + random.nextInt(limit)));
    }
}
