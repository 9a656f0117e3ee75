/**
 * What every part of Trivet shares: the description of a volume, errors, and completions.
 *
 * <p>Everything here is immutable or an interface, and may be used from any thread.
 */
package org.trivet;
