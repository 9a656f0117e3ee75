/**
 * The demonstration: a volume that loses nodes, copies and storage, and no data. Work on a mount is
 * done by child processes: code of the process that serves a mount must not touch its files.
 */
package org.trivet.demo;
