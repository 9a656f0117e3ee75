package org.trivet.cli;

import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.node.VolumeOptions;

import picocli.CommandLine.Option;

/** Options that say what a new volume is made of. */
final class VolumeShape {
    @Option(
            names = "--nodes",
            paramLabel = "N",
            description = "Data nodes of a new volume; by default 4.")
    private Integer nodes;

    @Option(
            names = "--replicas",
            paramLabel = "R",
            description = "Copies of each block of a new volume; by default 3.")
    private Integer replicas;

    @Option(
            names = "--block-size",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description =
                    "Bytes of a block of a new volume: a power of two, 8 to 1MiB; by default"
                            + " 64KiB.")
    private Integer blockSize;

    @Option(
            names = "--checksum",
            paramLabel = "TYPE",
            description = "Checksum of a new volume: crc32c (the default), xxh3 or md5.")
    private ChecksumType checksum;

    @Option(
            names = "--durability",
            paramLabel = "LEVEL",
            description = {
                "What an acknowledged write of a new volume survives: the end of the process (the"
                        + " default)",
                "or loss of power (disk). fsync always means disk."
            })
    private Durability durability;

    VolumeShape() {}

    VolumeOptions options() {
        return new VolumeOptions(nodes, replicas, blockSize, checksum, durability);
    }
}
