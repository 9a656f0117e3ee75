package org.trivet.bench.measure;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;

/** Figures in columns, for people, and by name, for programs. */
public final class FiguresTable {
    private final PrintWriter out;

    /**
     * A table to be printed.
     *
     * @param out where to.
     */
    public FiguresTable(final PrintWriter out) {
        this.out = out;
    }

    /**
     * Prints the names of the columns.
     *
     * @param rate what there are so many of in a second; may be empty.
     */
    public void head(final String rate) {
        final String perSecond = (rate + " a second").trim();
        out.printf("  %-22s %-18s %12s %12s %16s%n", "", "", "median us", "99 % us", perSecond);
    }

    /**
     * Prints a line.
     *
     * @param task what was done.
     * @param subject by whom.
     * @param figures how.
     */
    public void row(final String task, final String subject, final Figures figures) {
        out.printf(
                "  %-22s %-18s %12.2f %12.2f %,16.0f%n",
                task, subject, figures.medianUs(), figures.p99Us(), figures.perSecond());
    }

    /**
     * Prints what came of comparing.
     *
     * @param title of the whole.
     * @param ratios by what was compared; nothing is printed if there are none.
     */
    public void ratios(final String title, final Map<String, Double> ratios) {
        if (!ratios.isEmpty()) {
            out.printf("  %s:%n", title);
            ratios.forEach((what, ratio) -> out.printf("    %-52s %8.3f%n", what, ratio));
        }
    }

    /**
     * The same as a line, to be printed as JSON.
     *
     * @param task what was done.
     * @param subject by whom.
     * @param figures how.
     * @return by name.
     */
    public static Map<String, ?> toMap(
            final String task, final String subject, final Figures figures) {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("task", task);
        map.put("subject", subject);
        map.put("count", figures.count());
        map.put("medianUs", figures.medianUs());
        map.put("p99Us", figures.p99Us());
        map.put("perSecond", figures.perSecond());
        return map;
    }
}
