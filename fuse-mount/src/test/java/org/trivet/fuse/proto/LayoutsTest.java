package org.trivet.fuse.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.TreeMap;

class LayoutsTest {
    /** sizeof, as a C compiler has it for linux/fuse.h. */
    private static final Map<String, Integer> SIZES =
            Map.ofEntries(
                    Map.entry("fuse_in_header", 40),
                    Map.entry("fuse_out_header", 16),
                    Map.entry("fuse_attr", 88),
                    Map.entry("fuse_entry_out", 128),
                    Map.entry("fuse_attr_out", 104),
                    Map.entry("fuse_open_out", 16),
                    Map.entry("fuse_write_out", 8),
                    Map.entry("fuse_statfs_out", 80),
                    Map.entry("fuse_getxattr_out", 8),
                    Map.entry("fuse_file_lock", 24),
                    Map.entry("fuse_lseek_out", 8),
                    Map.entry("fuse_dirent", 24),
                    Map.entry("fuse_init_out", 64),
                    Map.entry("fuse_notify_inval_inode_out", 24),
                    Map.entry("fuse_notify_inval_entry_out", 16),
                    Map.entry("fuse_init_in", 64),
                    Map.entry("fuse_forget_in", 8),
                    Map.entry("fuse_forget_one", 16),
                    Map.entry("fuse_batch_forget_in", 8),
                    Map.entry("fuse_getattr_in", 16),
                    Map.entry("fuse_setattr_in", 88),
                    Map.entry("fuse_mknod_in", 16),
                    Map.entry("fuse_mkdir_in", 8),
                    Map.entry("fuse_rename_in", 8),
                    Map.entry("fuse_rename2_in", 16),
                    Map.entry("fuse_link_in", 8),
                    Map.entry("fuse_open_in", 8),
                    Map.entry("fuse_create_in", 16),
                    Map.entry("fuse_release_in", 24),
                    Map.entry("fuse_flush_in", 24),
                    Map.entry("fuse_read_in", 40),
                    Map.entry("fuse_write_in", 40),
                    Map.entry("fuse_fsync_in", 16),
                    Map.entry("fuse_setxattr_in (short)", 8),
                    Map.entry("fuse_getxattr_in", 8),
                    Map.entry("fuse_lk_in", 48),
                    Map.entry("fuse_interrupt_in", 8),
                    Map.entry("fuse_fallocate_in", 32),
                    Map.entry("fuse_lseek_in", 24),
                    Map.entry("fuse_copy_file_range_in", 56));

    @Test
    void structuresHaveTheSizesOfTheKernelsHeader() {
        final Map<String, Integer> sizes = new TreeMap<>();
        Layouts.ALL.forEach(struct -> sizes.put(struct.name(), struct.size()));
        assertEquals(new TreeMap<>(SIZES), sizes);
    }

    @Test
    void fieldsLieWhereTheKernelsHeaderHasThem() {
        assertEquals(24, Layouts.IN_HEADER.at("uid"));
        assertEquals(60, Layouts.ATTR.at("mode"));
        assertEquals(80, Layouts.ATTR.at("blksize"));
        assertEquals(40, Layouts.ENTRY_OUT.at("attr"));
        assertEquals(16, Layouts.ATTR_OUT.at("attr"));
        assertEquals(68, Layouts.SETATTR_IN.at("mode"));
        assertEquals(76, Layouts.SETATTR_IN.at("uid"));
        assertEquals(16, Layouts.LK_IN.at("lk"));
        assertEquals(40, Layouts.LK_IN.at("lk_flags"));
        assertEquals(28, Layouts.INIT_OUT.at("max_pages"));
        assertEquals(32, Layouts.INIT_OUT.at("flags2"));
        assertEquals(40, Layouts.STATFS_OUT.at("bsize"));
    }

    @Test
    void aSlipInAStructureIsRefused() {
        assertThrows(AssertionError.class, () -> new Struct("wrong size", 8, "u32 one"));
        assertThrows(AssertionError.class, () -> new Struct("not aligned", 12, "u32 one,u64 two"));
        assertThrows(AssertionError.class, () -> new Struct("one field", 4, "u32 one").at("two"));
    }

    @Test
    void opcodesAreFoundByTheirNumbers() {
        for (final Opcode opcode : Opcode.values()) {
            assertEquals(opcode, Opcode.of(opcode.code()));
        }
        assertEquals(null, Opcode.of(0));
        assertEquals(null, Opcode.of(-1));
        assertEquals(null, Opcode.of(Integer.MAX_VALUE));
    }

    @Test
    void payloadsAreOnPageBorders() {
        assertEquals(0, (new MessageBuffer(Request.WRITE_HEAD_LENGTH, 4096).address() + 80) % 4096);
        assertEquals(
                0, (new MessageBuffer(Request.REPLY_HEADER_LENGTH, 4096).address() + 16) % 4096);
    }
}
