package org.trivet.node;

/**
 * How many blocks of a group a node holds.
 *
 * @param node the node.
 * @param group the group.
 * @param copy which copy: 0 for the first (R1).
 * @param blocks how many, holes not counted.
 */
public record BlockCount(int node, int group, int copy, long blocks) {}
