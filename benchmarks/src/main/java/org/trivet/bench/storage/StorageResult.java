package org.trivet.bench.storage;

import org.trivet.bench.measure.Figures;
import org.trivet.bench.measure.Rounds;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was measured.
 *
 * @param tasks what was done.
 * @param rounds how, round by round; rates are those of blocks, times those of batches.
 * @param space what blocks take.
 */
record StorageResult(List<Task> tasks, Rounds<Subject, Task> rounds, SpaceUse space) {
    /** Medians over the rounds, by subject. */
    Map<Subject, Figures> figures(final Task task) {
        return rounds.figures(task);
    }

    /**
     * How the store compares with the bare file: the median of what each round says. More is better
     * throughout. Of the rate what others do on the machine takes its part; of the median less.
     *
     * @return by what is compared.
     */
    Map<String, Double> ratios() {
        final Map<String, Double> ratios = new LinkedHashMap<>();
        for (final Task task : tasks) {
            ratios.put(
                    task.title() + ": rate / that of a bare file",
                    rounds.ratio(Subject.STORE, task, Subject.FILE, task, Figures::perSecond));
            ratios.put(
                    task.title() + ": median of a bare file / that",
                    rounds.ratio(Subject.FILE, task, Subject.STORE, task, Figures::medianUs));
        }
        return ratios;
    }
}
