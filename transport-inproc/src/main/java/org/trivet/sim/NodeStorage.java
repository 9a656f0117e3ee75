package org.trivet.sim;

import org.trivet.store.BlockStore;

import java.util.Random;

/** The storage of one data node, which outlives its processes. */
interface NodeStorage {
    /** Opens the store for a process that starts. */
    BlockStore open();

    /** The process has died; what it wrote is there. */
    void processDied();

    /** The machine has lost power: what was not synced may be lost. */
    void powerLost(Random random);

    /** All is gone; another, empty storage takes its place. */
    void wipe();

    /**
     * Damages the copy of a unit in the store that is open.
     *
     * @return false if nothing is stored there.
     */
    boolean corrupt(int group, long dataId, long unit, Random random);
}
