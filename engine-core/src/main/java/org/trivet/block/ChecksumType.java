package org.trivet.block;

/** The checksums a volume can use. */
public enum ChecksumType {
    /** CRC-32C (Castagnoli), 4 bytes: the default; hardware-assisted. */
    CRC32C(4),
    /** XXH3, 64-bit form, 8 bytes. */
    XXH3(8),
    /** MD5, 16 bytes: the reference system's. */
    MD5(16);

    private final int length;

    ChecksumType(final int length) {
        this.length = length;
    }

    /**
     * Bytes of one checksum.
     *
     * @return 4, 8 or 16.
     */
    public int length() {
        return length;
    }

    /**
     * A calculator of this type.
     *
     * @return a new one, for one thread.
     */
    public Checksum newChecksum() {
        return switch (this) {
            case CRC32C -> new Crc32cChecksum();
            case XXH3 -> new Xxh3Checksum();
            case MD5 -> new Md5Checksum();
        };
    }
}
