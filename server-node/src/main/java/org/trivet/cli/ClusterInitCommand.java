package org.trivet.cli;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.node.ClusterFile;
import org.trivet.transport.EndpointId;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Writes the file that describes a cluster. */
@Command(
        name = "init",
        description = {
            "Writes a file that describes a new cluster, and a file with its key beside it.",
            "Both belong on each machine of the cluster; the key must be kept secret."
        },
        mixinStandardHelpOptions = true)
final class ClusterInitCommand implements Callable<Integer> {
    private static final int MAX_PORT = 65_535;

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "To be written; must not be there yet.")
    private Path file;

    @Option(
            names = "--transport",
            paramLabel = "aeron:ipc|aeron:udp",
            defaultValue = "aeron:ipc",
            description =
                    "How messages travel: aeron:ipc (the default) if all processes are on one"
                            + " machine, or aeron:udp.")
    private String transport;

    @Option(
            names = "--driver",
            paramLabel = "DIR",
            description =
                    "Directory of the media driver on each machine, in memory; by default"
                            + " /dev/shm/trivet-VOLUME.")
    private Path driver;

    @Option(
            names = "--metadata",
            paramLabel = "HOST:PORT",
            description = "Over UDP: where the metadata node is.")
    private String metadata;

    @Option(
            names = "--at",
            paramLabel = "HOST:PORT",
            split = ",",
            description =
                    "Over UDP: where the data nodes are, in the order of their numbers, or only the"
                            + " first one's: the others then have the ports after it.")
    private List<String> addresses = List.of();

    @Option(
            names = "--insecure",
            description =
                    "Without a key: who can send to the nodes can read and change everything. Only"
                            + " for nodes on this machine (127.0.0.1) or over shared memory.")
    private boolean isInsecure;

    @Mixin private VolumeShape shape;

    ClusterInitCommand() {}

    @Override
    public Integer call() {
        final VolumeConfig volume = shape.options().create(new SecureRandom().nextLong());
        try {
            final Media media = ClusterFile.media(transport);
            final ClusterFile cluster =
                    new ClusterFile(
                            volume,
                            media,
                            driver == null ? ClusterFile.usualDriver(volume) : driver,
                            media == Media.IPC ? refuseAddresses() : addresses(volume.nodeCount()),
                            isInsecure ? null : keyFile());
            cluster.create(file);
        } catch (final IllegalArgumentException e) {
            throw new TrivetException(ErrorCode.INVALID, "cluster init: " + e.getMessage(), e);
        }
        spec.commandLine()
                .getOut()
                .println(
                        "written "
                                + file
                                + (isInsecure
                                        ? ", without a key: whoever can send to the nodes can read"
                                                + " and change everything"
                                        : " and " + keyFile() + ", which must be kept secret"));
        return 0;
    }

    private Path keyFile() {
        return Path.of(file.toAbsolutePath().normalize() + ".key");
    }

    private Map<Integer, String> refuseAddresses() {
        if (metadata != null || !addresses.isEmpty()) {
            throw new IllegalArgumentException(
                    "over shared memory nodes have no addresses; leave --metadata and --at away");
        }
        return Map.of();
    }

    private Map<Integer, String> addresses(final int nodes) {
        if (metadata == null || addresses.isEmpty()) {
            throw new IllegalArgumentException("over UDP it needs --metadata and --at");
        }
        if (addresses.size() != 1 && addresses.size() != nodes) {
            throw new IllegalArgumentException(
                    "--at has " + addresses.size() + " addresses, and must have 1 or " + nodes);
        }
        final Map<Integer, String> all = new HashMap<>();
        all.put(EndpointId.METADATA, metadata);
        for (int node = 0; node < nodes; node++) {
            all.put(
                    node,
                    addresses.size() == nodes ? addresses.get(node) : following(addresses, node));
        }
        return all;
    }

    private static String following(final List<String> first, final int node) {
        final String address = first.getFirst();
        final int colon = address.lastIndexOf(':');
        final String port = address.substring(colon + 1);
        if (colon < 0 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) + node > MAX_PORT) {
            throw new IllegalArgumentException(
                    "'" + address + "' is no address, or its port is too high for all nodes");
        }
        return address.substring(0, colon + 1) + (Integer.parseInt(port) + node);
    }
}
