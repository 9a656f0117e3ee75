package org.trivet.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.trivet.wire.MessageShapes;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Damaged messages are thrown at a data node, at the metadata node and at a client. They do
 * nothing: nothing is thrown, answered, remembered or allocated, and each counts as refused once.
 * Messages that are whole, but make no sense, do no harm.
 *
 * <p>With -Dtrivet.spec.full=true there are ten million of them for each. A failure names its
 * batch: -Dtrivet.fuzz.batch=number does it again, and -Dtrivet.fuzz.seed=number begins with
 * another one.
 */
@Timeout(value = 7200, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedMessagesTest {
    private static final boolean FULL = Boolean.getBoolean("trivet.spec.full");
    private static final long SEED = Long.getLong("trivet.fuzz.seed", 1);
    private static final Long BATCH = Long.getLong("trivet.fuzz.batch");
    private static final long MAX_MORE_HEAP = 24L << 20;

    /** Who is thrown at, and how often. */
    enum Receiver {
        DATA_NODE(Target::dataNode, FULL ? 10_000_000 : 100_000),
        METADATA_NODE(Target::metadataNode, FULL ? 10_000_000 : 50_000),
        CLIENT(Target::client, FULL ? 10_000_000 : 50_000);

        private final Supplier<Target.Kind> kind;
        private final long messages;

        Receiver(final Supplier<Target.Kind> kind, final long messages) {
            this.kind = kind;
            this.messages = messages;
        }
    }

    @ParameterizedTest
    @EnumSource
    void damagedMessagesDoNothingButCount(final Receiver receiver) {
        final Bombardment bombardment = new Bombardment(receiver.kind.get());
        if (BATCH != null) {
            bombardment.batch(BATCH);
            return;
        }
        bombardment.run(Bombardment.BATCH, SEED + 1); // so that what is used is loaded
        final long heap = usedHeap();
        final long beganNs = System.nanoTime();
        bombardment.run(receiver.messages, SEED);
        final double seconds = (System.nanoTime() - beganNs) / 1e9;
        final long more = usedHeap() - heap;
        System.out.printf(
                "%s: seed %d: %,d damaged messages refused, %,d that were whole taken (%,d of them"
                        + " refused), in %.1f s: %,.0f a second; %,d KiB of heap more%n",
                receiver,
                SEED,
                bombardment.damaged,
                bombardment.whole,
                bombardment.refusedWhole,
                seconds,
                (bombardment.damaged + bombardment.whole) / seconds,
                more / 1024);
        for (final Damage damage : Damage.values()) {
            final long[] count = bombardment.tally[damage.ordinal()];
            System.out.printf("  %-14s %,12d damaged %,12d whole%n", damage, count[0], count[1]);
        }
        assertTrue(more < MAX_MORE_HEAP, more + " bytes of heap more");
    }

    private static long usedHeap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Each kind of message that a receiver takes is among those that are thrown. */
    @ParameterizedTest
    @EnumSource
    void eachKindOfMessageIsSentInEarnestOrForged(final Receiver receiver) {
        final Schema schema = Schema.load();
        final Random random = new Random(SEED);
        for (final Forge forge : new Bombardment(receiver.kind.get()).forges()) {
            final Set<String> missing = new TreeSet<>();
            forge.kinds().forEach(kind -> missing.add(kind.name()));
            assertFalse(missing.isEmpty());
            for (int i = 0; i < 10_000 && !missing.isEmpty(); i++) {
                missing.remove(schema.of(new UnsafeBuffer(forge.next(random))).name());
            }
            assertEquals(Set.of(), missing);
        }
    }

    /** The table that messages are checked against is another account of the same schema. */
    @ParameterizedTest
    @EnumSource
    void whatTheSchemaCallsWholeTheTableOfShapesDoes(final Receiver receiver) {
        final Schema schema = Schema.load();
        final Random random = new Random(SEED);
        final long volumeId = FuzzedVolume.CONFIG.volumeId();
        final Target.Kind target = receiver.kind.get();
        final Forge forge = new Forge(schema, target.receiver(), target.endpointId(), volumeId);
        for (int i = 0; i < 20_000; i++) {
            final byte[] whole = forge.next(random);
            final UnsafeBuffer message = new UnsafeBuffer(whole);
            assertTrue(
                    MessageShapes.isWhole(message, 0, whole.length, volumeId),
                    () -> schema.of(message).name());
        }
    }
}
