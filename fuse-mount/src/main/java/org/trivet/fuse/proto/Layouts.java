package org.trivet.fuse.proto;

import java.util.List;

/** The structures of the protocol, version 7.31 and later, in the machine's byte order. */
final class Layouts {
    static final Struct IN_HEADER =
            new Struct(
                    "fuse_in_header",
                    40,
                    "u32 len,u32 opcode,u64 unique,u64 nodeid,u32 uid,u32 gid,u32 pid,u16"
                            + " total_extlen,u16 padding");
    static final Struct OUT_HEADER =
            new Struct("fuse_out_header", 16, "u32 len,u32 error,u64 unique");
    static final Struct ATTR =
            new Struct(
                    "fuse_attr",
                    88,
                    "u64 ino,u64 size,u64 blocks,u64 atime,u64 mtime,u64 ctime,u32 atimensec,u32"
                        + " mtimensec,u32 ctimensec,u32 mode,u32 nlink,u32 uid,u32 gid,u32 rdev,u32"
                        + " blksize,u32 flags");
    static final Struct ENTRY_OUT =
            new Struct(
                    "fuse_entry_out",
                    128,
                    "u64 nodeid,u64 generation,u64 entry_valid,u64 attr_valid,u32"
                            + " entry_valid_nsec,u32 attr_valid_nsec,*88 attr");
    static final Struct ATTR_OUT =
            new Struct(
                    "fuse_attr_out", 104, "u64 attr_valid,u32 attr_valid_nsec,u32 dummy,*88 attr");
    static final Struct OPEN_OUT =
            new Struct("fuse_open_out", 16, "u64 fh,u32 open_flags,u32 padding");
    static final Struct WRITE_OUT = new Struct("fuse_write_out", 8, "u32 size,u32 padding");
    static final Struct STATFS_OUT =
            new Struct(
                    "fuse_statfs_out",
                    80,
                    "u64 blocks,u64 bfree,u64 bavail,u64 files,u64 ffree,u32 bsize,u32 namelen,u32"
                            + " frsize,u32 padding,u32[6] spare");
    static final Struct GETXATTR_OUT = new Struct("fuse_getxattr_out", 8, "u32 size,u32 padding");
    static final Struct FILE_LOCK =
            new Struct("fuse_file_lock", 24, "u64 start,u64 end,u32 type,u32 pid");
    static final Struct LSEEK_OUT = new Struct("fuse_lseek_out", 8, "u64 offset");
    static final Struct DIRENT =
            new Struct("fuse_dirent", 24, "u64 ino,u64 off,u32 namelen,u32 type");
    static final Struct INIT_OUT =
            new Struct(
                    "fuse_init_out",
                    64,
                    "u32 major,u32 minor,u32 max_readahead,u32 flags,u16 max_background,u16"
                            + " congestion_threshold,u32 max_write,u32 time_gran,u16 max_pages,u16"
                            + " map_alignment,u32 flags2,u32[7] unused");
    static final Struct NOTIFY_INVAL_INODE =
            new Struct("fuse_notify_inval_inode_out", 24, "u64 ino,u64 off,u64 len");
    static final Struct NOTIFY_INVAL_ENTRY =
            new Struct("fuse_notify_inval_entry_out", 16, "u64 parent,u32 namelen,u32 flags");

