package org.trivet.sim;

/**
 * The process dies here. An error, so that nothing which it passes takes it for a failure that it
 * could go on after.
 */
final class SimulatedCrash extends Error {
    private static final long serialVersionUID = 1L;

    SimulatedCrash() {
        super("the process dies", null, false, false);
    }
}
