package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.ForwardingKeyValueStore;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.StoredEntries;
import org.trivet.store.StoredEntries.Collected;
import org.trivet.store.StoredEntries.Stored;
import org.trivet.store.UnitModel;
import org.trivet.wire.sbe.EntryKind;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * A store in little space, crashed again and again: between two calls of it, or at any call that it
 * makes of its files and its index, also while it recovers from the crash before.
 *
 * <p>A build tries a few hundred seeds, and 100,000 with -Dtrivet.spec.full=true. A failure names
 * its seed, and -Dtrivet.crash.seed=number does that again.
 */
class SegmentCrashTest {
    private static final int SEEDS = Boolean.getBoolean("trivet.spec.full") ? 100_000 : 300;
    private static final long ONLY = Long.getLong("trivet.crash.seed", 0);

    private static final int GROUPS = 2;
    private static final int STRIPS = 5;
    private static final int STRIP_UNITS = 4096;
    private static final byte[] NOTHING = {};

    static LongStream seeds() {
        return LongStream.range(1, 31);
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void syncedIsNeverLostAndNothingUnwrittenAppears(final long seed) {
        new Run(seed, Durability.DISK, false).go(8, 150);
    }

    @ParameterizedTest(name = "seed={0}")
    @MethodSource("seeds")
    void writtenSurvivesTheProcessAndALostIndexIsRebuilt(final long seed) {
        new Run(seed, Durability.PROCESS, true).go(8, 150);
    }

    @Test
    void crashedAtAnyCallNothingSyncedIsLostAndNothingUnwrittenAppears() {
        final long beganNs = System.nanoTime();
        final long[] crashes = new long[3];
        for (long seed = ONLY == 0 ? 1 : ONLY; seed <= (ONLY == 0 ? SEEDS : ONLY); seed++) {
            final Durability durability = Durability.values()[(int) (seed & 1)];
            final Run run = new Run(seed, durability, seed % 3 == 0);
            try {
                run.crashAtCalls();
                run.go(3, 40);
            } catch (final RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
            crashes[0] += run.crashesAtFiles;
            crashes[1] += run.crashesAtIndex;
            crashes[2] += run.crashesInRecovery;
        }
        final double seconds = (System.nanoTime() - beganNs) / 1e9;
        if (ONLY == 0) {
            System.out.printf(
                    "%,d seeds, %.0f a second; crashes at calls of files %,d, of the index %,d,"
                            + " in recovery %,d%n",
                    SEEDS, SEEDS / seconds, crashes[0], crashes[1], crashes[2]);
            for (final long count : crashes) {
                assertTrue(count > SEEDS / 20, "of each kind there are some");
            }
        }
    }

    /** The process ends here. */
    private static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Ends the process before, or after, a commit. */
    private static final class CrashingIndex extends ForwardingKeyValueStore {
        private final Runnable call;
        private final Runnable committed;

        private CrashingIndex(
                final KeyValueStore under, final Runnable call, final Runnable committed) {
            super(under);
            this.call = call;
            this.committed = committed;
        }

        @Override
        public void commit() {
            call.run();
            super.commit();
            committed.run();
            call.run();
        }
    }

    private static final class Run {
        private static final int NEVER = -1;
        private static final int MOST_CALLS = 120;
        private static final int MOST_CALLS_OF_RECOVERY = 60;

        private int crashesAtFiles;
        private int crashesAtIndex;
        private int crashesInRecovery;
        private boolean atCalls;

        /** Calls until the process ends. */
        private int callsLeft = NEVER;

        private boolean crashed;
        private final Random random;
        private final Durability durability;
        private final boolean loseIndex;
        private final MemoryFileLayer layer = new MemoryFileLayer(12 << 20);
        private final SegmentBlockStoreTest.MemoryIndex index =
                new SegmentBlockStoreTest.MemoryIndex();
        private final StoredEntries entries = new StoredEntries();
        private final UnitModel model = new UnitModel();
        private final Map<Long, Stored> appended = new HashMap<>();
        private final ArrayDeque<Stored> unapplied = new ArrayDeque<>();
        private final TreeMap<Long, Integer> statePositions = new TreeMap<>();
        private SegmentBlockStore store;
        private final Set<Long> holes = new HashSet<>();
        private long version;
        private long appliedVersion;
        private long nowNs;
        private int states;
        private long syncedAtCrash;
        private boolean indexCommitted;

        Run(final long seed, final Durability durability, final boolean loseIndex) {
            random = new Random(seed);
            this.durability = durability;
            this.loseIndex = loseIndex;
        }

        void go(final int crashes, final int operations) {
            open();
            assertTrue(store.created());
            store.recover(new Collected());
            for (int i = 0; i < crashes; i++) {
                if (atCalls) {
                    callsLeft = 1 + random.nextInt(MOST_CALLS);
                }
                operateUntilItCrashes(random.nextInt(operations));
                crash();
            }
            callsLeft = NEVER;
            finish();
        }

        void crashAtCalls() {
            atCalls = true;
            layer.faults((call, name, offset, length) -> call(true));
        }

        private void call(final boolean ofFiles) {
            if (!crashed && callsLeft != NEVER && --callsLeft == 0) {
                crashed = true;
                crashesAtFiles += ofFiles ? 1 : 0;
                crashesAtIndex += ofFiles ? 0 : 1;
            }
            if (crashed) {
                throw new Crash();
            }
        }

        private void operateUntilItCrashes(final int operations) {
            try {
                for (int j = operations; j >= 0 && !crashed; j--) {
                    operate();
                }
            } catch (final Crash e) {
                assertTrue(crashed);
            }
        }

        /** Recovers, if need be in several attempts; tells what survived all crashes. */
        private long recover(final long survives, final Collected[] told) {
            long least = survives;
            while (true) {
                crashed = false;
                callsLeft =
                        atCalls && random.nextBoolean()
                                ? 1 + random.nextInt(MOST_CALLS_OF_RECOVERY)
                                : NEVER;
                final Collected collected = new Collected();
                try {
                    open();
                    store.recover(collected);
                    callsLeft = NEVER;
                    told[0] = collected;
                    return least;
                } catch (final Crash e) {
                    crashesInRecovery++;
                    if (random.nextBoolean()) {
                        layer.losePower(random);
                        least = Math.min(least, syncedAtCrash);
                    }
                }
            }
        }

        private KeyValueStoreProvider provider() {
            return new KeyValueStoreProvider() {
                @Override
                public KeyValueStore open() {
                    return new CrashingIndex(
                            index.open(), () -> call(false), () -> indexCommitted = true);
                }

                @Override
                public void putAside() {
                    index.putAside();
                }
            };
        }

        private void open() {
            store =
                    SegmentBlockStore.open(
                            layer,
                            provider(),
                            SegmentBlockStoreTest.config(10 << 20, durability),
                            () -> nowNs);
        }

        private void operate() {
            switch (random.nextInt(8)) {
                case 0 -> work();
                case 1 -> apply(random.nextInt(1 + unapplied.size()));
                case 2 -> checkpoint();
                case 3 -> {
                    final byte[] state = ("state " + ++states).getBytes(StandardCharsets.US_ASCII);
                    statePositions.put(
                            store.saveState(1, new UnsafeBuffer(state), 0, state.length), states);
                }
                default -> append();
            }
        }

        private void append() {
            final int group = random.nextInt(GROUPS);
            final long dataId = random.nextInt(STRIPS);
            final long first = random.nextInt(STRIP_UNITS);
            final boolean trim = random.nextInt(6) == 0;
            final int length = 1 + random.nextInt(random.nextInt(4) == 0 ? 60_000 : 4_000);
            version++;
            final Stored entry =
                    trim
                            ? entries.append(
                                    store,
                                    EntryKind.TRIM,
                                    group,
                                    version,
                                    dataId,
                                    first,
                                    random.nextInt(3) == 0
                                            ? Long.MAX_VALUE
                                            : first + random.nextInt(1000),
                                    version,
                                    random.nextBoolean()
                                            ? NOTHING
                                            : StoredEntries.bytes(random, 64))
                            : entries.write(
                                    store,
                                    group,
                                    version,
                                    dataId,
                                    first,
                                    StoredEntries.bytes(random, length));
            if (entry == null) {
                makeRoom();
                return;
            }
            appended.put(entry.position(), entry);
            unapplied.add(entry);
        }

        private void makeRoom() {
            for (int i = 0; i < 60; i++) {
                work();
                apply(Integer.MAX_VALUE);
                checkpoint();
            }
            for (long dataId = 0; store.freeBytes() < 100_000 && dataId < STRIPS; dataId++) {
                version++;
                final Stored trim =
                        entries.append(
                                store,
                                EntryKind.TRIM,
                                0,
                                version,
                                dataId,
                                0,
                                Long.MAX_VALUE,
                                version,
                                NOTHING);
                assertNotNull(trim, "a full store takes trims");
                appended.put(trim.position(), trim);
                unapplied.add(trim);
                for (int i = 0; i < 60; i++) {
                    work();
                    apply(Integer.MAX_VALUE);
                    checkpoint();
                }
            }
            assertTrue(store.freeBytes() > 0, "trims make room");
        }

        private void work() {
            nowNs += 30_000_000L;
            store.doWork(nowNs);
            if (crashed) {
                throw new Crash();
            }
            assertNull(store.failure());
        }

        private void apply(final int count) {
            for (int i = 0; i < count && !unapplied.isEmpty(); i++) {
                if (unapplied.peek().position() >= store.syncedPosition()) {
                    return;
                }
                final Stored entry = unapplied.remove();
                entry.applyTo(store);
                model.apply(entry);
                appliedVersion = entry.version();
            }
        }

        private void checkpoint() {
            store.checkpoint(
                    unapplied.isEmpty() ? store.endPosition() : unapplied.peek().position());
        }

        private void crash() {
            final boolean power = random.nextBoolean();
            final long synced = store.syncedPosition();
            final long written = store.writtenPosition();
            syncedAtCrash = synced;
            if (power) {
                layer.losePower(random);
            }
            final boolean lost = loseIndex && random.nextInt(3) == 0;
            if (lost) {
                index.putAside();
                indexCommitted = false;
            }
            final Collected[] recovered = new Collected[1];
            final long survives = recover(power ? synced : written, recovered);
            final Collected collected = recovered[0];
            assertEquals(!indexCommitted && !store.created(), store.indexRebuilt());
            collected.damaged.addAll(collected.damagedEntries);
            collected.damaged.forEach(
                    position ->
                            assertTrue(
                                    holes.contains(position) || position >= synced,
                                    () -> "damage at " + position + ", synced up to " + synced));
            holes.addAll(
                    collected.damaged); // what a loss of power left is told whenever that place is
            // read again
            final Map<Long, Stored> told = new HashMap<>();
            long previous = 0;
            for (final Stored entry : collected.entries) {
                assertTrue(entry.position() > previous, "told in order");
                previous = entry.position();
                told.put(entry.position(), entry);
                // What the cleaner copied is not told: it may have been removed since.
                final Stored original = appended.get(entry.position());
                assertNotNull(original, () -> "never appended: " + entry);
                assertTrue(original.sameAs(entry));
            }
            unapplied.stream()
                    .filter(each -> each.position() < survives)
                    .forEach(
                            each -> {
                                assertTrue(
                                        told.containsKey(each.position()), () -> "lost: " + each);
                            });
            checkState(collected, survives);
            unapplied.clear();
            for (final Stored entry : collected.entries) {
                entry.applyTo(store);
                if (entry.version() > appliedVersion) {
                    model.apply(entry);
                }
            }
            appliedVersion = version;
            store.checkpoint(store.endPosition());
            compare();
        }

        private void checkState(final Collected collected, final long survives) {
            final Map.Entry<Long, Integer> kept = statePositions.lowerEntry(survives);
            if (kept != null) {
                final String state = collected.states.get(1);
                assertNotNull(state, "the state is lost");
                assertTrue(
                        Integer.parseInt(state.substring("state ".length())) >= kept.getValue(),
                        () -> "an older state: " + state);
            }
            final String told = collected.states.get(1);
            final int number =
                    told == null ? 0 : Integer.parseInt(told.substring("state ".length()));
            statePositions.tailMap(survives, true).values().removeIf(each -> each > number);
        }

        private void compare() {
            for (int group = 0; group < GROUPS; group++) {
                for (long dataId = 0; dataId < STRIPS; dataId++) {
                    model.assertHolds(store, group, dataId, 0, 2 * STRIP_UNITS);
                }
            }
        }

        private void finish() {
            for (int i = 0; i < 20; i++) {
                work();
                apply(Integer.MAX_VALUE);
                checkpoint();
            }
            assertTrue(unapplied.isEmpty());
            compare();
            store.close();
        }
    }
}
