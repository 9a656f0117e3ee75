package org.trivet.node;

import java.util.List;

/**
 * Blocks of a file of which no good copy is left.
 *
 * @param path of the file, in the volume.
 * @param lostCount how many are lost, and waited for.
 * @param lost the first of them, by their numbers in the file.
 * @param givenUpCount how many have been given up.
 * @param givenUp the first of them.
 */
public record FileLoss(
        String path, long lostCount, List<Long> lost, long givenUpCount, List<Long> givenUp) {}
