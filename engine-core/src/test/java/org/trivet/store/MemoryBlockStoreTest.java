package org.trivet.store;

class MemoryBlockStoreTest extends BlockStoreContract {
    @Override
    protected BlockStore create() {
        return new MemoryBlockStore(
                11,
                StoredEntries.UNIT_LENGTH,
                StoredEntries.TYPE.length(),
                64 << 20,
                MemoryBlockStore.Progress.IN_DO_WORK);
    }

    @Override
    protected BlockStore reopenAfterCrash(final BlockStore crashed) {
        return ((MemoryBlockStore) crashed).reopen(true);
    }
}
