package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.aeron.AeronConfig;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.transport.EndpointId;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What all processes of a cluster know of it: the volume, how messages travel, where the nodes are,
 * and the key. Text, one {@code key=value} a line; each machine has the same.
 *
 * <pre>
 * format=1
 * volumeId=-6148914691236517206     as in volume.properties, with the five lines after it
 * ...
 * transport=aeron:udp               or aeron:ipc, for nodes that are all on one machine
 * driver=/dev/shm/trivet-aaaa       directory of the media driver, on each machine its own
 * metadata=10.0.0.1:9000            over UDP: where the metadata node is,
 * node.0=10.0.0.1:9001              and each data node
 * ...
 * keyFile=cluster.key               as seen from the directory of this file; or insecure=true
 * </pre>
 *
 * @param volume what the volume is made of.
 * @param media how messages travel.
 * @param driver directory of the media driver, absolute.
 * @param addresses over UDP, host:port by endpoint id, of all nodes; else empty.
 * @param keyFile absolute; null for none, where everybody who can send is trusted.
 */
public record ClusterFile(
        VolumeConfig volume,
        Media media,
        Path driver,
        Map<Integer, String> addresses,
        Path keyFile) {
    private static final String FORMAT = "1";
    private static final int MAX_LENGTH = 256 * 1024;
    private static final String SCHEME = "aeron:";
    private static final Set<String> NAMES =
            Set.of(
                    "format",
                    "volumeId",
                    "nodeCount",
                    "replicaCount",
                    "blockLength",
                    "checksumType",
                    "durability",
                    "transport",
                    "driver",
                    "metadata",
                    "keyFile",
                    "insecure");
    private static final Pattern NODE = Pattern.compile("node\\.(0|[1-9][0-9]{0,3})");

    /** Refuses a cluster that lacks the address of a node, or has one that cannot be. */
    public ClusterFile {
        addresses = Map.copyOf(addresses);
        if (media == Media.UDP) {
            requireAddress(addresses, EndpointId.METADATA, "metadata");
            for (int node = 0; node < volume.nodeCount(); node++) {
                requireAddress(addresses, node, "node." + node);
            }
            if (addresses.size() != volume.nodeCount() + 1) {
                throw new IllegalArgumentException(
                        "there are addresses of more nodes than the volume has");
            }
        }
        aeronConfig(media, driver, "127.0.0.1", addresses);
        if (keyFile == null) {
            addresses.values().forEach(ClusterFile::requireLoopback);
        }
    }

    private static void requireLoopback(final String address) {
        if (!address.startsWith("127.")
                && !address.startsWith("localhost:")
                && !address.startsWith("[::1]:")) {
            throw new IllegalArgumentException(
                    "without a key all nodes must be on this machine, as 127.0.0.1, and "
                            + address
                            + " is not");
        }
    }

    private static void requireAddress(
            final Map<Integer, String> addresses, final int endpointId, final String name) {
        if (!addresses.containsKey(endpointId)) {
            throw new IllegalArgumentException(name + " is missing");
        }
    }

    private static AeronConfig aeronConfig(
            final Media media,
            final Path driver,
            final String host,
            final Map<Integer, String> addresses) {
        return media == Media.IPC
                ? new AeronConfig(media, driver, "", 0, addresses)
                : new AeronConfig(media, driver, host, 0, addresses);
    }

    /**
     * How an endpoint of the cluster is to be opened.
     *
     * @param host over UDP, the name or address under which nodes reach this machine; for a node's
     *     own endpoint its address counts.
     * @return the configuration of a network.
     */
    AeronConfig aeron(final String host) {
        return aeronConfig(media, driver, host, addresses);
    }

    /**
     * Reads the file.
     *
     * @param file its path.
     * @return what it says.
     * @throws TrivetException NOT_FOUND if there is none, INVALID if it cannot be understood, IO if
     *     it cannot be read.
     */
    public static ClusterFile read(final Path file) {
        try {
            if (Files.size(file) > MAX_LENGTH) {
                throw new IllegalArgumentException("it is too long");
            }
            final Properties properties = new Properties();
            properties.load(new StringReader(Files.readString(file, StandardCharsets.UTF_8)));
            return parse(file.toAbsolutePath().getParent(), properties);
        } catch (final NoSuchFileException e) {
            throw new TrivetException(
                    ErrorCode.NOT_FOUND,
                    "there is no cluster file " + file + "; to make one: trivet cluster init",
                    e);
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "cannot read " + file + ": " + e, e);
        } catch (final IllegalArgumentException | TrivetException e) {
            throw new TrivetException(
                    ErrorCode.INVALID, file + " describes no cluster: " + e.getMessage(), e);
        }
    }

    private static ClusterFile parse(final Path directory, final Properties properties) {
        final Set<String> unknown = new TreeSet<>(properties.stringPropertyNames());
        unknown.removeIf(name -> NAMES.contains(name) || NODE.matcher(name).matches());
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("'" + unknown.iterator().next() + "' is not known");
        }
        final String format = VolumeFile.value(properties, "format");
        if (!format.equals(FORMAT)) {
            throw new IllegalArgumentException(
                    "its format is " + format + ", and this release reads " + FORMAT);
        }
        return new ClusterFile(
                VolumeFile.volume(properties),
                media(VolumeFile.value(properties, "transport")),
                path(VolumeFile.value(properties, "driver")),
                addresses(properties),
                keyFile(directory, properties));
    }

    /**
     * How messages travel.
     *
     * @param transport "aeron:ipc" or "aeron:udp".
     * @return one of the two.
     * @throws IllegalArgumentException if it is neither.
     */
    public static Media media(final String transport) {
        for (final Media media : Media.values()) {
            if (transport.equals(name(media))) {
                return media;
            }
        }
        throw new IllegalArgumentException(
                "transport is '" + transport + "', and must be aeron:ipc or aeron:udp");
    }

    private static String name(final Media media) {
        return SCHEME + (media == Media.IPC ? "ipc" : "udp");
    }

    private static Path path(final String text) {
        try {
            return Path.of(text);
        } catch (final InvalidPathException e) {
            throw new IllegalArgumentException("'" + text + "' is no path", e);
        }
    }

    private static Map<Integer, String> addresses(final Properties properties) {
        final Map<Integer, String> addresses = new HashMap<>();
        for (final String name : properties.stringPropertyNames()) {
            final var node = NODE.matcher(name);
            if (node.matches()) {
                addresses.put(Integer.parseInt(node.group(1)), VolumeFile.value(properties, name));
            } else if (name.equals("metadata")) {
                addresses.put(EndpointId.METADATA, VolumeFile.value(properties, name));
            }
        }
        return addresses;
    }

    private static Path keyFile(final Path directory, final Properties properties) {
        final String insecure = properties.getProperty("insecure", "false").trim();
        final String keyFile = properties.getProperty("keyFile");
        if (!insecure.equals("true") && !insecure.equals("false")) {
            throw new IllegalArgumentException(
                    "insecure is '" + insecure + "', and must be true or false");
        }
        if (insecure.equals("true") == (keyFile != null)) {
            throw new IllegalArgumentException("it must have keyFile, or else insecure=true");
        }
        return keyFile == null ? null : directory.resolve(path(keyFile.trim())).normalize();
    }

    /**
     * Where the media driver of a volume usually has its directory.
     *
     * @param volume the volume.
     * @return a directory below /dev/shm, which need not exist.
     */
    public static Path usualDriver(final VolumeConfig volume) {
        return Path.of("/dev/shm/trivet-" + Long.toUnsignedString(volume.volumeId(), 16));
    }

    /**
     * Writes the file, and a new key if there is none in the key file; a cluster file that is there
     * is not replaced.
     *
     * @param file its path.
     * @throws TrivetException EXISTS if it is there; IO if it cannot be written; as {@link
     *     ClusterKeyFile}, if there is a key that cannot be used.
     */
    public void create(final Path file) {
        if (keyFile != null) {
            if (Files.exists(keyFile)) {
                ClusterKeyFile.read(keyFile);
            } else {
                ClusterKeyFile.create(keyFile);
            }
        }
        final StringBuilder text = new StringBuilder();
        text.append(
                "# A cluster of Trivet: the same on each of its machines. See"
                        + " docs/operating.md.\n");
        text.append("format=").append(FORMAT).append('\n').append(VolumeFile.lines(volume));
        text.append("transport=").append(name(media)).append('\n');
        text.append("driver=").append(driver).append('\n');
        if (media == Media.UDP) {
            text.append("metadata=").append(addresses.get(EndpointId.METADATA)).append('\n');
            for (int node = 0; node < volume.nodeCount(); node++) {
                text.append("node.").append(node).append('=').append(addresses.get(node));
                text.append('\n');
            }
        }
        text.append(
                keyFile == null
                        ? "insecure=true\n"
                        : "keyFile=" + relative(file.toAbsolutePath().getParent()) + "\n");
        try {
            Files.writeString(file, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (final FileAlreadyExistsException e) {
            throw new TrivetException(ErrorCode.EXISTS, file + " is there already", e);
        } catch (final IOException e) {
            throw new TrivetException(ErrorCode.IO, "cannot write " + file + ": " + e, e);
        }
    }

    private Path relative(final Path directory) {
        return keyFile.startsWith(directory) ? directory.relativize(keyFile) : keyFile;
    }
}
