/**
 * The replication protocol of a data node: groups, their logs, reads, rebuild and repair.
 *
 * <p>A node is primary of one group and backup of r-1 others. Everything runs on the node's agent
 * thread; nothing here opens a file or a socket or starts a thread. The rules are written down,
 * with the argument for each, in the protocol document of the project.
 */
package org.trivet.replica;
