package org.trivet.bench.network;

import org.trivet.IdleMode;
import org.trivet.aeron.AeronConfig.Media;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * What is measured, and how long.
 *
 * @param media how messages travel between processes; null for a volume in this process.
 * @param keys whether the volume's messages are sealed: without, with, or one after the other.
 * @param idleMode how all processes wait.
 * @param blockLength bytes of a block, and of an operation.
 * @param window operations at once, where there are several.
 * @param warmUps how often each is looked at before that counts: by then the compilers are done.
 * @param rounds how often each is looked at.
 * @param time how long each time.
 * @param directory where volumes are made, which are removed at the end.
 */
record NetworkSettings(
        Media media,
        Set<Boolean> keys,
        IdleMode idleMode,
        int blockLength,
        int window,
        int warmUps,
        int rounds,
        Duration time,
        Path directory) {}
