package org.trivet.node.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.store.FileLayer.OpenFile;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

class NioFileLayerTest {
    @TempDir private Path directory;

    @Test
    void filesThatAreRenamedMeanwhileAreNotTakenForDeleted() throws InterruptedException {
        final NioFileLayer layer = new NioFileLayer(directory);
        final OpenFile file = layer.open("0", true);
        final AtomicBoolean isDone = new AtomicBoolean();
        final Thread renaming =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    for (int i = 0; i < 20_000; i++) {
                                        layer.rename("" + i, "" + (i + 1));
                                    }
                                    isDone.set(true);
                                });
        while (!isDone.get() && renaming.isAlive()) {
            assertTrue(layer.intact());
        }
        renaming.join();
        assertTrue(isDone.get());
        file.close();
    }

    @Test
    void anOpenFileThatIsDeletedOrReplacedIsMissed() throws Exception {
        final NioFileLayer layer = new NioFileLayer(directory);
        final OpenFile file = layer.open("f", true);
        assertTrue(layer.intact());
        Files.delete(directory.resolve("f"));
        assertFalse(layer.intact());
        Files.createFile(directory.resolve("f"));
        assertFalse(layer.intact());
        file.close();
        assertTrue(layer.intact());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsIntoBuffersOnAndOffTheHeapUpToTheEnd(final boolean isDirect) {
        final ByteBuffer buffer =
                isDirect ? ByteBuffer.allocateDirect(16) : ByteBuffer.allocate(16);
        try (OpenFile file = new NioFileLayer(directory).open("f", true)) {
            file.write(ByteBuffer.wrap("0123456789".getBytes(US_ASCII)), 0);
            assertEquals(4, file.read(buffer.limit(6).position(2), 3));
            assertEquals(6, buffer.position());
            assertEquals("\0\0003456\0\0", text(buffer, 8));
            assertEquals(2, file.read(buffer.clear().position(1), 8));
            assertEquals(3, buffer.position());
            assertEquals("\00089456\0\0", text(buffer, 8));
            assertEquals(0, file.read(buffer.clear(), 10));
            assertEquals(0, file.read(buffer.limit(0), 0));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsOnlyLookedAtIsReadTheSame(final boolean isDirect) {
        try (OpenFile file = new NioFileLayer(directory).open("f", true)) {
            file.write(ByteBuffer.wrap("0123456789".getBytes(US_ASCII)), 0);
        }
        final ByteBuffer buffer =
                isDirect ? ByteBuffer.allocateDirect(16) : ByteBuffer.allocate(16);
        try (OpenFile file = new ReadOnlyFileLayer(directory).open("f", false)) {
            assertEquals(10, file.read(buffer, 0));
            assertEquals("0123456789", text(buffer, 10));
        }
    }

    @Test
    void aClosedFileReadsNothingOfTheOneThatGotItsDescriptor() {
        final NioFileLayer layer = new NioFileLayer(directory);
        final OpenFile closed = layer.open("closed", true);
        closed.close();
        try (OpenFile other = layer.open("other", true)) {
            other.write(ByteBuffer.wrap(new byte[] {1}), 0);
            final ByteBuffer buffer = ByteBuffer.allocateDirect(1);
            final TrivetException e =
                    assertThrows(TrivetException.class, () -> closed.read(buffer, 0));
            assertEquals(ErrorCode.IO, e.code());
            assertTrue(e.getMessage().contains(directory.resolve("closed").toString()));
            assertEquals(0, buffer.get(0));
        }
    }

    @Test
    void interruptingAReaderLeavesTheFileOpen() {
        try (OpenFile file = new NioFileLayer(directory).open("f", true)) {
            file.write(ByteBuffer.wrap(new byte[] {1}), 0);
            Thread.currentThread().interrupt();
            assertEquals(1, file.read(ByteBuffer.allocateDirect(1), 0));
            assertEquals(1, file.read(ByteBuffer.allocate(1), 0));
            assertTrue(Thread.interrupted());
            assertEquals(1, file.length());
        }
    }

    private static String text(final ByteBuffer buffer, final int length) {
        final byte[] bytes = new byte[length];
        buffer.duplicate().clear().get(0, bytes);
        return new String(bytes, US_ASCII);
    }
}
