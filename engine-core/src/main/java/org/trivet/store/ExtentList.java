package org.trivet.store;

import java.util.ArrayList;

/** A reusable list of extents, in key order. Allocates only as it grows. */
public final class ExtentList {
    private final ArrayList<Extent> extents = new ArrayList<>();
    private int size;

    /** An empty list. */
    public ExtentList() {}

    /** Empties the list; its extents are reused. */
    public void clear() {
        size = 0;
    }

    /**
     * Adds an extent, to be filled by the caller.
     *
     * @return the extent, with the values of an earlier use.
     */
    public Extent add() {
        if (size == extents.size()) {
            extents.add(new Extent());
        }
        return extents.get(size++);
    }

    /**
     * How many there are.
     *
     * @return the number.
     */
    public int size() {
        return size;
    }

    /**
     * An extent.
     *
     * @param index 0 to size-1.
     * @return it; valid until the list is cleared.
     */
    public Extent get(final int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException(index);
        }
        return extents.get(index);
    }

    /** Removes the last extent. */
    public void removeLast() {
        size--;
    }
}
