package org.trivet.spec;

import org.trivet.TrivetException;
import org.trivet.spec.Volume.Shape;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * One round in the life of a volume, in a process of its own: it is started, must hold what all
 * rounds before this one have left, gets some changes, and ends: cleanly, or as if it were killed.
 * Prints "good", or what is not.
 */
final class GarbageRound {
    private static final Shape SHAPE = new Shape(4, 4096);
    private static final int CHANGES = 6;
    private static final int NAMES = 8;
    private static final int MAX_LENGTH = 150_000;

    private final long seed;

    /** What the files must hold. */
    private final Map<String, byte[]> expected = new TreeMap<>();

    private GarbageRound(final long seed) {
        this.seed = seed;
    }

    static Process start(final Path path, final long seed, final int round) throws Exception {
        return VolumeProcess.start(
                GarbageRound.class, path.toString(), Long.toString(seed), Integer.toString(round));
    }

    public static void main(final String[] args) throws Exception {
        final int number = Integer.parseInt(args[2]);
        final GarbageRound round = new GarbageRound(Long.parseLong(args[1]));
        for (int before = 0; before < number; before++) {
            round.change(before, null);
        }
        try (Volume volume = new Volume(SHAPE, Path.of(args[0]))) {
            System.out.println(round.verify(volume));
            round.change(number, volume);
            if (isKilled(round.seed, number)) {
                System.out.flush();
                Runtime.getRuntime().halt(0);
            }
        } catch (final TrivetException e) {
            System.out.println("refused: " + e.getMessage());
        }
        System.exit(0);
    }

    private static boolean isKilled(final long seed, final int round) {
        return new Random(seed * 31 + round).nextBoolean();
    }

    private String verify(final Volume volume) throws Exception {
        final List<String> names = new ArrayList<>();
        volume.files.list("/").forEach(name -> names.add("/" + name));
        names.sort(null);
        if (!names.equals(List.copyOf(expected.keySet()))) {
            return "names " + names + " for " + expected.keySet();
        }
        for (final Map.Entry<String, byte[]> each : expected.entrySet()) {
            final byte[] found = volume.files.read(each.getKey());
            if (!Arrays.equals(each.getValue(), found)) {
                return "wrong bytes in "
                        + each.getKey()
                        + " at "
                        + Arrays.mismatch(each.getValue(), found);
            }
        }
        volume.mustAllBeGood();
        volume.await("all copies are good", () -> volume.cluster.verify().differences().isEmpty());
        return "good";
    }

    /** Makes the changes of a round, of a volume too if there is one. */
    private void change(final int round, final Volume volume) {
        final Random random = new Random(seed * 1_000_003 + round);
        for (int i = 0; i < CHANGES; i++) {
            final String name = "/f" + random.nextInt(NAMES);
            final String other = "/f" + random.nextInt(NAMES);
            final byte[] bytes = new byte[random.nextInt(MAX_LENGTH)];
            random.nextBytes(bytes);
            switch (random.nextInt(5)) {
                case 0 -> {
                    if (expected.remove(name) != null && volume != null) {
                        volume.files.delete(name);
                    }
                }
                case 1 -> {
                    if (!name.equals(other) && expected.containsKey(name)) {
                        expected.put(other, expected.remove(name));
                        if (volume != null) {
                            volume.files.rename(name, other);
                        }
                    }
                }
                default -> {
                    expected.put(name, bytes);
                    if (volume != null) {
                        volume.files.write(name, bytes);
                    }
                }
            }
        }
    }
}