    static final Struct INIT_IN =
            new Struct(
                    "fuse_init_in",
                    64,
                    "u32 major,u32 minor,u32 max_readahead,u32 flags,u32 flags2,u32[11] unused");
    static final Struct FORGET_IN = new Struct("fuse_forget_in", 8, "u64 nlookup");
    static final Struct FORGET_ONE = new Struct("fuse_forget_one", 16, "u64 nodeid,u64 nlookup");
    static final Struct BATCH_FORGET_IN =
            new Struct("fuse_batch_forget_in", 8, "u32 count,u32 dummy");
    static final Struct GETATTR_IN =
            new Struct("fuse_getattr_in", 16, "u32 getattr_flags,u32 dummy,u64 fh");
    static final Struct SETATTR_IN =
            new Struct(
                    "fuse_setattr_in",
                    88,
                    "u32 valid,u32 padding,u64 fh,u64 size,u64 lock_owner,u64 atime,u64 mtime,u64"
                            + " ctime,u32 atimensec,u32 mtimensec,u32 ctimensec,u32 mode,u32"
                            + " unused4,u32 uid,u32 gid,u32 unused5");
    static final Struct MKNOD_IN =
            new Struct("fuse_mknod_in", 16, "u32 mode,u32 rdev,u32 umask,u32 padding");
    static final Struct MKDIR_IN = new Struct("fuse_mkdir_in", 8, "u32 mode,u32 umask");
    static final Struct RENAME_IN = new Struct("fuse_rename_in", 8, "u64 newdir");
    static final Struct RENAME2_IN =
            new Struct("fuse_rename2_in", 16, "u64 newdir,u32 flags,u32 padding");
    static final Struct LINK_IN = new Struct("fuse_link_in", 8, "u64 oldnodeid");
    static final Struct OPEN_IN = new Struct("fuse_open_in", 8, "u32 flags,u32 open_flags");
    static final Struct CREATE_IN =
            new Struct("fuse_create_in", 16, "u32 flags,u32 mode,u32 umask,u32 open_flags");
    static final Struct RELEASE_IN =
            new Struct("fuse_release_in", 24, "u64 fh,u32 flags,u32 release_flags,u64 lock_owner");
    static final Struct FLUSH_IN =
            new Struct("fuse_flush_in", 24, "u64 fh,u32 unused,u32 padding,u64 lock_owner");
    static final Struct READ_IN =
            new Struct(
                    "fuse_read_in",
                    40,
                    "u64 fh,u64 offset,u32 size,u32 read_flags,u64 lock_owner,u32 flags,u32"
                            + " padding");
    static final Struct WRITE_IN =
            new Struct(
                    "fuse_write_in",
                    40,
                    "u64 fh,u64 offset,u32 size,u32 write_flags,u64 lock_owner,u32 flags,u32"
                            + " padding");
    static final Struct FSYNC_IN =
            new Struct("fuse_fsync_in", 16, "u64 fh,u32 fsync_flags,u32 padding");
    static final Struct SETXATTR_IN =
            new Struct("fuse_setxattr_in (short)", 8, "u32 size,u32 flags");
    static final Struct GETXATTR_IN = new Struct("fuse_getxattr_in", 8, "u32 size,u32 padding");
    static final Struct LK_IN =
            new Struct("fuse_lk_in", 48, "u64 fh,u64 owner,*24 lk,u32 lk_flags,u32 padding");
    static final Struct INTERRUPT_IN = new Struct("fuse_interrupt_in", 8, "u64 unique");
    static final Struct FALLOCATE_IN =
            new Struct(
                    "fuse_fallocate_in", 32, "u64 fh,u64 offset,u64 length,u32 mode,u32 padding");
    static final Struct LSEEK_IN =
            new Struct("fuse_lseek_in", 24, "u64 fh,u64 offset,u32 whence,u32 padding");
    static final Struct COPY_FILE_RANGE_IN =
            new Struct(
                    "fuse_copy_file_range_in",
                    56,
                    "u64 fh_in,u64 off_in,u64 nodeid_out,u64 fh_out,u64 off_out,u64 len,u64 flags");

    /** Every structure, for checks. */
    static final List<Struct> ALL =
            List.of(
                    IN_HEADER,
                    OUT_HEADER,
                    ATTR,
                    ENTRY_OUT,
                    ATTR_OUT,
                    OPEN_OUT,
                    WRITE_OUT,
                    STATFS_OUT,
                    GETXATTR_OUT,
                    FILE_LOCK,
                    LSEEK_OUT,
                    DIRENT,
                    INIT_OUT,
                    NOTIFY_INVAL_INODE,
                    NOTIFY_INVAL_ENTRY,
                    INIT_IN,
                    FORGET_IN,
                    FORGET_ONE,
                    BATCH_FORGET_IN,
                    GETATTR_IN,
                    SETATTR_IN,
                    MKNOD_IN,
                    MKDIR_IN,
                    RENAME_IN,
                    RENAME2_IN,
                    LINK_IN,
                    OPEN_IN,
                    CREATE_IN,
                    RELEASE_IN,
                    FLUSH_IN,
                    READ_IN,
                    WRITE_IN,
                    FSYNC_IN,
                    SETXATTR_IN,
                    GETXATTR_IN,
                    LK_IN,
                    INTERRUPT_IN,
                    FALLOCATE_IN,
                    LSEEK_IN,
                    COPY_FILE_RANGE_IN);

    private Layouts() {}
}
