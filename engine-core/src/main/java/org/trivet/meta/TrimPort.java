package org.trivet.meta;

import org.trivet.Completion;

/**
 * How the metadata node has data removed at the data nodes. Called and completed on the metadata
 * node's thread.
 */
@FunctionalInterface
public interface TrimPort {
    /**
     * Has one group cut its strip of a file, or remove it. May be asked for again after it was
     * done.
     *
     * @param dataId names the file's data.
     * @param cut the cut to be at, or above.
     * @param cuts pairs (cut number, file offset) not known to be confirmed, this cut among them;
     *     must not be changed.
     * @param wholeStrip whether all of the strip is to be removed, for ever: the data id is dead.
     * @param group the group.
     * @param done told when the group has done so durably; a failure is tried again later.
     */
    void trim(
            long dataId,
            long cut,
            long[] cuts,
            boolean wholeStrip,
            int group,
            Completion<Void> done);
}
