package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.sim.ContentsOperation.Kind;

import java.util.Random;

class FileHistoryTest {
    private static final int WRITER = 0;
    private static final int OTHER = 1;

    private FileHistory history;
    private long stamp;
    private long lastValue;

    @BeforeEach
    void beginAnew() {
        final VolumeConfig volume =
                new VolumeConfig(1, 3, 3, 64, ChecksumType.CRC32C, Durability.DISK);
        final FilePlan plan =
                FilePlan.draw(new Random(1), SimulationProfile.SHORT, volume, 2, 0.1, 0);
        history = new FileHistory(5, new FileLayout(volume, plan));
    }

    private ContentsOperation begin(
            final Kind kind, final int client, final int from, final int to) {
        return begin(kind, client, from, to, Long.MAX_VALUE);
    }

    private ContentsOperation begin(
            final Kind kind, final int client, final int from, final int to, final long lookedAt) {
        final long value = kind == Kind.WRITE ? ++lastValue : History.NOTHING;
        final ContentsOperation operation =
                new ContentsOperation(kind, client, from, to, value, lookedAt, ++stamp);
        history.add(operation);
        return operation;
    }

    private ContentsOperation done(final Kind kind, final int from, final int to) {
        final ContentsOperation operation = begin(kind, WRITER, from, to);
        operation.done(++stamp);
        return operation;
    }

    private void read(final int from, final int to, final long... found) {
        begin(Kind.READ, WRITER, from, to).found(found, ++stamp);
    }

    private void size(final int size) {
        begin(Kind.SIZE, WRITER, 0, 0).sizeFound(size, ++stamp);
    }

    private void holds() {
        assertNull(history.findViolation(History.NEVER));
    }

    private void isViolated() {
        assertNotNull(history.findViolation(History.NEVER));
    }

    @Test
    void aFileIsAsLongAsWhatWasWrittenAndHoldsIt() {
        size(0);
        final long value = done(Kind.WRITE, 1, 2).value;
        size(2);
        read(0, 2, 0, value);
        holds();
    }

    @Test
    void aFileDoesNotGrowByItself() {
        done(Kind.WRITE, 0, 1);
        size(2);
        isViolated();
    }

    @Test
    void anAcknowledgedWriteDoesNotGetLost() {
        done(Kind.WRITE, 0, 1);
        read(0, 1);
        isViolated();
    }

    @Test
    void whatWasCutOffAndIsThereAgainIsZeros() {
        done(Kind.WRITE, 0, 2);
        done(Kind.RESIZE, 0, 1);
        done(Kind.RESIZE, 0, 2);
        read(1, 2, History.NOTHING);
        holds();
    }

    @Test
    void whatWasCutOffDoesNotComeBack() {
        final long value = done(Kind.WRITE, 0, 2).value;
        done(Kind.RESIZE, 0, 1);
        done(Kind.RESIZE, 0, 2);
        read(1, 2, value);
        isViolated();
    }

    @Test
    void aWriteOfWhichNobodyWasToldIsThereOrNot() {
        final long value = begin(Kind.WRITE, WRITER, 0, 1).value;
        size(0);
        read(0, 1, value);
        size(1);
        holds();
    }

    @Test
    void aWriteThatACutMeetsMayTakeEffectTwice() {
        final ContentsOperation write = begin(Kind.WRITE, WRITER, 0, 2);
        begin(Kind.READ, OTHER, 1, 2).found(new long[0], ++stamp);
        done(Kind.RESIZE, 0, 2);
        read(1, 2, write.value);
        done(Kind.RESIZE, 0, 0);
        done(Kind.RESIZE, 0, 2);
        read(1, 2, History.NOTHING);
        write.done(++stamp);
        read(1, 2, write.value);
        holds();
        done(Kind.RESIZE, 0, 1);
        read(1, 2, write.value);
        isViolated();
    }

    @Test
    void whoHasNotLookedSinceMayReadWhatAnotherOneCutOff() {
        final long value = done(Kind.WRITE, 0, 1).value;
        final long lookedAt = stamp;
        done(Kind.RESIZE, 0, 0);
        begin(Kind.READ, OTHER, 0, 1, lookedAt).found(new long[] {value}, ++stamp);
        holds();
    }

    @Test
    void whoHasLookedSinceMayNot() {
        final long value = done(Kind.WRITE, 0, 1).value;
        done(Kind.RESIZE, 0, 0);
        begin(Kind.READ, OTHER, 0, 1, stamp).found(new long[] {value}, ++stamp);
        isViolated();
    }

    @Test
    void onesOwnCutsAreKnown() {
        final long value = done(Kind.WRITE, 0, 1).value;
        final long lookedAt = stamp;
        done(Kind.RESIZE, 0, 0);
        begin(Kind.READ, WRITER, 0, 1, lookedAt).found(new long[] {value}, ++stamp);
        isViolated();
    }
}
