/**
 * Benchmarks of one process, by JMH. {@link org.trivet.bench.Benchmarks} runs them, each in a JVM
 * of its own with the flags that Trivet needs. Several processes are measured in {@link
 * org.trivet.bench.network}.
 */
package org.trivet.bench;
