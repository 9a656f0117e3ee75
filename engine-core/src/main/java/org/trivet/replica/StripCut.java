package org.trivet.replica;

/**
 * A strip that has been cut.
 *
 * @param dataId the strip.
 * @param cut the highest cut number applied to it.
 */
public record StripCut(long dataId, long cut) {}
