package org.trivet.node;

import org.agrona.concurrent.NanoClock;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;
import org.trivet.fs.Attributes;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.ClusterStatus.NodeReport;
import org.trivet.replica.CopyComparison;
import org.trivet.replica.CopyPiece;
import org.trivet.replica.GroupLosses;
import org.trivet.replica.LostRange;
import org.trivet.replica.NodeLosses;
import org.trivet.replica.StoredCopy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The operations of a {@link Cluster} that look into its nodes, wherever these run: what it has to
 * tell of them, what it compares between them, and what it damages in one. From any thread but the
 * nodes'.
 */
public final class ClusterInspection {
    private static final System.Logger LOG = System.getLogger(ClusterInspection.class.getName());
    private static final long VERIFY_PAUSE_MS = 2;
    private static final long VERIFY_PATIENCE_NS = 20_000_000_000L;
    private static final long ACCEPT_PATIENCE_NS = 10_000_000_000L;
    private static final long APPLY_PATIENCE_NS = 500_000_000L;
    private static final long APPLY_POLL_MS = 20;
    private static final long NOT_ASKED = -1;

    /** Tells which data ids have never been used. */
    @FunctionalInterface
    public interface UnusedDataIds {
        /**
         * Asks the metadata node.
         *
         * @return no file has ever had this data id, or one above it.
         * @throws InterruptedException if the waiting thread was interrupted.
         */
        long first() throws InterruptedException;
    }

    /** Something to ask one node. */
    @FunctionalInterface
    private interface Question<T> {
        T ask(int number, NodeAccess node) throws InterruptedException;
    }

    private final VolumeConfig volume;
    private final IntFunction<NodeAccess> nodes;
    private final TrivetFileSystem files;
    private final UnusedDataIds unusedDataIds;
    private final NanoClock clock;

    /**
     * Operations over nodes.
     *
     * @param volume what the cluster is made of.
     * @param nodes gives access to a node, as it is now; null if it is known to be down.
     * @param files the volume's files, as root sees them.
     * @param unusedDataIds tells which data ids have never been used.
     * @param clock monotonic time.
     */
    public ClusterInspection(
            final VolumeConfig volume,
            final IntFunction<NodeAccess> nodes,
            final TrivetFileSystem files,
            final UnusedDataIds unusedDataIds,
            final NanoClock clock) {
        this.volume = volume;
        this.nodes = nodes;
        this.files = files;
        this.unusedDataIds = unusedDataIds;
        this.clock = clock;
    }

    // ---- what the nodes tell

