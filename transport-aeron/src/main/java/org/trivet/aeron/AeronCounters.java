package org.trivet.aeron;

/**
 * What an {@link AeronNetwork} has counted since it was made.
 *
 * @param connects how often a driver was connected to; above 1 it has died, or was believed dead.
 * @param backPressured offers that were not accepted because the receiver had no room.
 * @param announcementsRefused announcements that were malformed, or one too many.
 * @param messagesUnannounced messages dropped because their session did not begin with an
 *     announcement: they were meant for who had the address before.
 * @param messagesTooLong messages dropped because they were longer than any can be.
 * @param errors errors that Aeron reported; each kind is in the log.
 */
public record AeronCounters(
        long connects,
        long backPressured,
        long announcementsRefused,
        long messagesUnannounced,
        long messagesTooLong,
        long errors) {}
