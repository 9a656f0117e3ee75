package org.trivet.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.CncFileDescriptor;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.IdleMode;
import org.trivet.TrivetException;
import org.trivet.transport.Transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

@Timeout(60)
class AeronDriverTest {
    private Path parent;
    private Path directory;

    @BeforeEach
    void makeDirectory() {
        parent = TestPlaces.newDirectory();
        directory = parent.resolve("driver");
    }

    @AfterEach
    void removeDirectory() {
        TestPlaces.remove(parent);
    }

    @Test
    void leavesNothingWhenItIsClosed() throws IOException {
        final AeronDriver driver = AeronDriver.start(directory, IdleMode.POWER_SAVE);
        assertTrue(Files.exists(directory));
        assertTrue(AeronLink.isDriverThere(directory, Liveness.DEFAULT));
        driver.close();
        driver.close();
        try (var left = Files.list(parent)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void aDirectoryHasOneDriver() {
        try (AeronDriver driver = AeronDriver.start(directory, IdleMode.BALANCED);
                AeronNetwork network = new AeronNetwork(AeronConfig.ipc(driver.directory()));
                Transport endpoint = network.open(1)) {
            final TrivetException error =
                    assertThrows(
                            TrivetException.class,
                            () -> AeronDriver.start(directory, IdleMode.BALANCED).close());
            assertEquals(ErrorCode.BUSY, error.code());
            assertNames(error, ProcessHandle.current().pid());
            Messages.pass(endpoint, endpoint, 1);
        }
        AeronDriver.start(directory, IdleMode.BALANCED).close();
    }

    @Test
    void theDirectoryOfAProcessThatLivesIsKeptAndOfOneThatWasKilledTakenOver()
            throws InterruptedException {
        try (TestProcess process = TestProcess.driver(directory)) {
            final TrivetException error =
                    assertThrows(
                            TrivetException.class,
                            () -> AeronDriver.start(directory, IdleMode.BALANCED).close());
            assertEquals(ErrorCode.BUSY, error.code());
            assertNames(error, process.pid());

            process.kill();
            assertTrue(Files.exists(directory), "it was left behind");
            try (AeronDriver driver = AeronDriver.start(directory, IdleMode.BALANCED);
                    AeronNetwork network = new AeronNetwork(AeronConfig.ipc(directory));
                    Transport endpoint = network.open(1)) {
                assertEquals(directory, driver.directory());
                Messages.pass(endpoint, endpoint, 1);
            }
        }
        assertFalse(Files.exists(directory));
    }

    /** A file that says nothing yet, or is of another version, of a process that is no more. */
    @ParameterizedTest
    @ValueSource(ints = {0, 0x7F000000})
    void whatADriverLeftThatWasKilledWhileItBeganIsTakenOver(final int version) throws IOException {
        Files.createDirectory(directory);
        final byte[] file = new byte[1 << 20];
        ByteBuffer.wrap(file).order(ByteOrder.nativeOrder()).putInt(version);
        Files.write(directory.resolve(CncFileDescriptor.CNC_FILE), file);
        try (AeronDriver driver = AeronDriver.start(directory, IdleMode.BALANCED);
                AeronNetwork network = new AeronNetwork(AeronConfig.ipc(driver.directory()));
                Transport endpoint = network.open(1)) {
            Messages.pass(endpoint, endpoint, 1);
        }
        assertFalse(Files.exists(directory));
    }

    @Test
    void whatCannotBeADirectoryIsAnError() {
        final TrivetException error =
                assertThrows(
                        TrivetException.class,
                        () ->
                                AeronDriver.start(
                                                parent.resolve("missing/driver"), IdleMode.BALANCED)
                                        .close());
        assertEquals(ErrorCode.IO, error.code());
        assertTrue(error.getMessage().contains("missing"), error.getMessage());
    }

    @Test
    void tooLittleRoomIsAnErrorThatSaysHowMuchIsNeeded() {
        AeronDriver.checkRoom(parent, 128L << 20);
        final TrivetException error =
                assertThrows(TrivetException.class, () -> AeronDriver.checkRoom(parent, 64L << 20));
        assertEquals(ErrorCode.NO_SPACE, error.code());
        assertTrue(error.getMessage().contains("64 MiB"), error.getMessage());
        assertTrue(error.getMessage().contains("128 MiB"), error.getMessage());
    }

    private void assertNames(final TrivetException error, final long pid) {
        assertTrue(error.getMessage().contains("process " + pid + " "), error.getMessage());
        assertTrue(error.getMessage().contains(directory + ".lock"), error.getMessage());
    }
}
