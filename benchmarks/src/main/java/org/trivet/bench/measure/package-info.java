/**
 * What commands share that look at several things by turns, in rounds, and compare them: options,
 * times of operations, medians over the rounds, tables, and the directory in which they work. JMH
 * does the same for what one JVM measures alone.
 */
package org.trivet.bench.measure;
