package org.trivet.sim;

/**
 * How large a simulation is. Many short ones find more in the same time than a few long ones; long
 * ones find what needs a history.
 */
public enum SimulationProfile {
    /** Some 4,500 events: few nodes that lose patience soon, few operations, few faults. */
    SHORT(1, 3, 3, 5, 10, 20, 8, 0.1, 256, true, true, 4),
    /** Some 20,000 events. Its seeds stay what they were when one of them failed. */
    DEFAULT(3, 7, 5, 6, 100, 100, 13, 1, 4096, false, false, 60),
    /** Some 200,000 events. */
    LONG(3, 7, 5, 6, 1500, 1500, 120, 1, 4096, true, false, 900);

    /** How many more than three nodes there are in most runs, less one. */
    final int usualNodes;

    /** The same in the other runs. */
    final int mostNodes;

    /** The most clients. */
    final int clients;

    /** How many of the block lengths, from the smallest, are used. */
    final int blockLengths;

    /** The fewest operations of all clients. */
    final int operations;

    /** So many more at most. */
    final int moreOperations;

    /** The most faults. */
    final int faults;

    /** How long things take, compared with usual. */
    final double pace;

    /** How many entries a log may hold in most runs. */
    final int pendingEntries;

    /** Whether some disks take their time. */
    final boolean slowDisks;

    /**
     * Whether in most runs all is about a few cells, under a network in which messages are late as
     * often as not: what one rule protects from needs that a few things meet.
     */
    final boolean crowded;

    /** The longest that clients work. */
    final long longestWorkNs;

    SimulationProfile(
            final int usualNodes,
            final int mostNodes,
            final int clients,
            final int blockLengths,
            final int operations,
            final int moreOperations,
            final int faults,
            final double pace,
            final int pendingEntries,
            final boolean slowDisks,
            final boolean crowded,
            final long longestWorkSeconds) {
        this.usualNodes = usualNodes;
        this.mostNodes = mostNodes;
        this.clients = clients;
        this.blockLengths = blockLengths;
        this.operations = operations;
        this.moreOperations = moreOperations;
        this.faults = faults;
        this.pace = pace;
        this.pendingEntries = pendingEntries;
        this.slowDisks = slowDisks;
        this.crowded = crowded;
        this.longestWorkNs = longestWorkSeconds * 1_000_000_000L;
    }
}