    /**
     * As {@link Cluster#status}.
     *
     * @return the state of each node; one that cannot be asked is down, and says why if it is not
     *     plainly gone.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public ClusterStatus status() throws InterruptedException {
        final NodeReport[] reports = new NodeReport[volume.nodeCount()];
        Arrays.setAll(reports, number -> NodeReport.down(number, null));
        final List<NodeLosses> losses =
                askAll(
                        (number, node) -> {
                            reports[number] = report(number, node);
                            return reports[number].isUp() ? node.losses() : null;
                        });
        return new ClusterStatus(volume, List.of(reports), groupLosses(losses));
    }

    private static NodeReport report(final int number, final NodeAccess node)
            throws InterruptedException {
        try {
            return node.report();
        } catch (final TrivetException e) {
            return NodeReport.down(number, e.code() == ErrorCode.CLOSED ? null : e.getMessage());
        }
    }

    /**
     * As {@link Cluster#countBlocks}.
     *
     * @return the counts, by node and copy.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public List<BlockCount> countBlocks() throws InterruptedException {
        return askAll(this::countBlocks).stream()
                .filter(Objects::nonNull)
                .flatMap(List::stream)
                .toList();
    }

    private List<BlockCount> countBlocks(final int number, final NodeAccess node)
            throws InterruptedException {
        final List<BlockCount> counts = new ArrayList<>();
        for (int copy = 0; copy < volume.replicaCount(); copy++) {
            final int group = Math.floorMod(number - copy, volume.nodeCount());
            BlockTally tally = BlockTally.of(group);
            while (!tally.isComplete()) {
                tally = node.countBlocks(tally);
            }
            counts.add(new BlockCount(number, group, copy, tally.blocks()));
        }
        return counts;
    }

    /**
     * As {@link Cluster#copies}.
     *
     * @param path of the file.
     * @param block number of the block in the file.
     * @return its copies.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public List<StoredCopy> copies(final String path, final long block)
            throws InterruptedException {
        final long dataId = lookUp(path).dataId();
        final int count = volume.nodeCount();
        final int group = Placement.group(Placement.startGroup(dataId, count), block, count);
        final long unit = block / count * volume.unitsPerBlock();
        final UnitRange units = new UnitRange(group, dataId, unit, unit + volume.unitsPerBlock());
        final List<StoredCopy> copies = new ArrayList<>();
        for (int copy = 0; copy < volume.replicaCount(); copy++) {
            final int number = Placement.node(group, copy, count);
            final StoredCopy stored = askOne(number, (_, node) -> node.inspect(units));
            copies.add(
                    stored == null
                            ? new StoredCopy(number, copy, StoredCopy.State.DOWN, 0, 0, 0)
                            : stored);
        }
        return copies;
    }

    private Attributes lookUp(final String path) {
        final Attributes file = files.attributes(path.startsWith("/") ? path : "/" + path);
        if (file.isDirectory()) {
            throw new TrivetException(ErrorCode.IS_DIRECTORY, path + " is a directory");
        }
        return file;
    }

    // ---- verifying, and damaging

    /**
     * As {@link Cluster#verify}.
     *
     * @return what was found.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public Verification verify() throws InterruptedException {
        long units = 0;
        long count = 0;
        final List<String> differences = new ArrayList<>();
        for (int group = 0; group < volume.nodeCount(); group++) {
            final CopyComparison comparison = new CopyComparison(volume, group);
            long sinceNs = clock.nanoTime();
            while (comparison.request() != null) {
                final String obstacle = compareNext(comparison);
                if (obstacle == null) {
                    sinceNs = clock.nanoTime();
                } else if (clock.nanoTime() - sinceNs > VERIFY_PATIENCE_NS) {
                    throw new TrivetException(
                            ErrorCode.TIMED_OUT, "verify: cannot go on: " + obstacle);
                } else {
                    Thread.sleep(VERIFY_PAUSE_MS);
                }
            }
            units += comparison.units();
            count += comparison.differenceCount();
            differences.addAll(comparison.differences());
        }
        return new Verification(units, count, differences);
    }

    /** Null if it has come further; otherwise what it waits for. */
    private String compareNext(final CopyComparison comparison) throws InterruptedException {
        final List<CopyPiece> pieces = new ArrayList<>();
        for (final int number : comparison.members()) {
            final NodeAccess node = nodes.apply(number);
            try {
                pieces.add(node == null ? null : node.piece(comparison.request()));
            } catch (final TrivetException e) {
                if (e.code() != ErrorCode.CLOSED) {
                    return e.getMessage();
                }
                pieces.add(null);
            }
        }
        return comparison.take(pieces);
    }

