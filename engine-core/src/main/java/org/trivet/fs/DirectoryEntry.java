package org.trivet.fs;

/**
 * One entry of a directory; "." and ".." are not among them.
 *
 * @param name its bytes, 1 to 255; not necessarily text.
 * @param inode what it names.
 * @param mode the type bits of what it names.
 * @param cookie continue after this entry with it: above 16, stable while other entries come and
 *     go.
 * @param attributes of what it names, or null if they were not asked for.
 */
public record DirectoryEntry(
        byte[] name, long inode, int mode, long cookie, Attributes attributes) {}
