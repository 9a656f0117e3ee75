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
import org.trivet.wire.sbe.ListXattrDecoder;
import org.trivet.wire.sbe.LookupDecoder;
import org.trivet.wire.sbe.NamespaceStatusDecoder;
import org.trivet.wire.sbe.OpenFileDecoder;
import org.trivet.wire.sbe.OpenSessionDecoder;
import org.trivet.wire.sbe.ReadDirectoryDecoder;
import org.trivet.wire.sbe.ReadLinkDecoder;
import org.trivet.wire.sbe.RegisterDecoder;
import org.trivet.wire.sbe.ReleaseFileDecoder;
import org.trivet.wire.sbe.RemoveDirectoryDecoder;
import org.trivet.wire.sbe.RemoveXattrDecoder;
import org.trivet.wire.sbe.RenewSessionDecoder;
import org.trivet.wire.sbe.RestartedDecoder;
import org.trivet.wire.sbe.SessionsQueryDecoder;
import org.trivet.wire.sbe.SetLockDecoder;
import org.trivet.wire.sbe.SyncNamespaceDecoder;
import org.trivet.wire.sbe.UnlinkDecoder;
import org.trivet.wire.sbe.WrittenDecoder;

import java.nio.ByteOrder;

/**
 * The verbs: what kind each is of, and what all requests begin with.
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

    private static final int LIMIT = 200;
    private static final int QUERY = 1;
    private static final int RESERVE = 2;
    private static final int VOID_CACHES = 4;
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private static final int[] FLAGS = new int[LIMIT];

    static {
        FLAGS[OpenSessionDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[RenewSessionDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[CloseSessionDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[LookupDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[GetAttributesDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[ReadLinkDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[UnlinkDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[RemoveDirectoryDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[CreateFileDecoder.TEMPLATE_ID] = VOID_CACHES;
        FLAGS[OpenFileDecoder.TEMPLATE_ID] = RESERVE | VOID_CACHES;
        FLAGS[ReleaseFileDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[WrittenDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[ReadDirectoryDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[GetXattrDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[ListXattrDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[RemoveXattrDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[NamespaceStatusDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[GetLockDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[SetLockDecoder.TEMPLATE_ID] = VOID_CACHES; // but for releasing one
        FLAGS[CancelRequestDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[SyncNamespaceDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[CutTailDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[RegisterDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[SessionsQueryDecoder.TEMPLATE_ID] = QUERY;
        FLAGS[EndSessionDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[FinishIntentDecoder.TEMPLATE_ID] = RESERVE;
        FLAGS[RestartedDecoder.TEMPLATE_ID] = RESERVE;
    }

    private Verbs() {}

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

    /**
     * Whether a client that hears that a verb was done goes by what it has in caches: so these must
     * not hold what was before.
     */
    static boolean needsVoidCaches(final int templateId) {
        return (FLAGS[templateId] & VOID_CACHES) != 0;
    }
}
