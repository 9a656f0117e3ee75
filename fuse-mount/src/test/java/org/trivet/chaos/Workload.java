package org.trivet.chaos;

import java.io.IOException;
import java.util.List;

/** Work on a few files from all sites, which remembers what it did, and checks what it finds. */
interface Workload {
    /** One thing that is done at one site, again and again, by one thread. */
    @FunctionalInterface
    interface Actor {
        /** Does it once; throws a {@link ChaosFailure} if what it finds cannot be. */
        void act() throws IOException;
    }

    /** For people. */
    String name();

    /** Makes what the next round needs. Nobody acts meanwhile. */
    void prepare(Site site) throws IOException;

    /** Who acts. */
    List<Actor> actors();

    /** Reads everything through a site, and checks it. Nobody acts meanwhile. */
    void survey(Site site) throws IOException;

    /** Checks all that was found so far. Nobody acts meanwhile. */
    void check();

    /** Operations whose outcome was checked, or will be by {@link #check}. */
    long operations();

    /** Something about them, for people. */
    String details();
}
