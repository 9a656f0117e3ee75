package org.trivet.fs;

/**
 * On whose behalf an operation runs.
 *
 * @param uid user id that owns what is created.
 * @param gid group id that owns what is created.
 * @param pid process id, for locks; 0 if unknown.
 */
public record Caller(int uid, int gid, int pid) {
    /** The superuser. */
    public static final Caller ROOT = new Caller(0, 0, 0);
}
