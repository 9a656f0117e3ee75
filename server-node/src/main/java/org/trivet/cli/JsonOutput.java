package org.trivet.cli;

import com.fasterxml.jackson.jr.ob.JSON;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;

/** What commands print with {@code --json}. */
public final class JsonOutput {
    private JsonOutput() {}

    /**
     * Prints it, on several lines.
     *
     * @param value maps, lists, strings, numbers.
     * @param out where to.
     */
    public static void print(final Map<String, ?> value, final PrintWriter out) {
        print(value, JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT), out);
    }

    /**
     * Prints it, on one line.
     *
     * @param value maps, lists, strings, numbers.
     * @param out where to.
     */
    static void printLine(final Map<String, ?> value, final PrintWriter out) {
        print(value, JSON.std, out);
    }

    private static void print(
            final Map<String, ?> value, final JSON format, final PrintWriter out) {
        try {
            out.println(format.asString(value));
        } catch (final IOException ex) {
            throw new TrivetException(ErrorCode.IO, "the result cannot be written as JSON", ex);
        }
    }
}
