package org.trivet.sim;

import org.trivet.client.ClientCounters;
import org.trivet.replica.NodeCounters;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** How often what happened: in the simulation, and as nodes and clients count it. */
final class Occurrences {
    /** What nobody means, and what is mangled does not look like: nodes never count these. */
    static final Set<NodeCounters.Counter> NEVER =
            EnumSet.of(NodeCounters.Counter.DISAGREEING, NodeCounters.Counter.INVALID);

    private final Map<String, Long> counts = new TreeMap<>();

    void count(final Occurrence what) {
        add(what.name(), 1);
    }

    void add(final String what, final long count) {
        counts.merge(what, count, Long::sum);
    }

    /** Takes over what a node has counted that is about to be no more. */
    void add(final NodeCounters counters) {
        for (final NodeCounters.Counter each : NodeCounters.Counter.values()) {
            if (!NEVER.contains(each)) {
                add("node " + each, counters.get(each));
            }
        }
    }

    /** Takes over what a client has counted that is about to be no more. */
    void add(final ClientCounters counters) {
        add("client RESENDS", counters.resends());
        add("client REFUSALS", counters.refusals());
        add("client HEDGES", counters.hedges());
        add("client FAILOVERS", counters.failovers());
        add("client BAD_UNITS", counters.badUnits());
        add("client REPAIRS", counters.repairs());
        add("client DEGRADED_READS", counters.degradedReads());
        add("client MASKED", counters.masked());
    }

    void add(final Occurrences others) {
        others.counts.forEach(this::add);
    }

    /** All that was counted, by name; what may happen and did not is there with 0. */
    Map<String, Long> all() {
        final Map<String, Long> all = new TreeMap<>(counts);
        for (final Occurrence each : Occurrence.values()) {
            all.putIfAbsent(each.name(), 0L);
        }
        return all;
    }
}
