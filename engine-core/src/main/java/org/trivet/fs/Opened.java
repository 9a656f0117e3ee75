package org.trivet.fs;

/**
 * A file or directory just opened.
 *
 * @param handle names the opening until it is released; never 0.
 * @param attributes of the inode, when it was opened.
 * @param keepCache whether pages cached at an earlier opening are still good.
 */
public record Opened(long handle, Attributes attributes, boolean keepCache) {}
