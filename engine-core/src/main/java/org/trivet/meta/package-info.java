/**
 * The metadata service: names, attributes, sessions, locks, and what is left to be done about dead
 * data.
 *
 * <p>{@link org.trivet.meta.Namespace} is a deterministic state machine over a {@link
 * org.trivet.store.KeyValueStore}: a command and a time in, a reply and effects out; no clock, no
 * input or output, no thread. {@link org.trivet.meta.MetadataNode} is the agent around it: it
 * journals commands, answers when they are durable, commits the store from time to time, expires
 * sessions, and runs the background work. {@link org.trivet.meta.MetadataClient} is the client's
 * side, on the thread of the client's agent. Nothing here may be used by two threads at once.
 */
package org.trivet.meta;
