package org.trivet.sim;

import java.util.List;

/**
 * How a simulation went.
 *
 * @param plan what was simulated.
 * @param failure what did not hold, or null.
 * @param traceHash differs for runs that differ.
 * @param events how much happened.
 * @param operations how many operations clients began.
 * @param virtualNs how much time passed.
 * @param occurrences what happened how often.
 * @param notes the last things that happened to machines, if something did not hold.
 */
record SimulationResult(
        SimulationPlan plan,
        Throwable failure,
        long traceHash,
        long events,
        int operations,
        long virtualNs,
        Occurrences occurrences,
        List<String> notes) {}
