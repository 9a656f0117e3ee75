package org.trivet.wire;

import org.agrona.DirectBuffer;
import org.trivet.wire.sbe.AckDecoder;
import org.trivet.wire.sbe.CancelRequestDecoder;
import org.trivet.wire.sbe.ChunkDecoder;
import org.trivet.wire.sbe.CloseSessionDecoder;
import org.trivet.wire.sbe.CreateFileDecoder;
import org.trivet.wire.sbe.CutTailDecoder;
import org.trivet.wire.sbe.DiffersDecoder;
import org.trivet.wire.sbe.DigestQueryDecoder;
import org.trivet.wire.sbe.DigestReplyDecoder;
import org.trivet.wire.sbe.EndSessionDecoder;
import org.trivet.wire.sbe.FetchLogDecoder;
import org.trivet.wire.sbe.FinishIntentDecoder;
import org.trivet.wire.sbe.GetAttributesDecoder;
import org.trivet.wire.sbe.GetLockDecoder;
import org.trivet.wire.sbe.GetXattrDecoder;
import org.trivet.wire.sbe.HelloDecoder;
import org.trivet.wire.sbe.InvalidateAckDecoder;
import org.trivet.wire.sbe.InvalidateDecoder;
import org.trivet.wire.sbe.JoinDecoder;
import org.trivet.wire.sbe.JoinOkDecoder;
import org.trivet.wire.sbe.LackQueryDecoder;
import org.trivet.wire.sbe.LackReplyDecoder;
import org.trivet.wire.sbe.LinkDecoder;
import org.trivet.wire.sbe.ListXattrDecoder;
import org.trivet.wire.sbe.LogEndQueryDecoder;
import org.trivet.wire.sbe.LogEndReplyDecoder;
import org.trivet.wire.sbe.LogEntriesDecoder;
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
import org.trivet.wire.sbe.PrepareDecoder;
import org.trivet.wire.sbe.PullDecoder;
import org.trivet.wire.sbe.ReadDecoder;
import org.trivet.wire.sbe.ReadDirectoryDecoder;
import org.trivet.wire.sbe.ReadLinkDecoder;
import org.trivet.wire.sbe.ReadMapDecoder;
import org.trivet.wire.sbe.ReadOkDecoder;
import org.trivet.wire.sbe.ReadRefusedDecoder;
import org.trivet.wire.sbe.Refusal;
import org.trivet.wire.sbe.RegisterDecoder;
import org.trivet.wire.sbe.RegisteredDecoder;
import org.trivet.wire.sbe.ReleaseFileDecoder;
import org.trivet.wire.sbe.RemoveDirectoryDecoder;
import org.trivet.wire.sbe.RemoveXattrDecoder;
import org.trivet.wire.sbe.RenameDecoder;
import org.trivet.wire.sbe.RenewSessionDecoder;
import org.trivet.wire.sbe.RepairDecoder;
import org.trivet.wire.sbe.ReserveAppendDecoder;
import org.trivet.wire.sbe.RestartedDecoder;
import org.trivet.wire.sbe.RoomDecoder;
import org.trivet.wire.sbe.RoomQueryDecoder;
import org.trivet.wire.sbe.SessionOpenedDecoder;
import org.trivet.wire.sbe.SessionsDecoder;
import org.trivet.wire.sbe.SessionsQueryDecoder;
import org.trivet.wire.sbe.SetAttributesDecoder;
import org.trivet.wire.sbe.SetLockDecoder;
import org.trivet.wire.sbe.SetXattrDecoder;
import org.trivet.wire.sbe.StripMapDecoder;
import org.trivet.wire.sbe.SyncDecoder;
import org.trivet.wire.sbe.SyncNamespaceDecoder;
import org.trivet.wire.sbe.SyncOkDecoder;
import org.trivet.wire.sbe.TestimonyDecoder;
import org.trivet.wire.sbe.TrimDecoder;
import org.trivet.wire.sbe.UnlinkDecoder;
import org.trivet.wire.sbe.WatermarkQueryDecoder;
import org.trivet.wire.sbe.WatermarkReplyDecoder;
import org.trivet.wire.sbe.WriteDecoder;
import org.trivet.wire.sbe.WriteOkDecoder;
import org.trivet.wire.sbe.WriteRefusedDecoder;
import org.trivet.wire.sbe.WriteWaitingDecoder;
import org.trivet.wire.sbe.WrittenDecoder;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What shape each message of the schema has, so that one that is damaged is refused before anything
 * of it is believed. What is whole can be decoded; whether it makes sense is another question.
 *
 * <pre>
 *    0  message header (8)
 *    8  int64  volumeId
 *   16  int32  source
 *   20  other fields, up to the block length; then, for each field of variable length:
 *       uint32 length | bytes
 * </pre>
 */
