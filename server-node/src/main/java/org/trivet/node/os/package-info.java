/** What a node asks of the operating system that Java does not offer. */
package org.trivet.node.os;
