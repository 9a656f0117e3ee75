/**
 * Benchmarks of one process, by JMH. {@link org.trivet.bench.Benchmarks} runs them, each in a JVM
 * of its own with the flags that Trivet needs. Several processes are measured in {@link
 * org.trivet.bench.network}, and a node's storage beside a bare file in {@link
 * org.trivet.bench.storage}.
 */
package org.trivet.bench;
