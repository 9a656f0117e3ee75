package org.trivet.fs;

/**
 * Room in the file system.
 *
 * @param capacity bytes of file contents that fit in all, copies not counted.
 * @param free bytes of file contents that still fit.
 * @param inodes inodes in use.
 * @param unitLength bytes of the least part that is stored alone.
 */
public record FileSystemStatus(long capacity, long free, long inodes, int unitLength) {}
