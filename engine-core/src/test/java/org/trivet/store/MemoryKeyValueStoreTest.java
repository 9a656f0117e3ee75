package org.trivet.store;

class MemoryKeyValueStoreTest extends KeyValueStoreContract {
    private final MemoryKeyValueStore kept = new MemoryKeyValueStore();

    @Override
    protected KeyValueStore open() {
        return kept.reopen();
    }
}
