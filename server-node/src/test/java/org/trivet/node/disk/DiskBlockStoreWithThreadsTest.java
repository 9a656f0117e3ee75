package org.trivet.node.disk;

class DiskBlockStoreWithThreadsTest extends DiskBlockStoreContract {
    @Override
    boolean threaded() {
        return true;
    }
}
