/**
 * The segment store: a journal of self-describing records in preallocated, recycled files, and an
 * index of what is committed.
 *
 * <p>{@link org.trivet.store.segment.Journal} knows records, not what they mean; {@link
 * org.trivet.store.segment.SegmentBlockStore} keeps entries, states and rows in one and an index
 * over it. Nothing here opens a file except through {@link org.trivet.store.FileLayer}, and nothing
 * starts a thread: a journal's {@link org.trivet.store.segment.JournalWorker}s, one that writes and
 * one that syncs, may be given some, and are driven by the owner's thread otherwise.
 *
 * <p>Threads: the owner of a journal or store calls all its methods. The workers' threads share
 * only the staging ring, the pool of segments, and the written and synced positions with it.
 */
package org.trivet.store.segment;
