/**
 * Pure arithmetic: which blocks a byte range touches, which node holds them, and their checksums.
 * No state, no I/O.
 *
 * <h2>Terms</h2>
 *
 * <ul>
 *   <li>A file is cut into <em>blocks</em> of the volume's block length. A <em>unit</em> is
 *       min(block length, 4 KiB): what has a checksum of its own.
 *   <li><em>Group</em> g is the set of nodes g, g+1, ..., g+r-1 (mod N); node g is its primary.
 *       Block b of a file belongs to group (start + b) mod N, where start is a hash of the file's
 *       data id.
 *   <li>The blocks of one file that one group owns form its <em>strip</em>: block b is slot b / N
 *       of the strip, so that a strip is dense. Strips are addressed in units: slot * unitsPerBlock
 *       + unit of the block.
 *   <li>A <em>run</em> is a range of units of one strip.
 * </ul>
 */
package org.trivet.block;
