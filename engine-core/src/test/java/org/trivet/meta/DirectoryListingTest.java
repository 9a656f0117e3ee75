package org.trivet.meta;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.trivet.meta.MetadataRig.CALLER;
import static org.trivet.meta.MetadataRig.ROOT;
import static org.trivet.meta.MetadataRig.bytes;

import org.junit.jupiter.api.Test;
import org.trivet.Completion;
import org.trivet.TrivetException;
import org.trivet.fs.Attributes;
import org.trivet.fs.DirectoryEntry;

import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

class DirectoryListingTest {
    private static final int ENTRIES = 100_000;
    private final MetadataRig rig = new MetadataRig();
    private final MetadataRig.Peer a = rig.connect();

    @Test
    void listingSeesEachStayingEntryOnceWhileOthersComeAndGo() {
        final int[] made = {0};
        final Completion<Attributes> counts =
                new Completion<>() {
                    @Override
                    public void succeeded(final Attributes value) {
                        made[0]++;
                    }

                    @Override
                    public void failed(final TrivetException error) {
                        throw error;
                    }
                };
        for (int i = 0; i < ENTRIES; i += 1000) {
            for (int j = i; j < i + 1000; j++) {
                a.client.makeNode(CALLER, ROOT, bytes("f" + j), 0644, 0, counts);
            }
            final int all = i + 1000;
            rig.runUntil(() -> made[0] == all);
        }
        final Random random = new Random(5);
        final Set<String> seen = new HashSet<>();
        final Set<String> gone = new HashSet<>();
        long cookie = 0;
        int came = 0;
        while (true) {
            final List<DirectoryEntry> some = a.list(ROOT, cookie, 3000);
            if (some.isEmpty()) {
                break;
            }
            for (final DirectoryEntry entry : some) {
                assertTrue(entry.cookie() > cookie && entry.cookie() > 16);
                cookie = entry.cookie();
                assertTrue(seen.add(MetadataRig.text(entry.name())));
            }
            final String victim = "f" + random.nextInt(ENTRIES);
            if (gone.add(victim)) {
                a.unlink(ROOT, victim);
            }
            if (came < 20) {
                a.file(ROOT, "new" + came++);
            }
        }
        for (int i = 0; i < ENTRIES; i++) {
            assertTrue(seen.contains("f" + i) || gone.contains("f" + i), "f" + i);
        }
        assertEquals(ENTRIES + 1 + came - gone.size(), a.inodes());
    }
}
