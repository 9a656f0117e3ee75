/**
 * The kernel's FUSE protocol, without a device: requests come in as bytes and replies go out as
 * bytes.
 *
 * <p>{@link org.trivet.fuse.proto.FuseDispatcher} is given each message that was read from the
 * device, on whatever thread read it, and hands it to the file system on the thread of the file
 * system's agent; that thread then encodes and sends the reply. No thread that reads the device
 * ever waits for the file system.
 *
 * <p>Integers are in the machine's byte order, as the protocol has them. Names are bytes.
 */
package org.trivet.fuse.proto;
