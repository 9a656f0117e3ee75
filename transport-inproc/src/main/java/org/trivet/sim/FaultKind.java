package org.trivet.sim;

/** What can go wrong with a machine or a process. */
enum FaultKind {
    /** The process of a node dies, and starts again later. */
    KILL_NODE,
    /** The machine of a node loses power, and starts again later. */
    LOSE_POWER,
    /** A node dies and loses its storage, and starts again later, with an empty one. */
    WIPE_NODE,
    /** The process of a node stands still, and goes on later. */
    PAUSE_NODE,
    /** A node takes long for whatever it does. */
    SLOW_NODE,
    /** What one endpoint sends to another is lost. */
    CUT_LINK,
    /** Nothing reaches a node, or nothing leaves it, or both. */
    ISOLATE_NODE,
    /** What is under way between two nodes is lost. */
    LOSE_SESSION,
    /** A client dies; another takes its place later. */
    KILL_CLIENT,
    /** The metadata node's process dies, and starts again later. */
    KILL_METADATA,
    /** The clock of a node jumps ahead. */
    JUMP_CLOCK,
    /** A node's copy of a unit goes bad, or its row gets lost. */
    CORRUPT_COPY,
    /** A node dies, or its machine loses power, at a call of its files. */
    CRASH_AT_CALL,
    /** The disk of a node fails to sync. */
    FAIL_SYNC,
    /** There is no space left for new files of a node. */
    FILL_DISK,
    /** All nodes lose power at once, and start again one after the other. */
    LOSE_POWER_EVERYWHERE,
    /** The metadata node's machine loses power, and starts again later. */
    LOSE_POWER_METADATA,
    /** A client stands still, perhaps for longer than its session lives, and goes on. */
    PAUSE_CLIENT,
    /** What a node stored earlier takes the place of what it has: an old copy was put back. */
    ROLL_BACK_STORAGE,
    /** A node's storage is deleted while it is up; it dies later, and starts with what is there. */
    DELETE_OPEN_STORAGE,
    /** A write of a node's journal is acknowledged, and went elsewhere or nowhere. */
    STRAY_WRITE,
    /** There is no space left on a node, for so long that clients are told. */
    EXHAUST_SPACE
}
