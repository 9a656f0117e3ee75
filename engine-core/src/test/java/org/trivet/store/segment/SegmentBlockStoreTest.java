package org.trivet.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig.Durability;
import org.trivet.store.BlockStore;
import org.trivet.store.BlockStoreContract;
import org.trivet.store.Extent;
import org.trivet.store.ExtentList;
import org.trivet.store.FileFaults;
import org.trivet.store.ForwardingKeyValueStore;
import org.trivet.store.KeyValueStore;
import org.trivet.store.KeyValueStoreProvider;
import org.trivet.store.MemoryFileLayer;
import org.trivet.store.MemoryKeyValueStore;
import org.trivet.store.StoredEntries;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class SegmentBlockStoreTest extends BlockStoreContract {
    private final MemoryFileLayer layer = new MemoryFileLayer(64 << 20);
    private final MemoryIndex index = new MemoryIndex();

    /** An index in memory that survives the closing of its store. */
    static final class MemoryIndex implements KeyValueStoreProvider {
        MemoryKeyValueStore store = new MemoryKeyValueStore();
        int putAside;

        /** What the open store has found wrong with itself. */
        RuntimeException failure;

        @Override
        public KeyValueStore open() {
            return new ForwardingKeyValueStore(store.reopen()) {
                @Override
                public RuntimeException failure() {
                    return failure;
                }
            };
        }

        @Override
        public void putAside() {
            store = new MemoryKeyValueStore();
            failure = null;
            putAside++;
        }
    }

    static SegmentStoreConfig config(final long capacityBytes, final Durability durability) {
        final JournalConfig journal =
                new JournalConfig(
                        99,
                        1 << 20,
                        128 << 10,
                        capacityBytes,
                        0,
                        1 << 20,
                        durability,
                        100_000_000L,
                        true);
        return new SegmentStoreConfig(
                journal, StoredEntries.UNIT_LENGTH, StoredEntries.TYPE, 1 << 16, 64 << 10);
    }

    @Override
    protected BlockStore create() {
        return SegmentBlockStore.open(layer, index, config(0, Durability.DISK), System::nanoTime);
    }

    @Override
    protected BlockStore reopenAfterCrash(final BlockStore crashed) {
        layer.losePower(new Random(1));
        return SegmentBlockStore.open(layer, index, config(0, Durability.DISK), System::nanoTime);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anIndexThatWasFoundDamagedIsNotOpenedAgain(final boolean isAbandoned) {
        final byte[] data = new byte[3 * StoredEntries.UNIT_LENGTH];
        entries.write(store, 0, 1, 7, 0, data).applyTo(store);
        settle();
        store.checkpoint(store.endPosition());
        index.failure = new TrivetException(ErrorCode.CORRUPT, "a page of the wrong type");
        if (isAbandoned) {
            ((SegmentBlockStore) store).abandon();
        } else {
            store.close();
        }
        assertEquals(1, index.putAside);
        store = create();
        assertTrue(store.indexRebuilt());
        assertNull(store.failure());
    }

    /** Of what is read when an index is opened: what it is of, and, last, counts of units. */
    @ParameterizedTest
    @ValueSource(bytes = {0x01, 0x04})
    void anIndexThatIsDamagedWhereItIsOpenedGivesWayToAnEmptyOne(final byte damagedKind) {
        final byte[] data = new byte[3 * StoredEntries.UNIT_LENGTH];
        entries.write(store, 0, 1, 7, 0, data).applyTo(store);
        settle();
        store.checkpoint(store.endPosition());
        final long rows = liveRows();
        store.close();
        store =
                SegmentBlockStore.open(
                        layer,
                        new DamagedIndex(damagedKind),
                        config(0, Durability.DISK),
                        System::nanoTime);
        assertEquals(1, index.putAside);
        assertTrue(store.indexRebuilt());
        assertEquals(1, rows);
        assertEquals(0, liveRows(), "none counts twice");
    }

    private long liveRows() {
        return ((SegmentBlockStore) store)
                .journal().segments().values().stream().mapToLong(each -> each.liveRows).sum();
    }

    /** The same index, of which rows of a kind cannot be read until it has been put aside. */
    private final class DamagedIndex implements KeyValueStoreProvider {
        private final byte kind;

        private DamagedIndex(final byte kind) {
            this.kind = kind;
        }

        @Override
        public KeyValueStore open() {
            final KeyValueStore opened = index.open();
            return index.putAside > 0
                    ? opened
                    : new ForwardingKeyValueStore(opened) {
                        @Override
                        public DirectBuffer get(
                                final DirectBuffer key, final int offset, final int length) {
                            refuse(key.getByte(offset));
                            return super.get(key, offset, length);
                        }

                        @Override
                        public void forward(
                                final DirectBuffer key,
                                final int offset,
                                final int length,
                                final Visitor visitor) {
                            refuse(key.getByte(offset));
                            super.forward(key, offset, length, visitor);
                        }
                    };
        }

        private void refuse(final byte asked) {
            if (asked == kind) {
                throw new TrivetException(ErrorCode.CORRUPT, "a page of the wrong type");
            }
        }

        @Override
        public void putAside() {
            index.putAside();
        }
    }

    @Test
    void aLongReadTakesOneCallIfThereIsRoomForTheFront() {
        final byte[] data = new byte[1000 * StoredEntries.UNIT_LENGTH];
        final StoredEntries.Stored entry = entries.write(store, 0, 1, 7, 0, data);
        settle();
        entry.applyTo(store);
        final ExtentList extents = new ExtentList();
        store.find(0, 7, 0, 1000, extents);
        final Extent extent = extents.get(0);
        final int dataAt =
                BlockStore.FRONT_LENGTH + extent.unitCount() * StoredEntries.TYPE.length();
        final UnsafeBuffer buffer =
                new UnsafeBuffer(ByteBuffer.allocateDirect(dataAt + data.length));
        final List<Long> reads = new ArrayList<>();
        layer.faults(
                (call, name, offset, length) -> {
                    if (call == FileFaults.Call.READ) {
                        reads.add(offset);
                    }
                });
        assertTrue(store.read(extent, buffer, 0, dataAt));
        assertEquals(1, reads.size());
    }
}
