package org.trivet.sim;

import org.trivet.store.BlockStore;
import org.trivet.store.EntryView;

import java.util.Random;

/** The storage of one data node, which outlives its processes. */
interface NodeStorage {
    /** Opens the store for a process that starts. */
    BlockStore open();

    /** Time passes, in which the disk may get on. */
    void advance();

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

    /**
     * Damages the bytes of a unit, and nothing else, in the store that is open.
     *
     * @return false if nothing is stored there.
     */
    boolean flipData(int group, long dataId, long unit);

    /**
     * Damages one of the last writes of the journal, which may be in no index yet.
     *
     * @param found takes it.
     * @return false if there is none, or this kind of storage cannot tell.
     */
    boolean corruptRecent(Random random, EntryView found);

    /**
     * Keeps what is stored now, to be put back later.
     *
     * @return puts it back, while no process runs; null if this kind of storage cannot.
     */
    Runnable snapshot();

    /**
     * Somebody deletes everything while a process has it open, which goes on with what it has.
     *
     * @return false if this kind of storage cannot.
     */
    boolean deleteOpen();

    /** Whether everything was deleted that the process has open. */
    boolean isDeleted();

    /**
     * Has a write be acknowledged, and synced, that did not get to its place.
     *
     * @param writes after so many more of them.
     * @param elsewhere whether it gets to another place, or to none.
     * @param onStray told when it has happened.
     * @return false if this kind of storage cannot.
     */
    boolean strayAfter(int writes, boolean elsewhere, Runnable onStray);

    /** Whether a write has gone astray in what is stored. */
    boolean hasStrayed();

    /** Has the process die at a call that changes files, after so many more of them. */
    void crashAfter(int calls);

    /** Has all syncs fail from now on, until the process has died. */
    void failSyncs();

    /** Nothing goes wrong any more. */
    void heal();

    /** Whether files may fail at present, or have since the process started. */
    boolean isTroubled();

    /** Has no space left for new files, or has some again. */
    void full(boolean isFull);

    /** Has no space left at all, or has some again. */
    void exhausted(boolean isExhausted);
}
