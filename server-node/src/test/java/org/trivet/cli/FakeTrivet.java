package org.trivet.cli;

/** The command line over a cluster that is none, as a process of its own. */
final class FakeTrivet {
    private FakeTrivet() {}

    public static void main(final String[] args) {
        System.exit(
                Trivet.run(
                        (directory, _) -> {
                            if (System.getProperty("fake.hang") != null) {
                                System.out.println("starting");
                                Thread.sleep(Long.MAX_VALUE);
                            }
                            return new FakeCluster(directory);
                        },
                        args));
    }
}
