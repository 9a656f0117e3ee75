/**
 * The transport SPI: moves bytes between endpoints, at most once, in order while a session lasts.
 * Everything above it is safe against messages that are lost, repeated, delayed and reordered.
 */
package org.trivet.transport;
