package org.trivet.aeron;

import java.util.concurrent.atomic.LongAdder;

/** The live form of {@link AeronCounters}. Any thread counts. */
final class NetworkCounters {
    final LongAdder connects = new LongAdder();
    final LongAdder backPressured = new LongAdder();
    final LongAdder announcementsRefused = new LongAdder();
    final LongAdder messagesUnannounced = new LongAdder();
    final LongAdder messagesTooLong = new LongAdder();
    final LongAdder errors = new LongAdder();

    AeronCounters snapshot() {
        return new AeronCounters(
                connects.sum(),
                backPressured.sum(),
                announcementsRefused.sum(),
                messagesUnannounced.sum(),
                messagesTooLong.sum(),
                errors.sum());
    }
}
