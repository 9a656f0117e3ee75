package org.trivet.store;

/** Opens a key-value store that can be lost without harm: an index that can be rebuilt. */
public interface KeyValueStoreProvider {
    /**
     * Opens the store, creating it where there is none.
     *
     * @return the open store.
     * @throws org.trivet.TrivetException CORRUPT if what is there cannot be used; NO_SPACE; IO.
     */
    KeyValueStore open();

    /** Puts what is there aside, while it is not open, so that opening creates an empty one. */
    void putAside();
}
