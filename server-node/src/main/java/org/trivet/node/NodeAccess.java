package org.trivet.node;

import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.replica.CopyPiece;
import org.trivet.replica.LostRange;
import org.trivet.replica.NodeLosses;
import org.trivet.replica.PieceRequest;
import org.trivet.replica.StoredCopy;

/**
 * What the operations of a cluster ask of one data node, wherever it runs. Each call is a bounded
 * amount of work for the node, blocks its caller until it is done, and may be made from any thread
 * but the node's.
 *
 * <p>A node that is down, or cannot be reached, throws {@link org.trivet.TrivetException}: CLOSED
 * if it is down, or has died meanwhile, TIMED_OUT if it does not answer. What was asked of it may
 * have been done then.
 */
public interface NodeAccess {
    /**
     * How the node is doing.
     *
     * @return its report; one that says why, if it is down and somebody can tell.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    NodeReport report() throws InterruptedException;

    /**
     * What it knows of losses.
     *
     * @return the same for all its groups, at one instant.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    NodeLosses losses() throws InterruptedException;

    /**
     * Counts on the blocks that it holds of a group. What is written meanwhile may be counted or
     * not.
     *
     * @param before as far as they have been counted.
     * @return further, or to the end. INVALID if it is no member of the group.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    BlockTally countBlocks(BlockTally before) throws InterruptedException;

    /**
     * Looks at what it stores of units, and changes nothing.
     *
     * @param units at most a block's. INVALID if there are more, or it is no member of the group.
     * @return the copy.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    StoredCopy inspect(UnitRange units) throws InterruptedException;

    /**
     * Takes a piece of what it stores, verified, for a comparison with other copies.
     *
     * @param request which. INVALID if it is no member of the group.
     * @return the piece.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    CopyPiece piece(PieceRequest request) throws InterruptedException;

    /**
     * Damages a copy that it stores.
     *
     * @param order which copy, and how.
     * @return what was damaged; null if it stores none of it. NOT_FOUND if it cannot be damaged in
     *     this way, for there is nothing to swap it with.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    Damage damage(DamageOrder order) throws InterruptedException;

    /**
     * Has it read through and verify all that it stores, from now on, at its usual pace.
     *
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    void scrub() throws InterruptedException;

    /**
     * Has it give up what is lost of some keys of the group that it leads, once all members have
     * said that they do not have it: {@link NodeLosses#isUnderWay} until then.
     *
     * @param range the keys. INVALID if they are of another group.
     * @param firstUnusedDataId no file has ever had this data id, or one above it.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    void acceptLoss(LostRange range, long firstUnusedDataId) throws InterruptedException;
}
