package org.trivet.node.disk;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.trivet.store.FileLayer.OpenFile;

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
}
