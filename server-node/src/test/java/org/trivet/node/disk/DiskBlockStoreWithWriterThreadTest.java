package org.trivet.node.disk;

class DiskBlockStoreWithWriterThreadTest extends DiskBlockStoreContract {
    @Override
    boolean threaded() {
        return true;
    }
}
