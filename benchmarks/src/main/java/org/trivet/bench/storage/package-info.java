/**
 * Measures what one data node's storage makes of its disk, beside a bare file.
 *
 * <p>The store is opened as a node opens it, on real files and with the threads of its journal; the
 * file is reserved and filled with zeros beforehand as segments are, and written and read through a
 * channel and nothing else. Both do the same by turns, in rounds, so that whatever else the machine
 * does slows both of them. JMH cannot do that: it measures one after the other.
 */
package org.trivet.bench.storage;
