/**
 * Mounts a Trivet file system in the kernel.
 *
 * <p>{@link org.trivet.fuse.FuseMount} is all that is needed: it mounts a directory, serves it with
 * threads of its own until it is unmounted, and calls the file system on the thread of its agent
 * alone. The process that serves a mount must not itself touch the files under it.
 */
package org.trivet.fuse;
