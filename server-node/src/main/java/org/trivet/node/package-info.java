/** What runs: a cluster in this process, its data directory, and what others can plug into it. */
package org.trivet.node;
