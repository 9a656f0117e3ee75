package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.trivet.wire.sbe.CancelRequestDecoder;
import org.trivet.wire.sbe.CloseSessionDecoder;
import org.trivet.wire.sbe.CreateFileDecoder;
import org.trivet.wire.sbe.CutTailDecoder;
import org.trivet.wire.sbe.EndSessionDecoder;
import org.trivet.wire.sbe.FinishIntentDecoder;
import org.trivet.wire.sbe.GetAttributesDecoder;
import org.trivet.wire.sbe.GetLockDecoder;
import org.trivet.wire.sbe.GetXattrDecoder;
import org.trivet.wire.sbe.InvalidateDecoder;
import org.trivet.wire.sbe.LinkDecoder;
import org.trivet.wire.sbe.ListXattrDecoder;
import org.trivet.wire.sbe.LookupDecoder;
import org.trivet.wire.sbe.MakeDirectoryDecoder;
import org.trivet.wire.sbe.MakeNodeDecoder;
import org.trivet.wire.sbe.MakeSymlinkDecoder;
import org.trivet.wire.sbe.MessageHeaderDecoder;
import org.trivet.wire.sbe.MetaAttributesDecoder;
import org.trivet.wire.sbe.MetaBytesDecoder;
import org.trivet.wire.sbe.MetaDoneDecoder;
import org.trivet.wire.sbe.MetaEntriesDecoder;
import org.trivet.wire.sbe.MetaErrorDecoder;
import org.trivet.wire.sbe.MetaLockDecoder;
import org.trivet.wire.sbe.NamespaceStatusDecoder;
import org.trivet.wire.sbe.OpenFileDecoder;
import org.trivet.wire.sbe.OpenSessionDecoder;
import org.trivet.wire.sbe.ReadDirectoryDecoder;
import org.trivet.wire.sbe.ReadLinkDecoder;
import org.trivet.wire.sbe.RegisterDecoder;
import org.trivet.wire.sbe.ReleaseFileDecoder;
import org.trivet.wire.sbe.RemoveDirectoryDecoder;
import org.trivet.wire.sbe.RemoveXattrDecoder;
import org.trivet.wire.sbe.RenameDecoder;
import org.trivet.wire.sbe.RenewSessionDecoder;
import org.trivet.wire.sbe.ReserveAppendDecoder;
import org.trivet.wire.sbe.RestartedDecoder;
import org.trivet.wire.sbe.SessionOpenedDecoder;
import org.trivet.wire.sbe.SessionsQueryDecoder;
import org.trivet.wire.sbe.SetAttributesDecoder;
import org.trivet.wire.sbe.SetLockDecoder;
import org.trivet.wire.sbe.SetXattrDecoder;
import org.trivet.wire.sbe.SyncNamespaceDecoder;
import org.trivet.wire.sbe.UnlinkDecoder;
import org.trivet.wire.sbe.WrittenDecoder;

import java.nio.ByteOrder;

/**
 * The verbs: which there are, how long they are, and what all requests begin with.
 *
 * <pre>
 *    0  message header (8)
 *    8  int64  volumeId
 *   16  int32  source
 *   20  int64  session
 *   28  int64  request
 *   36  int64  lowestOpen
 * </pre>
 */
final class Verbs {
    static final int VOLUME_OFFSET = 8;
    static final int SOURCE_OFFSET = 16;
    static final int SESSION_OFFSET = 20;
    static final int REQUEST_OFFSET = 28;
    static final int LOWEST_OPEN_OFFSET = 36;

    private static final int HEADER_LENGTH = MessageHeaderDecoder.ENCODED_LENGTH;
    private static final int FIRST = 50;
    private static final int LIMIT = 200;
    private static final int QUERY = 1;
    private static final int RESERVE = 2;
    private static final int MAX_VALUE_LENGTH = 64 * 1024;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private static final int[] BLOCK_LENGTHS = new int[LIMIT];
    private static final int[] VALUES = new int[LIMIT];
    private static final int[] FLAGS = new int[LIMIT];

