package org.trivet.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.VolumeConfig.Durability;
import org.trivet.block.ChecksumType;
import org.trivet.replica.PieceRequest.Part;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

/** Pieces in, findings out: members that are only numbers. */
class CopyComparisonTest {
    private static final int GROUP = 3;
    private static final long FAR = -5; // unsigned: behind all the others
    private static final VolumeConfig VOLUME =
            new VolumeConfig(1, 4, 3, 4096, ChecksumType.CRC32C, Durability.PROCESS);

    private final CopyComparison comparison = new CopyComparison(VOLUME, GROUP);

    private static MemberPosition at(final int copy, final long logEnd, final long applied) {
        return new MemberPosition((GROUP + copy) % 4, GROUP, "good", logEnd, applied);
    }

    private static CopyPiece piece(
            final MemberPosition position, final boolean isLast, final StoredExtent... extents) {
        return new CopyPiece(position, List.of(extents), List.of(), List.of(), isLast);
    }

    private static CopyPiece cuts(
            final MemberPosition position, final boolean isLast, final StripCut... cuts) {
        return new CopyPiece(position, List.of(), List.of(cuts), List.of(), isLast);
    }

    private static CopyPiece givenUp(final MemberPosition position, final LostRange... ranges) {
        return new CopyPiece(position, List.of(), List.of(), List.of(ranges), true);
    }

    /** Units whose checksums say of which unit and version they are. */
    private static StoredExtent extent(
            final long dataId, final long first, final long end, final long version) {
        final byte[] checksums = new byte[(int) (end - first) * 4];
        for (int i = 0; i < checksums.length; i++) {
            checksums[i] = (byte) (dataId * 31 + (first + i / 4) * 7 + version);
        }
        return new StoredExtent(dataId, first, end, version, true, checksums);
    }

    private static StoredExtent damaged(final StoredExtent extent) {
        return new StoredExtent(
                extent.dataId(),
                extent.firstUnit(),
                extent.endUnit(),
                extent.version(),
                false,
                extent.checksums());
    }

    private String take(final CopyPiece... pieces) {
        return comparison.take(Arrays.asList(pieces));
    }

    @Test
    void whatIsEqualCountsWhereverTheMembersStand() {
        assertEquals(List.of(3, 0, 1), comparison.members());
        assertNull(
                take(
                        piece(at(0, 20, 12), true, extent(1, 0, 8, 5), extent(FAR, 3, 5, 6)),
                        piece(at(1, 21, 21), true, extent(1, 0, 8, 5), extent(FAR, 3, 5, 6)),
                        piece(at(2, 9, 9), true, extent(1, 0, 8, 5), extent(FAR, 3, 5, 6))));
        assertEquals(new PieceRequest(GROUP, Part.CUTS, 0, 0), comparison.request());
        assertEquals(30, comparison.units());
        finishCuts();
        assertEquals(0, comparison.differenceCount());
    }

    /** Otherwise all of it would be equal: nowhere to be seen. */
    @Test
    void whatWasInAllLogsAtTheBeginIsComparedWhenAllHaveAppliedIt() {
        final StoredExtent written = extent(1, 0, 8, 5);
        assertEquals(
                "group 3 is busy: node 3 has applied 0 of 8",
                take(piece(at(0, 8, 0), true), piece(at(1, 8, 0), true), piece(at(2, 9, 0), true)));
        assertEquals(
                "group 3 is busy: node 1 has applied 7 of 99",
                take(
                        piece(at(0, 99, 99), true, written),
                        piece(at(1, 99, 99), true, written),
                        piece(at(2, 99, 7), true)));
        assertEquals(0, comparison.units());
        assertNull(
                take(
                        piece(at(0, 99, 9), true, written),
                        piece(at(1, 99, 8), true, written),
                        piece(at(2, 99, 8), true, written)));
        assertEquals(24, comparison.units());
    }

    private void finishCuts() {
        assertNull(
                take(cuts(at(0, 9, 9), true), cuts(at(1, 10, 9), true), cuts(at(2, 9, 9), true)));
        assertNull(take(givenUp(at(0, 9, 9)), givenUp(at(1, 10, 9)), givenUp(at(2, 9, 9))));
        assertNull(comparison.request());
    }