public final class MessageShapes {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int HEADER_LENGTH = MessageHeaderDecoder.ENCODED_LENGTH;
    private static final int SHORTEST = HEADER_LENGTH + Long.BYTES + Integer.BYTES;
    private static final int LIMIT = 256;

    /** The most bytes of a field of type varData, and of one of type varName. */
    private static final int DATA = 2 << 20;

    private static final int NAME = 64 << 10;

    private static final MessageShapes[] SHAPES = new MessageShapes[LIMIT];

    static {
        add(WriteDecoder.TEMPLATE_ID, WriteDecoder.BLOCK_LENGTH, NAME, DATA, DATA)
                .upTo(WriteDecoder.durableEncodingOffset(), 1);
        add(TrimDecoder.TEMPLATE_ID, TrimDecoder.BLOCK_LENGTH, NAME);
        add(WriteOkDecoder.TEMPLATE_ID, WriteOkDecoder.BLOCK_LENGTH);
        add(WriteRefusedDecoder.TEMPLATE_ID, WriteRefusedDecoder.BLOCK_LENGTH)
                .refusal(WriteRefusedDecoder.refusalEncodingOffset());
        add(WriteWaitingDecoder.TEMPLATE_ID, WriteWaitingDecoder.BLOCK_LENGTH);
        add(ReadDecoder.TEMPLATE_ID, ReadDecoder.BLOCK_LENGTH);
        add(ReadOkDecoder.TEMPLATE_ID, ReadOkDecoder.BLOCK_LENGTH, DATA, DATA, DATA)
                .upTo(ReadOkDecoder.degradedEncodingOffset(), 1);
        add(ReadRefusedDecoder.TEMPLATE_ID, ReadRefusedDecoder.BLOCK_LENGTH)
                .refusal(ReadRefusedDecoder.refusalEncodingOffset());
        add(RepairDecoder.TEMPLATE_ID, RepairDecoder.BLOCK_LENGTH);
        add(SyncDecoder.TEMPLATE_ID, SyncDecoder.BLOCK_LENGTH);
        add(SyncOkDecoder.TEMPLATE_ID, SyncOkDecoder.BLOCK_LENGTH);
        add(ReadMapDecoder.TEMPLATE_ID, ReadMapDecoder.BLOCK_LENGTH);
        add(StripMapDecoder.TEMPLATE_ID, StripMapDecoder.BLOCK_LENGTH, DATA);
        add(RoomQueryDecoder.TEMPLATE_ID, RoomQueryDecoder.BLOCK_LENGTH);
        add(RoomDecoder.TEMPLATE_ID, RoomDecoder.BLOCK_LENGTH);
        add(PrepareDecoder.TEMPLATE_ID, PrepareDecoder.BLOCK_LENGTH, DATA);
        add(AckDecoder.TEMPLATE_ID, AckDecoder.BLOCK_LENGTH)
                .upTo(AckDecoder.mismatchEncodingOffset(), 1);
        add(HelloDecoder.TEMPLATE_ID, HelloDecoder.BLOCK_LENGTH);
        add(TestimonyDecoder.TEMPLATE_ID, TestimonyDecoder.BLOCK_LENGTH, DATA)
                .upTo(TestimonyDecoder.hasLogEncodingOffset(), 1)
                .upTo(TestimonyDecoder.suspectEncodingOffset(), 1);
        add(FetchLogDecoder.TEMPLATE_ID, FetchLogDecoder.BLOCK_LENGTH);
        add(LogEntriesDecoder.TEMPLATE_ID, LogEntriesDecoder.BLOCK_LENGTH, DATA)
                .upTo(LogEntriesDecoder.soundEncodingOffset(), 1);
        add(JoinDecoder.TEMPLATE_ID, JoinDecoder.BLOCK_LENGTH);
        add(JoinOkDecoder.TEMPLATE_ID, JoinOkDecoder.BLOCK_LENGTH, DATA);
        add(PullDecoder.TEMPLATE_ID, PullDecoder.BLOCK_LENGTH);
        add(ChunkDecoder.TEMPLATE_ID, ChunkDecoder.BLOCK_LENGTH, DATA, DATA, DATA)
                .refusal(ChunkDecoder.refusalEncodingOffset());
        add(WatermarkQueryDecoder.TEMPLATE_ID, WatermarkQueryDecoder.BLOCK_LENGTH);
        add(WatermarkReplyDecoder.TEMPLATE_ID, WatermarkReplyDecoder.BLOCK_LENGTH);
        add(LogEndQueryDecoder.TEMPLATE_ID, LogEndQueryDecoder.BLOCK_LENGTH);
        add(LogEndReplyDecoder.TEMPLATE_ID, LogEndReplyDecoder.BLOCK_LENGTH)
                .upTo(LogEndReplyDecoder.hasLogEncodingOffset(), 1)
                .upTo(LogEndReplyDecoder.hearsPrimaryEncodingOffset(), 1);
        add(LackQueryDecoder.TEMPLATE_ID, LackQueryDecoder.BLOCK_LENGTH);
        add(LackReplyDecoder.TEMPLATE_ID, LackReplyDecoder.BLOCK_LENGTH, DATA);
        add(DigestQueryDecoder.TEMPLATE_ID, DigestQueryDecoder.BLOCK_LENGTH)
                .upTo(DigestQueryDecoder.listedEncodingOffset(), 1);
        add(DigestReplyDecoder.TEMPLATE_ID, DigestReplyDecoder.BLOCK_LENGTH, NAME)
                .refusal(DigestReplyDecoder.refusalEncodingOffset());
        add(DiffersDecoder.TEMPLATE_ID, DiffersDecoder.BLOCK_LENGTH);
        add(RegisterDecoder.TEMPLATE_ID, RegisterDecoder.BLOCK_LENGTH)
                .upTo(RegisterDecoder.createdEncodingOffset(), 1);
        add(RegisteredDecoder.TEMPLATE_ID, RegisteredDecoder.BLOCK_LENGTH)
                .upTo(RegisteredDecoder.firstStorageEncodingOffset(), 1);
        add(SessionsDecoder.TEMPLATE_ID, SessionsDecoder.BLOCK_LENGTH, DATA);
        add(SessionsQueryDecoder.TEMPLATE_ID, SessionsQueryDecoder.BLOCK_LENGTH);
        add(OpenSessionDecoder.TEMPLATE_ID, OpenSessionDecoder.BLOCK_LENGTH);
        add(RenewSessionDecoder.TEMPLATE_ID, RenewSessionDecoder.BLOCK_LENGTH);
        add(CloseSessionDecoder.TEMPLATE_ID, CloseSessionDecoder.BLOCK_LENGTH);
        add(LookupDecoder.TEMPLATE_ID, LookupDecoder.BLOCK_LENGTH, NAME);
        add(GetAttributesDecoder.TEMPLATE_ID, GetAttributesDecoder.BLOCK_LENGTH);
        add(SetAttributesDecoder.TEMPLATE_ID, SetAttributesDecoder.BLOCK_LENGTH);
        add(ReadLinkDecoder.TEMPLATE_ID, ReadLinkDecoder.BLOCK_LENGTH);
        add(MakeSymlinkDecoder.TEMPLATE_ID, MakeSymlinkDecoder.BLOCK_LENGTH, NAME, NAME);
        add(MakeNodeDecoder.TEMPLATE_ID, MakeNodeDecoder.BLOCK_LENGTH, NAME);
        add(MakeDirectoryDecoder.TEMPLATE_ID, MakeDirectoryDecoder.BLOCK_LENGTH, NAME);
        add(UnlinkDecoder.TEMPLATE_ID, UnlinkDecoder.BLOCK_LENGTH, NAME);
        add(RemoveDirectoryDecoder.TEMPLATE_ID, RemoveDirectoryDecoder.BLOCK_LENGTH, NAME);
        add(RenameDecoder.TEMPLATE_ID, RenameDecoder.BLOCK_LENGTH, NAME, NAME);
        add(LinkDecoder.TEMPLATE_ID, LinkDecoder.BLOCK_LENGTH, NAME);
        add(CreateFileDecoder.TEMPLATE_ID, CreateFileDecoder.BLOCK_LENGTH, NAME);
        add(OpenFileDecoder.TEMPLATE_ID, OpenFileDecoder.BLOCK_LENGTH);
        add(ReleaseFileDecoder.TEMPLATE_ID, ReleaseFileDecoder.BLOCK_LENGTH);
        add(WrittenDecoder.TEMPLATE_ID, WrittenDecoder.BLOCK_LENGTH)
                .upTo(WrittenDecoder.sparseEncodingOffset(), 1);
        add(ReserveAppendDecoder.TEMPLATE_ID, ReserveAppendDecoder.BLOCK_LENGTH);
        add(ReadDirectoryDecoder.TEMPLATE_ID, ReadDirectoryDecoder.BLOCK_LENGTH)
                .upTo(ReadDirectoryDecoder.withAttributesEncodingOffset(), 1);
        add(SetXattrDecoder.TEMPLATE_ID, SetXattrDecoder.BLOCK_LENGTH, NAME, NAME);
        add(GetXattrDecoder.TEMPLATE_ID, GetXattrDecoder.BLOCK_LENGTH, NAME);
        add(ListXattrDecoder.TEMPLATE_ID, ListXattrDecoder.BLOCK_LENGTH);
        add(RemoveXattrDecoder.TEMPLATE_ID, RemoveXattrDecoder.BLOCK_LENGTH, NAME);
        add(NamespaceStatusDecoder.TEMPLATE_ID, NamespaceStatusDecoder.BLOCK_LENGTH);
        add(GetLockDecoder.TEMPLATE_ID, GetLockDecoder.BLOCK_LENGTH)
                .upTo(GetLockDecoder.lockTypeEncodingOffset(), 2)
                .upTo(GetLockDecoder.flockEncodingOffset(), 1);
        add(SetLockDecoder.TEMPLATE_ID, SetLockDecoder.BLOCK_LENGTH)
                .upTo(SetLockDecoder.lockTypeEncodingOffset(), 2)
                .upTo(SetLockDecoder.flockEncodingOffset(), 1)
                .upTo(SetLockDecoder.blockingEncodingOffset(), 1);
        add(CancelRequestDecoder.TEMPLATE_ID, CancelRequestDecoder.BLOCK_LENGTH);
        add(SyncNamespaceDecoder.TEMPLATE_ID, SyncNamespaceDecoder.BLOCK_LENGTH);
        add(CutTailDecoder.TEMPLATE_ID, CutTailDecoder.BLOCK_LENGTH);
        add(InvalidateAckDecoder.TEMPLATE_ID, InvalidateAckDecoder.BLOCK_LENGTH);
        add(MetaDoneDecoder.TEMPLATE_ID, MetaDoneDecoder.BLOCK_LENGTH);
        add(MetaAttributesDecoder.TEMPLATE_ID, MetaAttributesDecoder.BLOCK_LENGTH, NAME)
                .upTo(MetaAttributesDecoder.sharedEncodingOffset(), 1);
        add(MetaBytesDecoder.TEMPLATE_ID, MetaBytesDecoder.BLOCK_LENGTH, DATA);
        add(MetaEntriesDecoder.TEMPLATE_ID, MetaEntriesDecoder.BLOCK_LENGTH, DATA)
                .upTo(MetaEntriesDecoder.withAttributesEncodingOffset(), 1);
        add(MetaLockDecoder.TEMPLATE_ID, MetaLockDecoder.BLOCK_LENGTH)
                .upTo(MetaLockDecoder.lockTypeEncodingOffset(), 2)
                .upTo(MetaLockDecoder.flockEncodingOffset(), 1);
        add(MetaErrorDecoder.TEMPLATE_ID, MetaErrorDecoder.BLOCK_LENGTH)
                .refusal(MetaErrorDecoder.refusalEncodingOffset());
        add(SessionOpenedDecoder.TEMPLATE_ID, SessionOpenedDecoder.BLOCK_LENGTH);
        add(InvalidateDecoder.TEMPLATE_ID, InvalidateDecoder.BLOCK_LENGTH, NAME)
                .upTo(InvalidateDecoder.contentsEncodingOffset(), 1);
        add(EndSessionDecoder.TEMPLATE_ID, EndSessionDecoder.BLOCK_LENGTH);
        add(FinishIntentDecoder.TEMPLATE_ID, FinishIntentDecoder.BLOCK_LENGTH);
        add(RestartedDecoder.TEMPLATE_ID, RestartedDecoder.BLOCK_LENGTH);
    }

