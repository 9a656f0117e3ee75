package org.trivet.node.disk;

class DiskBlockStoreDrivenByItsOwnerTest extends DiskBlockStoreContract {
    @Override
    boolean threaded() {
        return false;
    }
}