    @Test
    void whatDiffersIsAskedForAgainUntilAllHaveAppliedTheSameLog() {
        final StoredExtent before = extent(1, 0, 2, 5);
        final StoredExtent old = extent(1, 4, 6, 5);
        final StoredExtent written = extent(1, 4, 6, 7);
        final CopyPiece first = piece(at(0, 8, 8), true, before, written);
        final CopyPiece third = piece(at(2, 8, 8), true, before, written);
        assertNull(take(first, piece(at(1, 7, 7), true, before, old), third), "came up to unit 4");
        final PieceRequest again = new PieceRequest(GROUP, Part.EXTENTS, 1, 4);
        assertEquals(again, comparison.request());
        assertEquals(
                "group 3 is busy: node 0 has applied 7 of 8",
                take(
                        piece(at(0, 8, 8), true, written),
                        piece(at(1, 8, 7), true, old),
                        piece(at(2, 8, 8), true, written)));
        assertEquals(again, comparison.request());
        assertNull(
                take(
                        piece(at(0, 8, 8), true, written),
                        piece(at(1, 9, 8), true, written),
                        piece(at(2, 8, 8), true, written)));
        finishCuts();
        assertEquals(0, comparison.differenceCount());
        assertEquals(12, comparison.units());
    }

    @Test
    void whatDiffersThoughAllHaveAppliedTheSameLogCounts() {
        final StoredExtent changed = new StoredExtent(1, 8, 9, 5, true, new byte[] {1, 2, 3, 4});
        assertNull(
                take(
                        piece(at(0, 8, 8), true, extent(1, 0, 9, 5)),
                        piece(at(1, 8, 8), true, extent(1, 0, 2, 6), extent(1, 4, 9, 5)),
                        piece(at(2, 8, 8), true, extent(1, 0, 8, 5), changed)));
        assertEquals(
                List.of(
                        "group 3: units 0 to 1 of 1 have version 5 at node 3 and 6 at node 0",
                        "group 3: units 2 to 3 of 1 are missing at node 0",
                        "group 3: units 8 to 8 of 1 have other content at node 1 than at 3"),
                comparison.differences());
    }

    @Test
    void damageCountsAtOnceAndOnce() {
        final StoredExtent good = extent(1, 0, 4, 5);
        final StoredExtent bad = damaged(extent(1, 4, 8, 5));
        final StoredExtent mended = extent(1, 4, 8, 5);
        for (int i = 0; i < 3; i++) {
            take(
                    piece(at(0, 8, 8), true, good, mended),
                    piece(at(1, 9, 8), true, damaged(good), bad),
                    piece(at(2, 8, 8), true, mended));
            assertEquals(new PieceRequest(GROUP, Part.EXTENTS, 1, 0), comparison.request());
        }
        assertNull(
                take(
                        piece(at(0, 9, 9), true, good, mended),
                        piece(at(1, 9, 9), true, good, mended),
                        piece(at(2, 9, 9), true, good, mended)));
        assertEquals(
                List.of(
                        "group 3: node 0: units 0 to 3 of 1, version 5, are damaged",
                        "group 3: node 0: units 4 to 7 of 1, version 5, are damaged"),
                comparison.differences());
        assertEquals(20, comparison.units());
    }

    @Test
    void nothingCountsOfMembersThatAreNotGood() {
        final StoredExtent extent = extent(1, 0, 4, 5);
        assertEquals(
                "group 3 is rebuilding at node 1",
                take(
                        piece(at(0, 8, 8), true, damaged(extent)),
                        piece(at(1, 8, 8), true, extent),
                        piece(new MemberPosition(1, GROUP, "rebuilding", 8, 8), true, extent)));
        assertEquals(
                "node 0 is down",
                take(piece(at(0, 8, 8), true, extent), null, piece(at(2, 8, 8), true)));
        assertEquals(0, comparison.units());
        assertEquals(0, comparison.differenceCount());
    }

