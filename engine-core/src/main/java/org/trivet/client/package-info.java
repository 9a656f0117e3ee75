/**
 * The client's side of a volume: writes that wait for every copy, reads from any good one.
 *
 * <p>{@link org.trivet.client.VolumeClient} splits a byte range of a file into runs of strips, at
 * most about 1 MiB each, sends each to the nodes that own it, and sends it again until it is
 * answered. It verifies what it reads, goes on to other copies, and says which copies were bad.
 * ClientAgent is the agent around it and around the metadata client. All of it belongs to the
 * agent's thread, except where said; it opens nothing and starts no thread.
 */
package org.trivet.client;
