package org.trivet.node;

/**
 * What was damaged.
 *
 * @param node whose copy.
 * @param kind how.
 * @param group the block's group.
 * @param dataId data id of the file.
 * @param block number of the block in the file.
 * @param description what was done, for people.
 */
public record Damage(
        int node,
        DamageRequest.Kind kind,
        int group,
        long dataId,
        long block,
        String description) {}
