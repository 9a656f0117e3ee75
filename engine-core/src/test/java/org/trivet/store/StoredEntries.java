package org.trivet.store;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.block.Checksum;
import org.trivet.block.ChecksumType;
import org.trivet.wire.sbe.EntryEncoder;
import org.trivet.wire.sbe.EntryKind;
import org.trivet.wire.sbe.MessageHeaderEncoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Appends entries to a store, for tests: what is appended can be compared with what comes back. */
public final class StoredEntries {
    public static final int UNIT_LENGTH = 64;
    public static final ChecksumType TYPE = ChecksumType.CRC32C;

    private final Claim claim = new Claim();
    private long epoch = 1;
    private final Checksum checksum = TYPE.newChecksum();

    /** An entry as appended. */
    public record Stored(
            EntryKind kind,
            int group,
            long version,
            long dataId,
            long firstUnit,
            long endUnit,
            long cut,
            byte[] data,
            long position) {
        public void applyTo(final BlockStore store) {
            if (kind == EntryKind.TRIM) {
                store.applyTrim(
                        group, version, dataId, firstUnit, endUnit, cut, data.length, position);
            } else if (kind != EntryKind.NOTHING) {
                store.applyWrite(group, version, dataId, firstUnit, endUnit, data.length, position);
            }
        }

        public boolean sameAs(final Stored other) {
            return kind == other.kind
                    && group == other.group
                    && version == other.version
                    && dataId == other.dataId
                    && firstUnit == other.firstUnit
                    && endUnit == other.endUnit
                    && position == other.position
                    && java.util.Arrays.equals(data, other.data);
        }
    }

    /** Entries of the log have this epoch from now on. */
    public void epoch(final long newEpoch) {
        epoch = newEpoch;
    }

    public static Stored of(final EntryView entry, final long position) {
        final byte[] data = new byte[entry.dataLength()];
        entry.buffer().getBytes(entry.dataOffset(), data);
        return new Stored(
                entry.kind(),
                entry.group(),
                entry.sequence(),
                entry.dataId(),
                entry.firstUnit(),
                entry.endUnit(),
                entry.cut(),
                data,
                position);
    }

    public static byte[] bytes(final Random random, final int length) {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    public Stored write(
            final BlockStore store,
            final int group,
            final long version,
            final long dataId,
            final long firstUnit,
            final byte[] data) {
        final long units = (data.length + UNIT_LENGTH - 1) / UNIT_LENGTH;
        return append(
                store,
                EntryKind.WRITE,
                group,
                version,
                dataId,
                firstUnit,
                firstUnit + units,
                0,
                data);
    }

    /** Appends; null if there is no space. */
    public Stored append(
            final BlockStore store,
            final EntryKind kind,
            final int group,
            final long version,
            final long dataId,
            final long firstUnit,
            final long endUnit,
            final long cut,
            final byte[] data) {
        final int sumsLength = (data.length + UNIT_LENGTH - 1) / UNIT_LENGTH * TYPE.length();
        final UnsafeBuffer sums = new UnsafeBuffer(new byte[sumsLength]);
        checksum.compute(
                dataId,
                group,
                firstUnit,
                UNIT_LENGTH,
                new UnsafeBuffer(data),
                0,
                data.length,
                sums,
                0);
        if (!store.claim(EntryView.encodedLength(sumsLength, data.length), claim)) {
            return null;
        }
        new EntryEncoder()
                .wrapAndApplyHeader(claim.buffer(), claim.offset(), new MessageHeaderEncoder())
                .epoch(epoch)
                .sequence(version)
                .session(5)
                .request(version)
                .lowestOpen(0)
                .dataId(dataId)
                .cut(cut)
                .firstUnit(firstUnit)
                .endUnit(endUnit)
                .group(group)
                .kind(kind)
                .putChecksums(sums, 0, sumsLength)
                .putPayload(data, 0, data.length);
        return new Stored(
                kind, group, version, dataId, firstUnit, endUnit, cut, data, store.commit(claim));
    }

    /** Collects what recovery tells. */
    public static final class Collected implements BlockStore.RecoveryHandler {
        public final List<Stored> entries = new ArrayList<>();
        public final java.util.TreeMap<Integer, String> states = new java.util.TreeMap<>();
        public final List<Long> damaged = new ArrayList<>();
        public final List<Long> damagedEntries = new ArrayList<>();
        public final List<Long> torn = new ArrayList<>();
        public int checkpointStates;

        @Override
        public void onCheckpointState(
                final int group,
                final org.agrona.DirectBuffer state,
                final int offset,
                final int length) {
            checkpointStates++;
            states.put(group, state.getStringWithoutLengthAscii(offset, length));
        }

        @Override
        public void onState(
                final int group,
                final org.agrona.DirectBuffer state,
                final int offset,
                final int length) {
            states.put(group, state.getStringWithoutLengthAscii(offset, length));
        }

        @Override
        public void onEntry(final EntryView entry, final long position) {
            entries.add(of(entry, position));
        }

        @Override
        public void onDamagedEntry(final EntryView entry, final long position) {
            damagedEntries.add(position);
        }

        @Override
        public void onDamage(final long position, final boolean isTorn) {
            (isTorn ? torn : damaged).add(position);
        }
    }
}
