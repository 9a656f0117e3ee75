/**
 * The transport within one JVM: a message is copied once, by the sender, into the queue of the
 * receiver's, and read there in place.
 *
 * <p>Any number of threads may send to one endpoint. Each endpoint is polled by one thread, and
 * wakes it when a message arrives, so that nobody need poll blindly. What an endpoint accepted is
 * delivered, once and in order for each sender, unless the endpoint closes first.
 */
package org.trivet.inproc;