    /**
     * As {@link Cluster#scrub}.
     *
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public void scrub() throws InterruptedException {
        askAll(
                (_, node) -> {
                    node.scrub();
                    return null;
                });
    }

    /**
     * As {@link Cluster#corrupt}.
     *
     * @param request what to damage, and how.
     * @return what was damaged.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public Damage corrupt(final DamageRequest request) throws InterruptedException {
        final Attributes file = request.path() == null ? null : lookUp(request.path());
        final long deadlineNs = clock.nanoTime() + APPLY_PATIENCE_NS;
        while (true) {
            try {
                final BlockDamage damage = new BlockDamage(volume, nodes, request);
                return file == null
                        ? damage.damageAny()
                        : damage.damageFile(file.dataId(), file.size());
            } catch (final TrivetException e) {
                // What was written just now is in the index only when it is synced.
                if (e.code() != ErrorCode.NOT_FOUND || clock.nanoTime() - deadlineNs > 0) {
                    throw e;
                }
                Thread.sleep(APPLY_POLL_MS);
            }
        }
    }

    // ---- losses

    /**
     * As {@link Cluster#losses}.
     *
     * @return what seems to be lost, or has been given up.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public Losses losses() throws InterruptedException {
        final List<GroupLosses> groups = groupLosses(nodeLosses());
        return new Losses(groups, new LossSurvey(volume, files, groups).survey());
    }

    private List<NodeLosses> nodeLosses() throws InterruptedException {
        return askAll((_, node) -> node.losses());
    }

    private List<GroupLosses> groupLosses(final List<NodeLosses> known) {
        return IntStream.range(0, volume.nodeCount())
                .mapToObj(group -> GroupLosses.of(volume, known::get, group))
                .filter(Losses::isWorthTelling)
                .toList();
    }

    /**
     * As {@link Cluster#acceptLoss}.
     *
     * @param path the file whose blocks may be given up; null for all there are.
     * @return what is lost now, or has been given up.
     * @throws InterruptedException if the waiting thread was interrupted.
     */
    public Losses acceptLoss(final String path) throws InterruptedException {
        final IntFunction<LostRange> ranges;
        if (path == null) {
            ranges = LostRange::ofGroup;
        } else {
            final long dataId = lookUp(path).dataId();
            ranges = group -> LostRange.ofStrip(group, dataId);
        }
        final long unused = unusedDataIds.first();
        List<NodeLosses> known = nodeLosses();
        final List<GroupLosses> lost = groupLosses(known);
        final long[] asked = new long[volume.nodeCount()];
        Arrays.fill(asked, NOT_ASKED);
        final long deadlineNs = clock.nanoTime() + ACCEPT_PATIENCE_NS;
        while (accept(lost, known, ranges, unused, asked) && clock.nanoTime() - deadlineNs < 0) {
            Thread.sleep(APPLY_POLL_MS);
            known = nodeLosses();
        }
        return losses();
    }

    /**
     * Has losses accepted by the nodes that lead the groups, also by those that have started again
     * since and do not know. Tells whether that is to be waited for.
     */
    private boolean accept(
            final List<GroupLosses> lost,
            final List<NodeLosses> known,
            final IntFunction<LostRange> ranges,
            final long unused,
            final long[] asked)
            throws InterruptedException {
        boolean isUnderWay = groupLosses(known).stream().anyMatch(GroupLosses::isUnderWay);
        for (final GroupLosses each : lost) {
            final int group = each.group();
            final NodeLosses lead = known.get(group);
            if (lead == null) {
                isUnderWay |= each.isLogLost() || !each.ranges().isEmpty();
            } else if (lead.incarnation() != asked[group]) {
                isUnderWay = true;
                askOne(
                        group,
                        (_, node) -> {
                            node.acceptLoss(ranges.apply(group), unused);
                            asked[group] = lead.incarnation();
                            return null;
                        });
            }
        }
        return isUnderWay;
    }

    // ---- asking nodes

    /** Null if the node cannot be asked. */
    private <T> T askOne(final int number, final Question<T> question) throws InterruptedException {
        final NodeAccess node = nodes.apply(number);
        try {
            return node == null ? null : question.ask(number, node);
        } catch (final TrivetException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "node " + number + " is not asked: " + e);
            return null;
        }
    }

    /** All nodes at once, so that those which do not answer are waited for together. */
    private <T> List<T> askAll(final Question<T> question) throws InterruptedException {
        final List<Callable<T>> tasks = new ArrayList<>();
        for (int i = 0; i < volume.nodeCount(); i++) {
            final int number = i;
            tasks.add(() -> askOne(number, question));
        }
        final List<T> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (final Future<T> answer : threads.invokeAll(tasks)) {
                answers.add(answer.get());
            }
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof final TrivetException typed) {
                throw new TrivetException(typed.code(), typed.getMessage(), typed);
            }
            throw new TrivetException(ErrorCode.IO, String.valueOf(e.getCause()), e.getCause());
        }
        return answers;
    }
}
