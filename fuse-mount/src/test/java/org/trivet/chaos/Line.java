package org.trivet.chaos;

import org.agrona.IoUtil;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * What happens to the packets of a driver, which is another process: a file that both map.
 *
 * <pre>
 *  0  packets of a million that are lost, each with those that follow it
 *  8  packets of a million that are delayed
 * 16  the longest delay, in microseconds
 * 24  packets seen
 * 32  packets lost
 * 40  packets delayed
 * </pre>
 */
final class Line {
    /** Names the file. */
    static final String FILE_PROPERTY = "trivet.chaos.line";

    /** Losses come in bursts: up to so many packets in a row. */
    private static final int LONGEST_BURST = 7;

    private static final int MILLION = 1_000_000;
    private static final long SHORTEST_DELAY_US = 1000;
    private static final int LOSS = 0;
    private static final int DELAY = 8;
    private static final int LONGEST_DELAY = 16;
    private static final int SEEN = 24;
    private static final int LOST = 32;
    private static final int DELAYED = 40;
    private static final int LENGTH = 4096;

    private final AtomicBuffer shared;

    private Line(final AtomicBuffer shared) {
        this.shared = shared;
    }

    /** The line that is kept in a file, which is made if there is none. */
    static Line at(final Path file) {
        final var mapped =
                Files.exists(file)
                        ? IoUtil.mapExistingFile(file.toFile(), "line")
                        : IoUtil.mapNewFile(file.toFile(), LENGTH);
        return new Line(new UnsafeBuffer(mapped));
    }

    /** Makes it bad. Shares are of all packets, in percent. */
    void disturb(final double lossPercent, final double delayPercent, final int longestDelayMs) {
        final double meanBurst = (LONGEST_BURST + 1) / 2.0;
        shared.putLongVolatile(
                LONGEST_DELAY, TimeUnit.MILLISECONDS.toMicros(Math.max(1, longestDelayMs)));
        shared.putLongVolatile(LOSS, Math.round(lossPercent / 100 * MILLION / meanBurst));
        shared.putLongVolatile(DELAY, Math.round(delayPercent / 100 * MILLION));
    }

    /** Makes it good. */
    void calm() {
        shared.putLongVolatile(LOSS, 0);
        shared.putLongVolatile(DELAY, 0);
    }

    long seen() {
        return shared.getLongVolatile(SEEN);
    }

    long lost() {
        return shared.getLongVolatile(LOST);
    }

    long delayed() {
        return shared.getLongVolatile(DELAYED);
    }

    /** One way along the line, from one socket. For the driver's thread. */
    final class Way {
        private int burst;

        /** How long the next packet is under way beyond its time, in ns; -1 if it is lost. */
        long next() {
            shared.getAndAddLong(SEEN, 1);
            final ThreadLocalRandom random = ThreadLocalRandom.current();
            if (burst == 0 && random.nextInt(MILLION) < shared.getLongVolatile(LOSS)) {
                burst = random.nextInt(1, LONGEST_BURST + 1);
            }
            if (burst > 0) {
                burst--;
                shared.getAndAddLong(LOST, 1);
                return -1;
            }
            if (random.nextInt(MILLION) < shared.getLongVolatile(DELAY)) {
                shared.getAndAddLong(DELAYED, 1);
                final long longestUs = shared.getLongVolatile(LONGEST_DELAY);
                return TimeUnit.MICROSECONDS.toNanos(
                        random.nextLong(SHORTEST_DELAY_US, longestUs + SHORTEST_DELAY_US));
            }
            return 0;
        }
    }
}
