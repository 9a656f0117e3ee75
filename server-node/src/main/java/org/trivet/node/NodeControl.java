package org.trivet.node;

import org.trivet.node.control.CommandHandler;
import org.trivet.replica.PieceRequest;

import java.util.Map;

/**
 * The commands of the control channel of one data node, which {@link RemoteNodeAccess} gives. The
 * arguments and the result of each are a record of {@link NodeAccess}, as JSON:
 *
 * <pre>
 * report                                            NodeReport
 * losses                                            NodeLosses
 * count-blocks  BlockTally                          BlockTally
 * inspect       UnitRange                           StoredCopy
 * piece         PieceRequest                        CopyPiece
 * damage        DamageOrder                         damage: a Damage, if any was done
 * scrub                                             {}
 * accept-loss   range, firstUnusedDataId            {}
 * </pre>
 */
public final class NodeControl {
    static final String REPORT = "report";
    static final String LOSSES = "losses";
    static final String COUNT_BLOCKS = "count-blocks";
    static final String INSPECT = "inspect";
    static final String PIECE = "piece";
    static final String DAMAGE = "damage";
    static final String SCRUB = "scrub";
    static final String ACCEPT_LOSS = "accept-loss";

    private NodeControl() {}

    /**
     * The handlers of all commands.
     *
     * @param node carries them out.
     * @return by name.
     */
    public static Map<String, CommandHandler> handlers(final NodeAccess node) {
        return Map.of(
                REPORT,
                (_, _) -> RecordJson.encode(node.report()),
                LOSSES,
                (_, _) -> RecordJson.encode(node.losses()),
                COUNT_BLOCKS,
                (arguments, _) ->
                        RecordJson.encode(
                                node.countBlocks(RecordJson.decode(BlockTally.class, arguments))),
                INSPECT,
                (arguments, _) ->
                        RecordJson.encode(
                                node.inspect(RecordJson.decode(UnitRange.class, arguments))),
                PIECE,
                (arguments, _) ->
                        RecordJson.encode(
                                node.piece(RecordJson.decode(PieceRequest.class, arguments))),
                DAMAGE,
                (arguments, _) -> damage(node, arguments),
                SCRUB,
                (_, _) -> {
                    node.scrub();
                    return Map.of();
                },
                ACCEPT_LOSS,
                (arguments, _) -> {
                    final LossOrder order = RecordJson.decode(LossOrder.class, arguments);
                    node.acceptLoss(order.range(), order.firstUnusedDataId());
                    return Map.of();
                });
    }

    private static Map<String, Object> damage(
            final NodeAccess node, final Map<String, Object> arguments)
            throws InterruptedException {
        final Damage damage = node.damage(RecordJson.decode(DamageOrder.class, arguments));
        return damage == null ? Map.of() : Map.of(DAMAGE, RecordJson.encode(damage));
    }
}
