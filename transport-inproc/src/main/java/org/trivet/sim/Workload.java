package org.trivet.sim;

/** Something that clients do while things go wrong, and what must hold of it in the end. */
interface Workload {
    /** Begins. */
    void start();

    /** A client that had died is back, as a new one. */
    void clientStarted(int client);

    void clientDied(int client);

    /** Nothing more is begun. */
    void stop();

    /** Whether all is done that was planned. */
    boolean isDone();

    /** Operations under way, of clients that live. */
    int pending();

    /** Operations that were begun. */
    int operations();

    /** Gives back what clients hold; under way after. */
    void letGo();

    /** Reads all that there is, by each client; under way after. */
    void readAll();

    /** Throws a {@link SimulationFailure} if what was seen makes no sense. */
    void check();
}
