/**
 * Volumes as earlier versions have left them on disk, kept in archives: that each version reads,
 * verifies and goes on writing what came before it.
 */
package org.trivet.golden;
