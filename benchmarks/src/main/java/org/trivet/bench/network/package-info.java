/**
 * Measures a volume whose nodes are processes, beside what the transport and the memory allow.
 *
 * <p>JMH measures within one process, and what is compared here needs six. Three are looked at by
 * turns, in rounds of a fraction of a second, so that whatever else the machine does slows all of
 * them: the volume itself; the same messages over plain Aeron, between as many processes that do
 * nothing but pass them on, over the same driver's settings and waiting in the same way; and the
 * copies in memory that no way of storing three can do without.
 */
package org.trivet.bench.network;
