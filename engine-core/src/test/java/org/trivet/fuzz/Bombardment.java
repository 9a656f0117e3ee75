package org.trivet.fuzz;

import com.sun.management.ThreadMXBean;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.fuzz.Schema.Message;
import org.trivet.transport.Transport;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Throws messages at targets of one kind, batch by batch; a batch is all that its seed says. Those
 * that are not whole go to targets that live as long as this does, and have to be as they were
 * afterwards. Those that are whole go to a new target in each batch: what they do there is their
 * own business, but for exceptions, memory and time.
 */
final class Bombardment {
    static final int BATCH = 2000;

    /** So many that are whole go to one target, before one of them has brought it to an end. */
    private static final int AT_ONE_TARGET = 128;

    private static final ThreadMXBean THREAD = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Schema SCHEMA = Schema.load();
    private static final Damage[] DAMAGES = Damage.values();
    private static final int SETTLING_CYCLES = 200;

    /** What may be allocated to refuse a message. */
    private static final long MAX_TO_REFUSE = 4096;

    /** What may be allocated for a message that is whole, besides a multiple of its length. */
    private static final long MAX_TO_TAKE = 16L << 20;

    private static final int MAX_PER_BYTE = 64;

    /** Of the processor: others may have it meanwhile. */
    private static final long MAX_TO_TAKE_NS = 3_000_000_000L;

    /** Objects that a message may add to what is remembered, and that any number may. */
    private static final int OBJECTS_PER_MESSAGE = 24;

    private static final int MORE_OBJECTS = 50_000;

    private record Case(int index, Damage damage, byte[] bytes) {}

    private record Sent(int to, byte[] bytes) {}

    private record Steady(Target target, Forge forge, StateDigest digest, long expected) {}

    private final Target.Kind kind;
    private final List<Steady> steady = new ArrayList<>();
    final long[][] tally = new long[DAMAGES.length][2];
    long damaged;
    long whole;
    long refusedWhole;

    /** Of the messages that were whole, by kind: thrown, and refused. */
    final Map<String, long[]> wholeByKind = new TreeMap<>();

    Bombardment(final Target.Kind kind) {
        this.kind = kind;
        final List<Sent> sent = new ArrayList<>();
        final FuzzedVolume volume = Scenes.quiet((to, bytes) -> sent.add(new Sent(to, bytes)));
        Scenes.exercise(volume);
        volume.checkNothingIsRefused();
        for (final Target.Scene scene : kind.scenes()) {
            final Forge forge =
                    new Forge(
                            SCHEMA,
                            kind.receiver(),
                            kind.endpointId(),
                            FuzzedVolume.CONFIG.volumeId());
            sent.forEach(each -> forge.learn(each.to, each.bytes));
            steady.add(settle(scene, forge));
        }
    }

    /** What makes the messages, for each place that a target may be in. */
    List<Forge> forges() {
        return steady.stream().map(Steady::forge).toList();
    }

    /** A target that does nothing any more unless time passes. */
    private Steady settle(final Target.Scene scene, final Forge forge) {
        final Target target = scene.maker().apply(forge::learn);
        final StateDigest digest = new StateDigest();
        long last = 0;
        for (int i = 0; i < SETTLING_CYCLES; i++) {
            target.endpoint().injection = handler -> {};
            doWork(target);
            final long now = digest.of(target.agent());
            if (now == last) {
                return new Steady(target, forge, digest, now);
            }
            last = now;
        }
        throw new AssertionError(kind.receiver() + ", " + scene.name() + ": does not settle");
    }

    private static void doWork(final Target target) {
        try {
            target.agent().doWork();
        } catch (final RuntimeException error) {
            throw error;
        } catch (final Exception error) {
            throw new AssertionError(error);
        }
    }

    /** Throws so many messages that are not whole, and, beside them, those that are. */
    void run(final long messages, final long seed) {
        final Random seeds = new Random(seed);
        while (damaged < messages) {
            batch(seeds.nextLong());
        }
    }

