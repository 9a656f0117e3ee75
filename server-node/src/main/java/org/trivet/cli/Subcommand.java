package org.trivet.cli;

import java.util.concurrent.Callable;

/**
 * Found by {@link java.util.ServiceLoader}: a subcommand of {@code trivet}, described by
 * annotations of picocli. What it returns is the exit code; a {@link org.trivet.TrivetException}
 * becomes one line on standard error and exit code 1.
 */
public interface Subcommand extends Callable<Integer> {}
