package org.trivet.bench;

/** Where nodes keep their blocks. */
public enum StorageKind {
    /** In memory. */
    MEMORY,
    /** In segments, with an index in LMDB, in the system's place for temporary files. */
    DISK
}
