package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.ErrorCode;
import org.trivet.fs.Attributes;
import org.trivet.fs.DirectoryEntry;
import org.trivet.fs.FileLock;
import org.trivet.wire.sbe.InodeAttributesDecoder;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.MetaAttributesDecoder;
import org.trivet.wire.sbe.MetaBytesDecoder;
import org.trivet.wire.sbe.MetaDoneDecoder;
import org.trivet.wire.sbe.MetaEntriesDecoder;
import org.trivet.wire.sbe.MetaLockDecoder;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Decodes replies into what callers are told. */
final class ReplyDecoding {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final long[] NO_CUTS = {};
    private static final int NAME_OFFSET = 22;
    private static final ErrorCode[] CODES = new ErrorCode[256];

    static {
        for (final ErrorCode code : ErrorCode.values()) {
            if (CODES[code.errno()] == null) {
                CODES[code.errno()] = code; // the general one comes first
            }
        }
    }

    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final MetaDoneDecoder done = new MetaDoneDecoder();
    private final MetaAttributesDecoder attributes = new MetaAttributesDecoder();
    private final MetaBytesDecoder bytes = new MetaBytesDecoder();
    private final MetaEntriesDecoder entries = new MetaEntriesDecoder();
    private final MetaLockDecoder lock = new MetaLockDecoder();
    private final InodeAttributesDecoder listed = new InodeAttributesDecoder();
    private final UnsafeBuffer value = new UnsafeBuffer();

    /** What a caller is told. */
    enum Kind {
        /** Nothing. */
        NOTHING(MetaDoneDecoder.TEMPLATE_ID),
        /** Nothing, and that only once the caches have obeyed all that was changed before. */
        GRANT(MetaDoneDecoder.TEMPLATE_ID),
        /** A number. */
        NUMBER(MetaDoneDecoder.TEMPLATE_ID),
        /** Attributes. */
        ATTRIBUTES(MetaAttributesDecoder.TEMPLATE_ID),
        /** Bytes. */
        BYTES(MetaBytesDecoder.TEMPLATE_ID),
        /** Entries of a directory. */
        ENTRIES(MetaEntriesDecoder.TEMPLATE_ID),
        /** A lock. */
        LOCK(MetaLockDecoder.TEMPLATE_ID);

        final int templateId;

        Kind(final int templateId) {
            this.templateId = templateId;
        }
    }

    static ErrorCode code(final int errno) {
        final ErrorCode code = errno >= 0 && errno < CODES.length ? CODES[errno] : null;
        return code == null ? ErrorCode.IO : code;
    }

    Object decode(final Kind kind, final DirectBuffer buffer, final int offset) {
        return switch (kind) {
            case NOTHING, GRANT -> null;
            case NUMBER -> done.wrapAndApplyHeader(buffer, offset, header).result();
            case ATTRIBUTES -> attributes(buffer, offset);
            case BYTES -> bytes(buffer, offset);
            case ENTRIES -> entries(buffer, offset);
            case LOCK -> lock(buffer, offset);
        };
    }

    private Attributes attributes(final DirectBuffer buffer, final int offset) {
        attributes.wrapAndApplyHeader(buffer, offset, header);
        final InodeAttributesDecoder from = attributes.attributes();
        attributes.wrapCuts(value);
        return attributes(from, value, 0, attributes.shared() != 0);
    }

    private static Attributes attributes(
            final InodeAttributesDecoder from,
            final DirectBuffer buffer,
            final int cutsOffset,
            final boolean shared) {
        final int count = from.cutCount();
        if (count < 0 || count > InodeRow.MAX_CUTS) {
            throw new IllegalStateException("cutCount " + count);
        }
        int confirmed = 0;
        while (confirmed < count
                && buffer.getLong(cutsOffset + 16 * confirmed, LE) <= from.confirmedCut()) {
            confirmed++;
        }
        return new Attributes(
                from.inode(),
                from.mode(),
                from.linkCount(),
                from.uid(),
                from.gid(),
                from.deviceId(),
                from.size(),
                from.atimeNs(),
                from.mtimeNs(),
                from.ctimeNs(),
                from.dataId(),
                from.cut(),
                cuts(buffer, cutsOffset + 16 * confirmed, count - confirmed),
                cuts(buffer, cutsOffset, confirmed),
                from.change(),
                from.xattrCount(),
                from.sparse() != 0,
                from.size(),
                shared);
    }

    private static long[] cuts(final DirectBuffer buffer, final int offset, final int count) {
        final long[] cuts = count == 0 ? NO_CUTS : new long[2 * count];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = buffer.getLong(offset + 8 * i, LE);
        }
        return cuts;
    }

    private byte[] bytes(final DirectBuffer buffer, final int offset) {
        bytes.wrapAndApplyHeader(buffer, offset, header).wrapBytes(value);
        final byte[] result = new byte[value.capacity()];
        value.getBytes(0, result);
        return result;
    }

    private List<DirectoryEntry> entries(final DirectBuffer buffer, final int offset) {
        entries.wrapAndApplyHeader(buffer, offset, header);
        final boolean withAttributes = entries.withAttributes() != 0;
        entries.wrapEntries(value);
        final List<DirectoryEntry> result = new ArrayList<>();
        int at = 0;
        while (at < value.capacity()) {
            final byte[] name = new byte[value.getShort(at + 20, LE)];
            value.getBytes(at + NAME_OFFSET, name);
            final int end = at + NAME_OFFSET + name.length;
            int next = end;
            Attributes entryAttributes = null;
            if (withAttributes) {
                listed.wrap(value, end);
                entryAttributes =
                        attributes(
                                listed, value, end + InodeAttributesDecoder.ENCODED_LENGTH, false);
                next = end + InodeAttributesDecoder.ENCODED_LENGTH + 16 * listed.cutCount();
            }
            result.add(
                    new DirectoryEntry(
                            name,
                            value.getLong(at, LE),
                            value.getInt(at + 16, LE),
                            value.getLong(at + 8, LE),
                            entryAttributes));
            at = next;
        }
        return result;
    }

    private FileLock lock(final DirectBuffer buffer, final int offset) {
        lock.wrapAndApplyHeader(buffer, offset, header);
        return new FileLock(
                lock.lockType(),
                lock.flock() != 0,
                lock.start(),
                lock.end(),
                lock.owner(),
                lock.pid());
    }
}
