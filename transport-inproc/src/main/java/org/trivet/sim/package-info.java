/**
 * The transport, clocks, storage and faults of a simulated world: a whole volume, with its real
 * nodes and clients, runs on one thread in virtual time, and one seed decides everything.
 *
 * <p>See {@code docs/simulator.md}.
 */
package org.trivet.sim;
