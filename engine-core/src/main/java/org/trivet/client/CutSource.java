package org.trivet.client;

import org.trivet.Completion;

/** Where the block layer learns that a file was cut by somebody else. */
@FunctionalInterface
public interface CutSource {
    /**
     * Fetches a file's attributes anew, and updates it.
     *
     * @param file to update.
     * @param done told when it is, or why it cannot be.
     */
    void refresh(FileBlocks file, Completion<Void> done);
}