    private final int blockLength;
    private final int[] maxLengths;

    /** Fields of one byte: their offsets in the block, and the largest values. */
    private int[] bounded = {};

    private int refusalOffset = -1;

    private MessageShapes(final int blockLength, final int[] maxLengths) {
        this.blockLength = blockLength;
        this.maxLengths = maxLengths;
    }

    private static MessageShapes add(
            final int templateId, final int blockLength, final int... maxLengths) {
        SHAPES[templateId] = new MessageShapes(blockLength, maxLengths);
        return SHAPES[templateId];
    }

    private static int[] with(final int[] pairs, final int offset, final int max) {
        final int[] more = Arrays.copyOf(pairs, pairs.length + 2);
        more[pairs.length] = offset;
        more[pairs.length + 1] = max;
        return more;
    }

    private MessageShapes upTo(final int offset, final int max) {
        bounded = with(bounded, offset, max);
        return this;
    }

    private MessageShapes refusal(final int offset) {
        refusalOffset = offset;
        return this;
    }

    /**
     * Whether a message is whole: of this schema and version, and of a volume; as long as it says,
     * to the byte; no field longer, or of another value, than the schema allows.
     *
     * @param buffer holds it.
     * @param offset where its header begins.
     * @param length bytes, with the header.
     * @param volumeId the volume.
     * @return false if it has to be refused.
     */
    public static boolean isWhole(
            final DirectBuffer buffer, final int offset, final int length, final long volumeId) {
        if (length < SHORTEST) {
            return false;
        }
        final int templateId = buffer.getShort(offset + 2, LE) & 0xFFFF;
        final MessageShapes shape = templateId < LIMIT ? SHAPES[templateId] : null;
        return shape != null
                && (buffer.getShort(offset, LE) & 0xFFFF) == shape.blockLength
                && (buffer.getShort(offset + 4, LE) & 0xFFFF) == MessageHeaderDecoder.SCHEMA_ID
                && (buffer.getShort(offset + 6, LE) & 0xFFFF) == MessageHeaderDecoder.SCHEMA_VERSION
                && buffer.getLong(offset + HEADER_LENGTH, LE) == volumeId
                && shape.fits(buffer, offset, length)
                && shape.isBounded(buffer, offset + HEADER_LENGTH);
    }

    private boolean fits(final DirectBuffer buffer, final int offset, final int length) {
        int left = length - HEADER_LENGTH - blockLength;
        for (final int maxLength : maxLengths) {
            left -= Integer.BYTES;
            if (left < 0) {
                return false;
            }
            final int bytes = buffer.getInt(offset + length - left - Integer.BYTES, LE);
            if (bytes < 0 || bytes > maxLength || bytes > left) {
                return false;
            }
            left -= bytes;
        }
        return left == 0;
    }

    private boolean isBounded(final DirectBuffer buffer, final int block) {
        for (int i = 0; i < bounded.length; i += 2) {
            if ((buffer.getByte(block + bounded[i]) & 0xFF) > bounded[i + 1]) {
                return false;
            }
        }
        return refusalOffset < 0 || isRefusal(buffer.getByte(block + refusalOffset) & 0xFF);
    }

    private static boolean isRefusal(final int value) {
        return value <= Refusal.GIVEN_UP.value() || value == Refusal.NONE.value();
    }
}