    static {
        add(OpenSessionDecoder.TEMPLATE_ID, OpenSessionDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(RenewSessionDecoder.TEMPLATE_ID, RenewSessionDecoder.BLOCK_LENGTH, 0, QUERY);
        add(CloseSessionDecoder.TEMPLATE_ID, CloseSessionDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(LookupDecoder.TEMPLATE_ID, LookupDecoder.BLOCK_LENGTH, 1, QUERY);
        add(GetAttributesDecoder.TEMPLATE_ID, GetAttributesDecoder.BLOCK_LENGTH, 0, QUERY);
        add(SetAttributesDecoder.TEMPLATE_ID, SetAttributesDecoder.BLOCK_LENGTH, 0, 0);
        add(ReadLinkDecoder.TEMPLATE_ID, ReadLinkDecoder.BLOCK_LENGTH, 0, QUERY);
        add(MakeSymlinkDecoder.TEMPLATE_ID, MakeSymlinkDecoder.BLOCK_LENGTH, 2, 0);
        add(MakeNodeDecoder.TEMPLATE_ID, MakeNodeDecoder.BLOCK_LENGTH, 1, 0);
        add(MakeDirectoryDecoder.TEMPLATE_ID, MakeDirectoryDecoder.BLOCK_LENGTH, 1, 0);
        add(UnlinkDecoder.TEMPLATE_ID, UnlinkDecoder.BLOCK_LENGTH, 1, RESERVE);
        add(RemoveDirectoryDecoder.TEMPLATE_ID, RemoveDirectoryDecoder.BLOCK_LENGTH, 1, RESERVE);
        add(RenameDecoder.TEMPLATE_ID, RenameDecoder.BLOCK_LENGTH, 2, 0);
        add(LinkDecoder.TEMPLATE_ID, LinkDecoder.BLOCK_LENGTH, 1, 0);
        add(CreateFileDecoder.TEMPLATE_ID, CreateFileDecoder.BLOCK_LENGTH, 1, 0);
        add(OpenFileDecoder.TEMPLATE_ID, OpenFileDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(ReleaseFileDecoder.TEMPLATE_ID, ReleaseFileDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(WrittenDecoder.TEMPLATE_ID, WrittenDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(ReserveAppendDecoder.TEMPLATE_ID, ReserveAppendDecoder.BLOCK_LENGTH, 0, 0);
        add(ReadDirectoryDecoder.TEMPLATE_ID, ReadDirectoryDecoder.BLOCK_LENGTH, 0, QUERY);
        add(SetXattrDecoder.TEMPLATE_ID, SetXattrDecoder.BLOCK_LENGTH, 2, 0);
        add(GetXattrDecoder.TEMPLATE_ID, GetXattrDecoder.BLOCK_LENGTH, 1, QUERY);
        add(ListXattrDecoder.TEMPLATE_ID, ListXattrDecoder.BLOCK_LENGTH, 0, QUERY);
        add(RemoveXattrDecoder.TEMPLATE_ID, RemoveXattrDecoder.BLOCK_LENGTH, 1, RESERVE);
        add(NamespaceStatusDecoder.TEMPLATE_ID, NamespaceStatusDecoder.BLOCK_LENGTH, 0, QUERY);
        add(GetLockDecoder.TEMPLATE_ID, GetLockDecoder.BLOCK_LENGTH, 0, QUERY);
        add(SetLockDecoder.TEMPLATE_ID, SetLockDecoder.BLOCK_LENGTH, 0, 0);
        add(CancelRequestDecoder.TEMPLATE_ID, CancelRequestDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(SyncNamespaceDecoder.TEMPLATE_ID, SyncNamespaceDecoder.BLOCK_LENGTH, 0, QUERY);
        add(CutTailDecoder.TEMPLATE_ID, CutTailDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(RegisterDecoder.TEMPLATE_ID, RegisterDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(SessionsQueryDecoder.TEMPLATE_ID, SessionsQueryDecoder.BLOCK_LENGTH, 0, QUERY);
        add(EndSessionDecoder.TEMPLATE_ID, EndSessionDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(FinishIntentDecoder.TEMPLATE_ID, FinishIntentDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(RestartedDecoder.TEMPLATE_ID, RestartedDecoder.BLOCK_LENGTH, 0, RESERVE);
        add(MetaDoneDecoder.TEMPLATE_ID, MetaDoneDecoder.BLOCK_LENGTH, 0, 0);
        add(MetaAttributesDecoder.TEMPLATE_ID, MetaAttributesDecoder.BLOCK_LENGTH, 1, 0);
        add(MetaBytesDecoder.TEMPLATE_ID, MetaBytesDecoder.BLOCK_LENGTH, 1, 0);
        add(MetaEntriesDecoder.TEMPLATE_ID, MetaEntriesDecoder.BLOCK_LENGTH, 1, 0);
        add(MetaLockDecoder.TEMPLATE_ID, MetaLockDecoder.BLOCK_LENGTH, 0, 0);
        add(MetaErrorDecoder.TEMPLATE_ID, MetaErrorDecoder.BLOCK_LENGTH, 0, 0);
        add(SessionOpenedDecoder.TEMPLATE_ID, SessionOpenedDecoder.BLOCK_LENGTH, 0, 0);
        add(InvalidateDecoder.TEMPLATE_ID, InvalidateDecoder.BLOCK_LENGTH, 1, 0);
    }

    private Verbs() {}

    private static void add(
            final int templateId, final int blockLength, final int values, final int flags) {
        BLOCK_LENGTHS[templateId] = blockLength;
        VALUES[templateId] = values;
        FLAGS[templateId] = flags;
    }

    static int templateId(final DirectBuffer buffer, final int offset) {
        return buffer.getShort(offset + 2, LE) & 0xFFFF;
    }

    static int source(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + SOURCE_OFFSET, LE);
    }

    static long session(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + SESSION_OFFSET, LE);
    }

    static long request(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + REQUEST_OFFSET, LE);
    }

    static long lowestOpen(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + LOWEST_OPEN_OFFSET, LE);
    }

    /** Whether a message is a verb of a client. */
    static boolean isRequest(final int templateId) {
        return templateId >= OpenSessionDecoder.TEMPLATE_ID
                && templateId <= CutTailDecoder.TEMPLATE_ID;
    }

    /** Whether a verb changes nothing. */
    static boolean isQuery(final int templateId) {
        return (FLAGS[templateId] & QUERY) != 0;
    }

    /**
     * Whether a verb may use the room that is kept in reserve: it makes room, or readers, or a node
     * that starts, cannot go on without it.
     */
    static boolean mayUseReserve(final int templateId) {
        return (FLAGS[templateId] & RESERVE) != 0;
    }

    /** Entries of a directory are as many as fit into a message. */
    private static int maxValueLength(final int templateId) {
        return templateId == MetaEntriesDecoder.TEMPLATE_ID
                ? Integer.MAX_VALUE - HEADER_LENGTH
                : MAX_VALUE_LENGTH;
    }

    /**
     * Whether a message is whole: a verb or a reply, of this schema, version and volume, with all
     * its fields and no field longer than allowed. What passes here can be decoded.
     */
    static boolean isWhole(
            final DirectBuffer buffer, final int offset, final int length, final long volumeId) {
        if (length < SESSION_OFFSET) {
            return false;
        }
        final int blockLength = buffer.getShort(offset, LE) & 0xFFFF;
        final int templateId = templateId(buffer, offset);
        final boolean known =
                templateId >= FIRST && templateId < LIMIT && BLOCK_LENGTHS[templateId] != 0;
        if (!known
                || blockLength != BLOCK_LENGTHS[templateId]
                || (buffer.getShort(offset + 4, LE) & 0xFFFF) != MessageHeaderDecoder.SCHEMA_ID
                || (buffer.getShort(offset + 6, LE) & 0xFFFF) != MessageHeaderDecoder.SCHEMA_VERSION
                || buffer.getLong(offset + VOLUME_OFFSET, LE) != volumeId) {
            return false;
        }
        long end = HEADER_LENGTH + blockLength;
        for (int i = 0; i < VALUES[templateId]; i++) {
            if (end + Integer.BYTES > length) {
                return false;
            }
            final int valueLength = buffer.getInt(offset + (int) end, LE);
            if (valueLength < 0 || valueLength > maxValueLength(templateId)) {
                return false;
            }
            end += Integer.BYTES + valueLength;
        }
        return end == length;
    }
}
