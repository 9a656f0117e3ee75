/**
 * The storage of one node: a journal of records, and an index of what is committed.
 *
 * <p>{@link org.trivet.store.BlockStore} is what the replication protocol stands on. {@link
 * org.trivet.store.FileLayer} and {@link org.trivet.store.KeyValueStore} are what a real store
 * stands on, so that its logic opens no file itself and runs under simulated faults. One thread,
 * the node's agent, owns a store; only what says so may be called from others.
 */
package org.trivet.store;
