/**
 * The transport over Aeron: shared memory within a machine, UDP within it and between machines.
 *
 * <p>{@link AeronDriver} runs a media driver in this process; any number of processes use it, each
 * by an {@link AeronNetwork}, which opens endpoints. An endpoint is polled, and sends, on one
 * thread. Over UDP nothing wakes it, so that it must look for messages by itself; over shared
 * memory whoever sends wakes a thread that waits at the network's {@link
 * org.trivet.transport.Doorbell}.
 *
 * <p>An endpoint has one subscription, and a publication of its own for each endpoint that it sends
 * to. A publication begins with an announcement, which says who sends and where that one is. What
 * does not begin so is dropped: it is the rest of a session with whoever had the address before.
 *
 * <p>A message that was accepted may be lost with its session: when the receiver closes, when one
 * side stands still for more than a second, or when a driver dies. An endpoint lives through all of
 * these, and through the absence of a driver, and needs nothing done to it.
 */
package org.trivet.aeron;
