package org.trivet.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.trivet.IdleMode;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.transport.Transport;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What messages and their absence cost. */
@Timeout(60)
class AeronCostTest {
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 20_000;

    /** Below one small object for each message by far. */
    private static final long ALLOWED_BYTES = MEASURED;

    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(1);

    private static final UnsafeBuffer HEADER = new UnsafeBuffer(new byte[32]);
    private static final UnsafeBuffer PAYLOAD = new UnsafeBuffer(new byte[200_000]);

    private static Path parent;
    private static AeronDriver driver;

    @BeforeAll
    static void startDriver() {
        parent = TestPlaces.newDirectory();
        driver = AeronDriver.start(parent.resolve("driver"), IdleMode.BALANCED, TestPlaces.PATIENT);
    }

    @AfterAll
    static void stopDriver() {
        driver.close();
        TestPlaces.remove(parent);
    }

    private static AeronConfig config(final Media media) {
        return media == Media.IPC
                ? AeronConfig.ipc(driver.directory())
                : TestPlaces.udp(driver.directory(), 2);
    }

    @ParameterizedTest
    @EnumSource(Media.class)
    void nothingIsAllocatedForAMessage(final Media media) {
        try (AeronNetwork network = new AeronNetwork(config(media), TestPlaces.PATIENT);
                Transport from = network.open(0);
                Transport to = network.open(1)) {
            exchange(from, to, WARM_UP);
            final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            final long before = threads.getCurrentThreadAllocatedBytes();
            exchange(from, to, MEASURED);
            final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(
                    allocated < ALLOWED_BYTES,
                    () -> allocated + " bytes for " + MEASURED + " messages");
        }
    }

    /** Messages of two parts, each hundredth in several fragments. */
    private static void exchange(final Transport from, final Transport to, final int count) {
        final long[] taken = new long[1];
        final Transport.Handler handler = (buffer, offset, length) -> taken[0]++;
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        int sent = 0;
        while (taken[0] < count) {
            final int length = sent % 100 == 0 ? PAYLOAD.capacity() : 500;
            if (sent < count && from.offer(1, HEADER, 0, 32, PAYLOAD, 0, length) >= 0) {
                sent++;
            }
            to.poll(handler, 10);
            assertTrue(deadlineNs - System.nanoTime() > 0, "it took too long");
        }
        assertEquals(count, sent);
    }

    @Test
    void anIdleDriverAndItsClientTakeLittleOfACore() {
        final OperatingSystemMXBean system =
                (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        try (AeronNetwork network = new AeronNetwork(config(Media.UDP), TestPlaces.PATIENT);
                Transport from = network.open(0);
                Transport to = network.open(1)) {
            Messages.passOne(from, to);
            // The best of some tries: what the compiler is still doing is counted, too.
            double least = 1;
            for (int i = 0; i < 5 && least > 0.15; i++) {
                final long cpuNs = system.getProcessCpuTime();
                final long startNs = System.nanoTime();
                while (System.nanoTime() - startNs < IDLE_NS) {
                    LockSupport.parkNanos(IDLE_NS - (System.nanoTime() - startNs));
                }
                least =
                        Math.min(
                                least,
                                (double) (system.getProcessCpuTime() - cpuNs)
                                        / (System.nanoTime() - startNs));
            }
            final double share = least;
            assertTrue(share < 0.15, () -> "idling takes " + share + " of a core");
        }
    }
}
