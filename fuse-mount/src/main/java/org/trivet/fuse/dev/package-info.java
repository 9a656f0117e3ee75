/**
 * The device: mounting, unmounting, and moving messages between {@code /dev/fuse} and the
 * dispatcher.
 *
 * <p>Calls libc by {@code java.lang.foreign}. The device is read by plain read(2) and written by
 * plain write(2), since a {@code FileChannel} would let only one of them run at a time.
 */
package org.trivet.fuse.dev;
