package org.trivet.demo;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Tells the story to a person, and keeps what did not hold. */
final class Narrator {
    private final PrintWriter out;
    private final List<String> failures = new ArrayList<>();
    private int chapters;

    Narrator(final PrintWriter out) {
        this.out = out;
    }

    PrintWriter out() {
        return out;
    }

    void chapter(final String title) {
        out.println();
        out.println(++chapters + ". " + title);
        out.flush();
    }

    void say(final String line) {
        out.println("   " + line);
        out.flush();
    }

    /** States what must hold, and whether it does. */
    void check(final boolean holds, final String what) {
        say((holds ? "[ok]     " : "[FAILED] ") + what);
        if (!holds) {
            failures.add(what);
        }
    }

    List<String> failures() {
        return failures;
    }
}
