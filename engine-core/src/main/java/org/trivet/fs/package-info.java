/**
 * The file system: files and directories over a volume's blocks and a metadata service.
 *
 * <p>{@link org.trivet.fs.InodeFileSystem} is the asynchronous, inode-level interface that a kernel
 * mount needs. It is single-threaded: it is called, and completes, on the thread of the client's
 * agent.
 */
package org.trivet.fs;
