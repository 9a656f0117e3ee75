package org.trivet.node;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands that run another process like this one: its Java, its options, its classes. */
public final class JavaCommand {
    private JavaCommand() {}

    /**
     * The command that runs a class.
     *
     * @param main the name of a class that has a main method.
     * @param arguments its arguments.
     * @return the words of the command.
     */
    public static List<String> of(final String main, final List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(JavaCommand::isInherited)
                .forEach(command::add);
        if (JavaCommand.class.desiredAssertionStatus()) {
            command.add("-ea");
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(arguments);
        return command;
    }

    /** Not what several processes cannot have at once: a debugger's port, an agent's file. */
    static boolean isInherited(final String option) {
        return option.startsWith("--")
                || option.startsWith("-X") && !option.startsWith("-Xrunjdwp")
                || option.startsWith("-Dtrivet.")
                || option.startsWith("-Daeron.")
                || option.startsWith("-Djava.io.tmpdir=");
    }
}
