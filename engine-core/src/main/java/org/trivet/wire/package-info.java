/**
 * The two ends of a message: adapters decode it into primitives and borrowed buffers and say what
 * it asks, publishers encode it. The codecs are generated from the one schema. Nothing here decides
 * anything, and nothing may be used by two threads at once.
 */
package org.trivet.wire;
