package org.trivet.cli;

import org.trivet.TrivetException;
import org.trivet.node.ClusterLauncher;
import org.trivet.node.LocalCluster;

import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IExitCodeExceptionMapper;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;

/** The main class of the command line. */
@Command(
        name = "trivet",
        description = "A fault-tolerant, replicated block store and file system.",
        mixinStandardHelpOptions = true,
        versionProvider = Trivet.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed; the reason is on standard error",
            "2:the command line is wrong"
        },
        footer = "%nSet TRIVET_DEBUG=1 to see where an error comes from.",
        subcommands = {HelpCommand.class, GenerateCompletion.class})
public final class Trivet implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    @Spec private CommandSpec spec;

    Trivet() {}

    /**
     * Runs a command, and exits with its code.
     *
     * @param args as given by the user.
     */
    public static void main(final String[] args) {
        System.exit(run(LocalCluster::start, args));
    }

    /**
     * Runs a command.
     *
     * @param launcher starts the cluster of {@code up}.
     * @param args as given by the user.
     * @return 0 if it succeeded, 1 if it failed, 2 if the command line is wrong; others as each
     *     says.
     */
    static int run(final ClusterLauncher launcher, final String... args) {
        return commandLine(launcher).execute(args);
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    static CommandLine commandLine(final ClusterLauncher launcher) {
        final CommandLine commandLine = new CommandLine(new Trivet());
        commandLine.addSubcommand(new UpCommand(launcher));
        commandLine.addSubcommand(new StatusCommand());
        commandLine.addSubcommand(NodeCommand.commandLine());
        commandLine.addSubcommand(new MountCommand());
        commandLine.addSubcommand(new ClusterCommand());
        commandLine.addSubcommand(new MetadataCommand());
        commandLine.addSubcommand(new DriverCommand());
        commandLine.addSubcommand(new CorruptCommand());
        commandLine.addSubcommand(new DemoCommand());
        commandLine.addSubcommand(new VerifyCommand());
        commandLine.addSubcommand(new ScrubCommand());
        commandLine.addSubcommand(new AcceptLossCommand());
        commandLine.addSubcommand(new SimulateCommand());
        ServiceLoader.load(Subcommand.class).forEach(commandLine::addSubcommand);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setAbbreviatedOptionsAllowed(false);
        commandLine.setParameterExceptionHandler(Trivet::explainUsage);
        commandLine.setExecutionExceptionHandler(
                (error, failed, parsed) -> {
                    explain(failed, error);
                    return failed.getCommand() instanceof final IExitCodeExceptionMapper mapper
                            ? mapper.getExitCode(error)
                            : FAILED;
                });
        return commandLine;
    }

    private static int explainUsage(final ParameterException error, final String[] args) {
        final CommandLine commandLine = error.getCommandLine();
        final String name = commandLine.getCommandSpec().qualifiedName();
        commandLine.getErr().println(name + ": " + error.getMessage());
        commandLine.getErr().println("Try '" + name + " --help'.");
        return USAGE;
    }

    private static void explain(final CommandLine failed, final Exception error) {
        final String message =
                error instanceof TrivetException
                        ? error.getMessage()
                        : "unexpected failure: " + error;
        failed.getErr().println("trivet: " + message);
        if (System.getenv("TRIVET_DEBUG") != null) {
            error.printStackTrace(failed.getErr());
        }
    }

    /** Says which release this is. */
    static final class Version implements IVersionProvider {
        Version() {}

        @Override
        public String[] getVersion() {
            try (InputStream version = Trivet.class.getResourceAsStream("version")) {
                final String text =
                        new String(version.readAllBytes(), StandardCharsets.UTF_8).trim();
                return new String[] {"trivet " + text + " (Java " + Runtime.version() + ")"};
            } catch (final IOException ex) {
                throw new UncheckedIOException(ex);
            }
        }
    }
}
