package org.trivet.node;

import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.replica.CopyPiece;
import org.trivet.replica.LostRange;
import org.trivet.replica.MemberLosses;
import org.trivet.replica.MemberPosition;
import org.trivet.replica.NodeLosses;
import org.trivet.replica.NodeStatus;
import org.trivet.replica.NodeStatus.GroupStatus;
import org.trivet.replica.NodeStatus.RebuildStatus;
import org.trivet.replica.NodeStatus.ScrubFound;
import org.trivet.replica.NodeStatus.ScrubStatus;
import org.trivet.replica.PieceRequest;
import org.trivet.replica.StoredCopy;
import org.trivet.replica.StoredExtent;
import org.trivet.replica.StripCut;
import org.trivet.store.StoreStatistics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Answers anything that can be answered, and remembers what was asked and answered. */
final class RandomNode implements NodeAccess {
    private final Random random;
    Object asked;
    Object answered;

    RandomNode(final long seed) {
        random = new Random(seed);
    }

    /** Small, large, and unsigned ones. */
    long number() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextInt(100);
            case 1 -> random.nextInt();
            case 2 -> -1 - random.nextInt(3);
            default -> random.nextLong();
        };
    }

    int small() {
        return random.nextInt(1000);
    }

    long unit() {
        return number() >>> 1;
    }

    private String text() {
        return random.nextInt(3) == 0 ? null : "line\n\"quoted\" \u00e9\u0000" + number();
    }

    private <T> List<T> list(final int most, final Supplier<T> element) {
        final List<T> list = new ArrayList<>();
        for (int count = random.nextInt(most + 1); count > 0; count--) {
            list.add(element.get());
        }
        return list;
    }

    private <T> T answer(final T value) {
        answered = value;
        return value;
    }

    LostRange range() {
        return new LostRange(small(), number(), unit(), number(), Long.MAX_VALUE);
    }

    UnitRange units() {
        final long first = unit() >>> 1;
        return new UnitRange(small(), number(), first, first + 1 + small());
    }

    DamageOrder damageOrder() {
        final DamageRequest.Kind[] kinds = DamageRequest.Kind.values();
        return new DamageOrder(
                kinds[random.nextInt(kinds.length)],
                random.nextBoolean() ? null : units(),
                number());
    }

    BlockTally tally() {
        return new BlockTally(small(), number(), unit(), number(), random.nextBoolean());
    }

    PieceRequest pieceRequest() {
        final PieceRequest.Part[] parts = PieceRequest.Part.values();
        return new PieceRequest(small(), parts[random.nextInt(parts.length)], number(), unit());
    }

    @Override
    public NodeReport report() {
        if (random.nextInt(4) == 0) {
            return answer(NodeReport.down(small(), text()));
        }
        final NodeStatus status =
                new NodeStatus(
                        small(),
                        number(),
                        list(3, this::small),
                        text(),
                        random.nextBoolean()
                                ? null
                                : new RebuildStatus(number(), number(), number(), number()),
                        new ScrubStatus(
                                random.nextBoolean(),
                                number(),
                                number(),
                                number(),
                                number(),
                                number(),
                                number(),
                                number(),
                                small(),
                                new ScrubFound(number(), number(), number(), number()),
                                new ScrubFound(number(), number(), number(), number())),
                        list(
                                7,
                                () ->
                                        new GroupStatus(
                                                small(), small(), "good", number(), number(),
                                                number(), number(), small(), small(), number(),
                                                number(), number())));
        final Map<String, Long> counters = new TreeMap<>();
        for (int i = small() % 9; i >= 0; i--) {
            counters.put("counter_" + i, number());
        }
        final StoreStatistics store =
                new StoreStatistics(
                        number(), number(), number(), number(), number(), number(), number(),
                        number(), number());
        return answer(new NodeReport(small(), true, false, status, store, counters, text()));
    }

    @Override
    public NodeLosses losses() {
        return answer(
                new NodeLosses(
                        small(),
                        number(),
                        number(),
                        random.nextBoolean(),
                        list(
                                7,
                                () ->
                                        new MemberLosses(
                                                small(),
                                                random.nextBoolean(),
                                                list(9, this::range),
                                                list(9, this::range)))));
    }

    @Override
    public BlockTally countBlocks(final BlockTally before) {
        asked = before;
        return answer(tally());
    }

    @Override
    public StoredCopy inspect(final UnitRange units) {
        asked = units;
        final StoredCopy.State[] states = StoredCopy.State.values();
        return answer(
                new StoredCopy(
                        small(),
                        small(),
                        states[random.nextInt(states.length)],
                        number(),
                        number(),
                        (int) number()));
    }

    @Override
    public CopyPiece piece(final PieceRequest request) {
        asked = request;
        final List<StoredExtent> extents = new ArrayList<>();
        final List<StripCut> cuts = new ArrayList<>();
        long dataId = number() >>> 1 << 1;
        long unit = 0;
        for (int i = random.nextInt(17); i > 0 && dataId + small() < -2; i--) {
            dataId += random.nextInt(2);
            final int count = 1 + small();
            extents.add(extent(dataId, unit, unit + count));
            cuts.add(new StripCut(dataId += 1, number()));
            unit = random.nextInt(100);
        }
        return answer(
                new CopyPiece(
                        new MemberPosition(small(), small(), "good", number(), number()),
                        extents,
                        cuts,
                        list(9, this::range),
                        extents.isEmpty() || random.nextBoolean()));
    }

    private StoredExtent extent(final long dataId, final long first, final long end) {
        final byte[] checksums = new byte[(int) (end - first) * 16];
        random.nextBytes(checksums);
        final boolean isReadable = random.nextInt(9) > 0;
        return new StoredExtent(
                dataId,
                first,
                end,
                number(),
                isReadable && random.nextBoolean(),
                isReadable ? checksums : null);
    }

    @Override
    public Damage damage(final DamageOrder order) {
        asked = order;
        return answer(
                random.nextInt(4) == 0
                        ? null
                        : new Damage(
                                small(), order.kind(), small(), number(), number(), "" + text()));
    }

    @Override
    public void scrub() {
        asked = "scrub";
    }

    @Override
    public void acceptLoss(final LostRange range, final long firstUnusedDataId) {
        asked = new LossOrder(range, firstUnusedDataId);
    }
}
