package org.trivet.demo;

import java.nio.file.Path;

/**
 * What the demonstration works with.
 *
 * @param parent where its temporary directory is made.
 * @param tree a directory whose files are stored.
 * @param fileLength bytes of the large file; 1 MiB or more.
 * @param isTerminal whether a person sees it.
 */
public record DemoOptions(Path parent, Path tree, long fileLength, boolean isTerminal) {}
