package org.trivet.node;

import org.trivet.VolumeConfig;
import org.trivet.client.ClientAgent;
import org.trivet.fs.InodeFileSystem;
import org.trivet.replica.StoredCopy;

import java.util.List;
import java.util.concurrent.Executor;

/** A running volume: its nodes, and a client of it. May be used from any thread. */
public interface Cluster extends AutoCloseable {
    /**
     * What it is made of.
     *
     * @return the volume's description.
     */
    VolumeConfig volume();

    /**
     * The file system, through a client in this process.
     *
     * @return may be called only on the client's agent.
     */
    InodeFileSystem fileSystem();

    /**
     * The way to the client's agent.
     *
     * @return runs tasks there, in order, without waiting for them.
     */
    Executor agentExecutor();

    /**
     * The client in this process, for the library's interfaces over it.
     *
     * @return the client's agent; the cluster closes it.
     */
    ClientAgent client();

    /**
     * How it is doing.
     *
     * @return the state of each node.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    ClusterStatus status() throws InterruptedException;

    /**
     * Counts the blocks that each node that is up holds of each of its groups. Walks their indexes
     * step by step; what is written meanwhile may be counted or not.
     *
     * @return the counts, by node and copy.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    List<BlockCount> countBlocks() throws InterruptedException;

    /**
     * Takes a node down cleanly. INVALID if there is no such node; nothing happens if it is down
     * already.
     *
     * @param node its number.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    void stopNode(int node) throws InterruptedException;

    /**
     * Takes a node down abruptly: it saves nothing more.
     *
     * @param node its number.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    void killNode(int node) throws InterruptedException;

    /**
     * Brings a node up again. Nothing happens if it is up.
     *
     * @param node its number.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    void startNode(int node) throws InterruptedException;

    /**
     * Deletes the storage of a node, which may be up or down.
     *
     * @param node its number.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    void wipeNode(int node) throws InterruptedException;

    /**
     * Damages one stored copy of a block.
     *
     * @param request what to damage, and how.
     * @return what was damaged. NOT_FOUND if nothing stored fits the request.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    Damage corrupt(DamageRequest request) throws InterruptedException;

    /**
     * Looks at what the nodes store of a block of a file, and changes nothing.
     *
     * @param path of the file.
     * @param block number of the block in the file.
     * @return its copies, the first one first; of a node that is down, that it is.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    List<StoredCopy> copies(String path, long block) throws InterruptedException;

    /**
     * Reads and verifies every copy of every block, and compares the copies with each other, while
     * the cluster is in use. What is written meanwhile may be compared or not.
     *
     * @return what was found.
     * @throws InterruptedException if the waiting thread was interrupted.
     * @throws org.trivet.TrivetException TIMED_OUT, naming the reason, if for a while it could not
     *     go on: a node is down, or is being rebuilt.
     */
    Verification verify() throws InterruptedException;

    /**
     * Has each node that is up read through and verify all that it stores, from now on, at its
     * usual pace; {@link #status} tells how far they are.
     *
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    void scrub() throws InterruptedException;

    /**
     * Tells what is lost, as far as the nodes that are up can tell, and which files it belongs to:
     * goes through all directories if there is something.
     *
     * @return what seems to be lost, or has been given up.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    Losses losses() throws InterruptedException;

    /**
     * Has blocks given up of which no node has a good copy: whoever reads one is told so from then
     * on, until it is written again. All nodes are asked for them once more before; if one is down
     * it is waited for, a while here, and then in the background.
     *
     * @param path the file whose blocks may be given up; null for all there are, which includes
     *     groups of which no node has a log any more.
     * @return what is lost now, or has been given up.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    Losses acceptLoss(String path) throws InterruptedException;

    /** Ends the client and takes all nodes down cleanly. */
    @Override
    void close();
}
