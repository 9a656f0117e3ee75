package org.trivet.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What many simulations came to, and which seeds it is about; can be kept as a map of numbers,
 * strings and lists, so that a long run can be gone on with.
 *
 * <p>May be used by several threads.
 */
public final class SimulationTally {
    private final SimulationProfile profile;
    private final long first;
    private final Occurrences occurrences = new Occurrences();
    private final TreeMap<Long, String> failures = new TreeMap<>();

    /** All seeds from the first to before this are done. */
    private long next;

    /** Seeds from {@link #next} on that are done. */
    private final TreeSet<Long> ahead = new TreeSet<>();

    private long runs;
    private long events;
    private long operations;
    private long virtualNs;
    private long workedNs;

    /**
     * A tally of nothing.
     *
     * @param profile how large the simulations are.
     * @param first the first seed.
     */
    public SimulationTally(final SimulationProfile profile, final long first) {
        this.profile = profile;
        this.first = first;
        this.next = first;
    }

    /**
     * A tally that was kept.
     *
     * @param map as {@link #toMap} gave it.
     * @return the same.
     * @throws RuntimeException if it is none.
     */
    public static SimulationTally of(final Map<?, ?> map) {
        final SimulationTally tally =
                new SimulationTally(
                        SimulationProfile.valueOf((String) map.get("profile")),
                        number(map, "first"));
        tally.next = number(map, "next");
        for (final Object seed : (List<?>) map.get("ahead")) {
            tally.ahead.add(((Number) seed).longValue());
        }
        tally.runs = number(map, "seeds");
        tally.events = number(map, "events");
        tally.operations = number(map, "operations");
        tally.virtualNs = number(map, "virtualNs");
        tally.workedNs = number(map, "workedNs");
        for (final Object each : (List<?>) map.get("failures")) {
            final Map<?, ?> failure = (Map<?, ?>) each;
            tally.failures.put(number(failure, "seed"), (String) failure.get("reason"));
        }
        ((Map<?, ?>) map.get("occurrences"))
                .forEach(
                        (what, count) ->
                                tally.occurrences.add((String) what, ((Number) count).longValue()));
        return tally;
    }

    private static long number(final Map<?, ?> map, final String key) {
        return ((Number) map.get(key)).longValue();
    }

    /**
     * All that there is.
     *
     * @return in an order that reads well.
     */
    public synchronized Map<String, Object> toMap() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("profile", profile.name());
        map.put("first", first);
        map.put("next", next);
        map.put("ahead", List.copyOf(ahead));
        map.put("seeds", runs);
        map.put("events", events);
        map.put("operations", operations);
        map.put("virtualNs", virtualNs);
        map.put("workedNs", workedNs);
        final List<Map<String, Object>> failed = new ArrayList<>();
        failures.forEach((seed, reason) -> failed.add(Map.of("seed", seed, "reason", reason)));
        map.put("failures", failed);
        map.put("occurrences", occurrences.all());
        return map;
    }

    /** Counts a run in. */
    synchronized void add(final SimulationResult result) {
        final long seed = result.plan().seed();
        runs++;
        events += result.events();
        operations += result.operations();
        virtualNs += result.virtualNs();
        occurrences.add(result.occurrences());
        if (result.failure() != null) {
            failures.put(seed, String.valueOf(result.failure().getMessage()));
        }
        ahead.add(seed);
        while (ahead.remove(next)) {
            next++;
        }
    }

    synchronized boolean isDone(final long seed) {
        return seed < next || ahead.contains(seed);
    }

    /**
     * Counts in how long it was worked.
     *
     * @param durationNs so much more.
     */
    public synchronized void worked(final long durationNs) {
        workedNs += durationNs;
    }

    /**
     * How large the simulations are.
     *
     * @return as it was made.
     */
    public SimulationProfile profile() {
        return profile;
    }

    /**
     * The first seed.
     *
     * @return as it was made.
     */
    public long first() {
        return first;
    }

    /**
     * The first seed that is not done.
     *
     * @return others behind it may be.
     */
    public synchronized long next() {
        return next;
    }

    /**
     * How many seeds are done.
     *
     * @return of all that were worked at.
     */
    public synchronized long runs() {
        return runs;
    }

    /**
     * Seeds of which something did not hold, with what.
     *
     * @return in order.
     */
    public synchronized Map<Long, String> failures() {
        return new TreeMap<>(failures);
    }

    /**
     * How often what happened.
     *
     * @return by name; what can happen, and did not, is there with 0.
     */
    public synchronized Map<String, Long> occurrences() {
        return occurrences.all();
    }

    /**
     * Seeds in a second.
     *
     * @return 0 if no time was counted.
     */
    public synchronized double seedsPerSecond() {
        return workedNs == 0 ? 0 : runs * 1e9 / workedNs;
    }

    @Override
    public synchronized String toString() {
        return "%,d seeds, %,d events, %,d operations, %,d s of virtual time; %d failed"
                .formatted(runs, events, operations, virtualNs / 1_000_000_000L, failures.size());
    }
}