    void batch(final long seed) {
        final Random random = new Random(seed);
        final int scene = random.nextInt(steady.size());
        final Forge forge = steady.get(scene).forge;
        final List<Case> refused = new ArrayList<>();
        final List<Case> taken = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            final byte[] message = forge.next(random);
            final Message of = SCHEMA.of(new UnsafeBuffer(message));
            final Damage damage = DAMAGES[random.nextInt(DAMAGES.length)];
            final byte[] bytes = damage.of(message, of, forge, random);
            final boolean isWhole =
                    SCHEMA.isWhole(
                            new UnsafeBuffer(bytes),
                            kind.receiver(),
                            FuzzedVolume.CONFIG.volumeId());
            tally[damage.ordinal()][isWhole ? 1 : 0]++;
            (isWhole ? taken : refused).add(new Case(i, damage, bytes));
        }
        refuse(steady.get(scene), refused, seed, random);
        take(kind.scenes().get(scene), taken, seed, random);
    }

    private String describe(final long seed, final Case message) {
        final int shown = Math.min(message.bytes.length, 600);
        return kind.receiver()
                + ", batch "
                + seed
                + ", message "
                + message.index
                + " ("
                + message.damage
                + ", "
                + message.bytes.length
                + " bytes) "
                + HexFormat.of().formatHex(message.bytes, 0, shown);
    }

    /** None of them may do anything. */
    private void refuse(
            final Steady at, final List<Case> messages, final long seed, final Random random) {
        final Target target = at.target;
        final long offered = target.endpoint().offered;
        target.endpoint().injection =
                handler -> {
                    for (final Case message : messages) {
                        refuse(target, handler, message, seed, random);
                    }
                };
        doWork(target);
        damaged += messages.size();
        if (target.endpoint().offered != offered) {
            throw new AssertionError("answered after what was to be refused: batch " + seed);
        }
        if (at.digest.of(target.agent()) != at.expected) {
            throw new AssertionError("has changed by what was to be refused: batch " + seed);
        }
    }

    private void refuse(
            final Target target,
            final Transport.Handler handler,
            final Case message,
            final long seed,
            final Random random) {
        final long before = target.refused().getAsLong();
        final UnsafeBuffer buffer = placed(message.bytes, random);
        final int offset = buffer.capacity() - message.bytes.length;
        final long allocated = THREAD.getCurrentThreadAllocatedBytes();
        try {
            handler.onMessage(buffer, offset, message.bytes.length);
        } catch (final Throwable error) {
            throw new AssertionError("thrown: " + describe(seed, message), error);
        }
        final long more = THREAD.getCurrentThreadAllocatedBytes() - allocated;
        if (more > MAX_TO_REFUSE) {
            throw new AssertionError(more + " bytes allocated: " + describe(seed, message));
        }
        if (target.refused().getAsLong() != before + 1) {
            throw new AssertionError("not refused once: " + describe(seed, message));
        }
    }

    /** At the very end of a buffer, so that what reads on is caught. */
    private static UnsafeBuffer placed(final byte[] bytes, final Random random) {
        final int offset = 8 * random.nextInt(3);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[offset + bytes.length]);
        buffer.putBytes(offset, bytes);
        return buffer;
    }

    /** They may do what they say. */
    private void take(
            final Target.Scene scene,
            final List<Case> messages,
            final long seed,
            final Random random) {
        for (int from = 0; from < messages.size(); from += AT_ONE_TARGET) {
            final int to = Math.min(messages.size(), from + AT_ONE_TARGET);
            final Target target = scene.maker().apply((id, message) -> {});
            final StateDigest digest = new StateDigest();
            digest.of(target.agent());
            final int objects = digest.objects();
            takeAll(target, messages.subList(from, to), seed, random);
            digest.of(target.agent());
            final int added = digest.objects() - objects;
            if (added > OBJECTS_PER_MESSAGE * (to - from) + MORE_OBJECTS) {
                throw new AssertionError(added + " objects more after batch " + seed);
            }
        }
    }

    private void takeAll(
            final Target target, final List<Case> messages, final long seed, final Random random) {
        final long refusedBefore = target.refused().getAsLong();
        for (final Case message : messages) {
            final UnsafeBuffer buffer = placed(message.bytes, random);
            final int length = message.bytes.length;
            target.endpoint().injection =
                    handler -> handler.onMessage(buffer, buffer.capacity() - length, length);
            final long[] count =
                    wholeByKind.computeIfAbsent(
                            SCHEMA.of(new UnsafeBuffer(message.bytes)).name(), name -> new long[2]);
            count[0]++;
            count[1] -= target.refused().getAsLong();
            final long allocated = THREAD.getCurrentThreadAllocatedBytes();
            final long beganNs = THREAD.getCurrentThreadCpuTime();
            try {
                doWork(target);
                count[1] += target.refused().getAsLong();
                if (random.nextInt(4) == 0) {
                    target.volume().nowNs += random.nextInt(60) * 1_000_000L;
                    doWork(target);
                }
            } catch (final Throwable error) {
                throw new AssertionError("thrown: " + describe(seed, message), error);
            }
            final long more = THREAD.getCurrentThreadAllocatedBytes() - allocated;
            if (more > MAX_TO_TAKE + (long) MAX_PER_BYTE * length) {
                throw new AssertionError(more + " bytes allocated: " + describe(seed, message));
            }
            final long tookNs = THREAD.getCurrentThreadCpuTime() - beganNs;
            if (tookNs > MAX_TO_TAKE_NS) {
                throw new AssertionError(tookNs + " ns of work: " + describe(seed, message));
            }
        }
        whole += messages.size();
        refusedWhole += target.refused().getAsLong() - refusedBefore;
    }
}
