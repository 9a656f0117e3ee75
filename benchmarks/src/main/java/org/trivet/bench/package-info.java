/**
 * Benchmarks, by JMH. {@link org.trivet.bench.Benchmarks} runs them, each in a JVM of its own with
 * the flags that Trivet needs.
 */
package org.trivet.bench;
