package org.trivet.replica;

/**
 * A copy of a block as a node has it in its index.
 *
 * @param node whose.
 * @param copy 0 for the first copy.
 * @param state what it is worth.
 * @param version sequence number of the newest entry in it; 0 if there is none.
 * @param length bytes stored.
 * @param hash of the bytes stored, with where they are.
 */
public record StoredCopy(int node, int copy, State state, long version, long length, int hash) {
    /** What a copy is worth. */
    public enum State {
        /** The node is down. */
        DOWN,
        /** The node knows that it does not know: it is fetching it. */
        UNKNOWN,
        /** What is stored is damaged, and the node has not noticed yet. */
        BAD,
        /** No good copy was left anywhere, and the loss has been accepted. */
        GIVEN_UP,
        /** Nothing is stored: zeros. */
        HOLE,
        /** All that is stored matches its checksums. */
        GOOD
    }
}
