/**
 * Authentication of endpoints with a key that a cluster shares, above any transport: {@link
 * org.trivet.transport.auth.AuthenticatedNetwork} wraps a factory. Two endpoints prove to each
 * other that they have the key, and then encrypt and authenticate each message (AES-256-GCM) with
 * keys of that session.
 *
 * <p>It does no input or output of its own, starts no thread and never waits: an endpoint is driven
 * by the calls of its owner. What it does not protect from, docs/security.md says.
 */
package org.trivet.transport.auth;