    @Test
    void cutNumbersAndWhatIsGivenUpAreCompared() {
        take(piece(at(0, 7, 7), true), piece(at(1, 7, 7), true), piece(at(2, 7, 7), true));
        final StripCut one = new StripCut(1, 4);
        assertNull(
                take(
                        cuts(at(0, 9, 9), false, one, new StripCut(5, 2)),
                        cuts(at(1, 9, 9), true, one, new StripCut(5, 1), new StripCut(FAR, 1)),
                        cuts(at(2, 8, 8), true, one, new StripCut(FAR, 1))));
        assertEquals(new PieceRequest(GROUP, Part.CUTS, 5, 0), comparison.request());
        assertNull(
                take(
                        cuts(at(0, 9, 9), false, new StripCut(5, 2)),
                        cuts(at(1, 9, 9), true, new StripCut(5, 1), new StripCut(FAR, 1)),
                        cuts(at(2, 9, 9), true, new StripCut(FAR, 1))));
        assertEquals(new PieceRequest(GROUP, Part.CUTS, 6, 0), comparison.request());
        assertEquals(
                List.of(
                        "group 3: the cut number of 5 is 1 at node 0 and 2 elsewhere",
                        "group 3: the cut number of 5 is 0 at node 1 and 2 elsewhere"),
                comparison.differences());
        final StripCut far = new StripCut(FAR, 1);
        assertNull(
                take(
                        cuts(at(0, 9, 9), true, far),
                        cuts(at(1, 8, 8), true, far),
                        cuts(at(2, 7, 7), true, far)));
        final LostRange lost = new LostRange(GROUP, 1, 2, 1, 3);
        assertEquals(
                "group 3 is busy: node 0 has applied 8 of 9",
                take(givenUp(at(0, 9, 9)), givenUp(at(1, 8, 8), lost), givenUp(at(2, 9, 9))));
        assertNull(take(givenUp(at(0, 9, 9)), givenUp(at(1, 9, 9), lost), givenUp(at(2, 9, 9))));
        assertNull(comparison.request());
        assertEquals(3, comparison.differenceCount());
    }

    @Test
    void piecesThatWereNotAskedForAreRefused() {
        final CopyPiece good = piece(at(0, 8, 8), true, extent(1, 0, 4, 5));
        final StoredExtent tooLong = new StoredExtent(1, 0, 1, 5, true, new byte[8]);
        refuses(() -> take(good, good, good));
        refuses(() -> take(good, piece(at(1, 8, 8), true, tooLong), piece(at(2, 8, 8), true)));
        refuses(() -> piece(at(1, 8, 8), true, extent(1, 0, 4, 5), extent(1, 3, 5, 5)));
        refuses(() -> piece(at(1, 8, 8), true, extent(FAR, 0, 4, 5), extent(1, 3, 5, 5)));
        refuses(() -> piece(at(1, 8, 8), false));
        refuses(() -> cuts(at(1, 8, 8), true, new StripCut(2, 1), new StripCut(2, 1)));
        refuses(() -> new StoredExtent(1, 4, 4, 1, false, null));
    }

    private static void refuses(final Runnable action) {
        assertEquals(ErrorCode.INVALID, assertThrows(TrivetException.class, action::run).code());
    }

    /** Each copy has the same units in extents of its own, in pieces of its own. */
    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void findsEachUnitThatDiffersHoweverTheCopiesAreCut(final long seed) {
        final Random random = new Random(seed);
        final List<TreeMap<Long, Long>> copies = new ArrayList<>(); // unit: version
        final TreeMap<Long, Long> units = new TreeMap<>();
        for (long unit = 0; unit < 500; unit++) {
            if (random.nextInt(4) > 0) {
                units.put(unit, unit / 50 + random.nextInt(20) / 19);
            }
        }
        for (int copy = 0; copy < 3; copy++) {
            copies.add(new TreeMap<>(units));
        }
        long expected = 0;
        for (long unit = random.nextInt(40); unit < 500; unit += 2 + random.nextInt(40)) {
            if (units.containsKey(unit)) {
                final int copy = 1 + random.nextInt(2);
                if (random.nextBoolean()) {
                    copies.get(copy).remove(unit);
                } else {
                    copies.get(copy).put(unit, 77L);
                }
                expected++;
            }
        }
        while (comparison.request().part() == Part.EXTENTS) {
            final long from = comparison.request().fromUnit();
            final List<CopyPiece> pieces = new ArrayList<>();
            for (int copy = 0; copy < 3; copy++) {
                pieces.add(cut(random, at(copy, 8, 8), copies.get(copy), from));
            }
            assertNull(comparison.take(pieces));
        }
        assertEquals(expected, comparison.differenceCount(), comparison.differences()::toString);
        assertEquals(copies.stream().mapToLong(TreeMap::size).sum(), comparison.units(), "units");
    }

    private static CopyPiece cut(
            final Random random,
            final MemberPosition position,
            final TreeMap<Long, Long> units,
            final long from) {
        final List<StoredExtent> extents = new ArrayList<>();
        Long next = units.ceilingKey(from);
        while (next != null && extents.size() < 16) {
            final long version = units.get(next);
            long end = next + 1;
            while (Long.valueOf(version).equals(units.get(end)) && random.nextInt(8) > 0) {
                end++;
            }
            extents.add(extent(1, next, end, version));
            next = units.ceilingKey(end);
        }
        return new CopyPiece(position, extents, List.of(), List.of(), next == null);
    }
}
