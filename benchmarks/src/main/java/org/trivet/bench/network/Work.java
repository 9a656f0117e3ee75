package org.trivet.bench.network;

/** What is done again and again. */
enum Work {
    /** A block goes to a node, which answers that it has come: one round trip. */
    ECHO,
    /** A block goes to three nodes: from the client to one, and from that to the others. */
    WRITE,
    /** A block comes from one node. */
    READ
}
