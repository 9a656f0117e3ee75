package org.trivet.node;

import java.util.List;

/**
 * What a comparison of all copies of all blocks has found.
 *
 * @param units how many units were read and verified, each copy counted.
 * @param differenceCount how many stretches of units are damaged, or differ between copies.
 * @param differences some of them, in words.
 */
public record Verification(long units, long differenceCount, List<String> differences) {}
