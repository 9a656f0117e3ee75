package org.trivet.cli;

import com.fasterxml.jackson.jr.ob.JSON;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.sim.SimulationTally;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * The file that a long run of simulations keeps, so that it can be gone on with after the process
 * was killed. It is replaced as a whole.
 */
final class SimulationState {
    private static final long SAVE_INTERVAL_NS = 2_000_000_000L;

    private final Path file;
    private long savedNs = System.nanoTime();

    SimulationState(final Path file) {
        this.file = file;
    }

    /** The tally in the file; null if there is no file yet. */
    SimulationTally load() {
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return SimulationTally.of(JSON.std.mapFrom(Files.readString(file)));
        } catch (final IOException | RuntimeException ex) {
            throw new TrivetException(
                    ErrorCode.INVALID, file + " is no state of a simulation: " + ex, ex);
        }
    }

    /** Saves if the last time is a while ago. */
    void saveSometimes(final SimulationTally tally) {
        if (System.nanoTime() - savedNs > SAVE_INTERVAL_NS) {
            save(tally);
        }
    }

    void save(final SimulationTally tally) {
        final Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            try (FileChannel channel =
                            FileChannel.open(
                                    part,
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE,
                                    StandardOpenOption.TRUNCATE_EXISTING);
                    OutputStream stream = Channels.newOutputStream(channel)) {
                stream.write(JSON.std.asBytes(tally.toMap()));
                channel.force(true);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (final IOException ex) {
            throw new TrivetException(ErrorCode.IO, file + " cannot be written: " + ex, ex);
        }
        savedNs = System.nanoTime();
    }
}
