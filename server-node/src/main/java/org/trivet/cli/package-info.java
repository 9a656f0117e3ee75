/** The command line. {@link org.trivet.cli.Trivet} is its main class. */
package org.trivet.cli;
