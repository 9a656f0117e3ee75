package org.trivet.sim;

/** Rare things that must happen in some run, or the simulation shows less than it seems to. */
enum Occurrence {
    MESSAGE_DROPPED,
    MESSAGE_REPEATED,
    MESSAGE_DAMAGED,
    MESSAGE_CUT_OFF,
    BACK_PRESSURE,
    NODE_KILLED,
    NODE_LOST_POWER,
    ALL_LOST_POWER,
    NODE_WIPED,
    SECOND_LOSS_DURING_REBUILD,
    NODE_PAUSED,
    NODE_SLOW,
    CLIENT_DIED,
    METADATA_KILLED,
    CLOCK_JUMPED,
    COPY_CORRUPTED,
    RECENT_WRITE_CORRUPTED,
    CRASHED_AT_CALL,
    SYNC_FAILED,
    DISK_FULL,
    OPERATION_TIMED_OUT,
    OPERATION_CANCELLED,
    READ_OF_NEVER_WRITTEN
}
