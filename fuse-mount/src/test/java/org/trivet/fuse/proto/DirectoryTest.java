package org.trivet.fuse.proto;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.trivet.fuse.MemoryFileSystem;
import org.trivet.fuse.proto.SimulatedKernel.Reply;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;

class DirectoryTest {
    private static final int ENTRIES = 100_000;

    private final SimulatedKernel kernel = new SimulatedKernel(new MemoryFileSystem());
    private final Map<String, Integer> seen = new HashMap<>();

    private void make(final String name) {
        kernel.call(Opcode.MKNOD, 1, Message.empty().u32(0100644).u32(0).u32(0).u32(0).name(name));
        kernel.replies.clear();
    }

    private void remove(final String name) {
        assertEquals(0, kernel.call(Opcode.UNLINK, 1, Message.empty().name(name)).errno());
        kernel.replies.clear();
    }

    /** Notes the names of one reply; returns the last cookie, or -1 at the end. */
    private long parse(final Reply reply, final boolean plus) {
        final ByteBuffer bytes = reply.payload();
        long cookie = -1;
        for (int at = 0; at < bytes.capacity(); ) {
            final int entry = plus ? at + Layouts.ENTRY_OUT.size() : at;
            final byte[] name = new byte[bytes.getInt(entry + Layouts.DIRENT.at("namelen"))];
            bytes.get(entry + Layouts.DIRENT.size(), name);
            final String text = new String(name, StandardCharsets.UTF_8);
            seen.merge(text, 1, Integer::sum);
            cookie = bytes.getLong(entry + Layouts.DIRENT.at("off"));
            if (plus) {
                final boolean isDot = text.equals(".") || text.equals("..");
                assertEquals(isDot, bytes.getLong(at) == 0, text);
            }
            at = entry + (Layouts.DIRENT.size() + name.length + 7 & -8);
        }
        return cookie;
    }

    @ParameterizedTest
    @EnumSource(names = {"READDIR", "READDIRPLUS"})
    void listingIsCompleteAndWithoutRepetitionWhileEntriesComeAndGo(final Opcode opcode) {
        final long seed = 42;
        final Random random = new Random(seed);
        final Set<String> staying = new HashSet<>(Set.of(".", ".."));
        for (int i = 0; i < ENTRIES; i++) {
            make("entry-" + i);
            staying.add("entry-" + i);
        }
        final long handle = kernel.call(Opcode.OPENDIR, 1, Message.empty().u32(0).u32(0)).u64(0);
        long cookie = 0;
        for (int page = 0; ; page++) {
            final Reply reply = kernel.call(opcode, 1, Message.read(handle, cookie, 4096));
            kernel.replies.clear();
            final long last = parse(reply, opcode == Opcode.READDIRPLUS);
            if (last < 0) {
                break;
            }
            cookie = last;
            if (page < 500) { // or each page would find one more
                make("new-" + page);
            }
            final String victim = "entry-" + random.nextInt(ENTRIES);
            if (staying.remove(victim)) {
                remove(victim);
            }
            assertTrue(page < ENTRIES, "seed " + seed + ": the listing has no end");
        }
        seen.forEach((name, times) -> assertEquals(1, times, "seed " + seed + ": " + name));
        staying.removeAll(seen.keySet());
        assertEquals(Set.of(), staying, "seed " + seed + ": missing");
    }
}
