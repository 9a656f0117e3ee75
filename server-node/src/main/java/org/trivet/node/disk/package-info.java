/**
 * The disk of a node: real files, the LMDB index, and the directory that holds them.
 *
 * <p>{@link org.trivet.node.disk.NodeStorage} opens all of it in order and closes it in reverse.
 * Errors name the file, and say by their code what they are: NO_SPACE, READ_ONLY, IO, CORRUPT,
 * BUSY.
 */
package org.trivet.node.disk;
