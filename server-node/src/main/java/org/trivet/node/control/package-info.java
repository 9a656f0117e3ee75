/**
 * How the other commands talk to a running cluster: over a Unix-domain socket in its data
 * directory, which only its owner can reach. A cluster asks a node that runs in a process of its
 * own in the same way.
 *
 * <p>A request is one line of JSON, {@code {"protocol":1,"command":"status","arguments":{...}}}.
 * The answer is any number of lines {@code {"progress":{...}}}, and one line {@code
 * {"result":{...}}} or {@code {"error":{"code":"NOT_FOUND","message":"..."}}}. A connection carries
 * one request after the other. Lines have a bounded length, and clients are of a bounded number.
 *
 * <p>The socket is {@code DATA_DIR/control/socket}; where that path is too long for a socket, it is
 * in a temporary directory that {@code DATA_DIR/control/location} names.
 */
package org.trivet.node.control;
