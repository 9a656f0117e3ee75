package org.trivet.sim;

import org.trivet.fs.Attributes;
import org.trivet.fs.Caller;
import org.trivet.meta.MetadataConfig;
import org.trivet.sim.Tree.Name;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Clients that use one small tree of files, through the file system; and what they were told. */
final class FileWorkload implements Workload {
    /** In the root: a file that is only appended to, and whose name stays. */
    static final Name LOG = new Name(Attributes.ROOT_INODE, "log");

    private static final int RECENT = 4;
    private static final int MAX_CANCELLED = 40;
    private static final int ROOT_MODE = 0755;
    private static final int LINK_MODE = 0777;

    final SimulatedCluster cluster;
    final FilePlan plan;
    final Random random;

    /** Of what was thought of later: the other stays as it was for seeds without. */
    final Random ofInodes;

    /** Likewise, of how caches obey. */
    final Random ofCaches;

    final FileLayout layout;
    final AppendHistory log;

    private final List<FileActor> actors = new ArrayList<>();
    private final List<NameOperation> nameOperations = new ArrayList<>();
    private int cancelled;
    private final Map<Long, FileHistory> files = new TreeMap<>();
    private final List<Long> directories = new ArrayList<>(List.of(Attributes.ROOT_INODE));
    private final List<Long> seenFiles = new ArrayList<>();
    private final List<Long> seenLinks = new ArrayList<>();
    private final Map<Long, AttributeHistory> attributes = new TreeMap<>();
    private final List<PagedListing> listings = new ArrayList<>();

    /** What names meant when somebody was last told. */
    private final Map<Name, Long> lastTold = new TreeMap<>();

    private long stamp;

    /** When a client first died, or stood still. */
    private long sessionsMayEnd = History.NEVER;

    private long lastValue;
    private int contentsOperations;
    private boolean stopped;

    FileWorkload(final SimulatedCluster cluster) {
        this.cluster = cluster;
        plan = cluster.plan().files();
        random = new PlainRandom(cluster.plan().seed() ^ 0x7777);
        ofInodes = new PlainRandom(cluster.plan().seed() ^ 0xCCCC);
        ofCaches = new PlainRandom(cluster.plan().seed() ^ 0xDDDD);
        layout = new FileLayout(cluster.plan().volume(), plan);
        log = new AppendHistory(Long.BYTES + random.nextInt(40));
        final MetadataConfig metadata = cluster.plan().metadataConfig();
        attributes.put(
                Attributes.ROOT_INODE,
                new AttributeHistory(
                        Attributes.DIRECTORY, ROOT_MODE, metadata.rootUid(), metadata.rootGid()));
        for (final SimulatedClient client : cluster.clients()) {
            actors.add(new FileActor(client, this));
        }
    }

    @Override
    public void start() {
        actors.forEach(FileActor::begin);
    }

    @Override
    public void clientStarted(final int client) {
        actors.get(client).begin();
    }

    @Override
    public void clientDied(final int client) {
        sessionsMayEnd = Math.min(sessionsMayEnd, stamp);
        actors.get(client).die();
    }

    @Override
    public void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    @Override
    public boolean isDone() {
        return actors.stream().allMatch(FileActor::isDone);
    }

    @Override
    public int pending() {
        return actors.stream().mapToInt(FileActor::pending).sum();
    }

    @Override
    public int operations() {
        return nameOperations.size() + contentsOperations + log.size();
    }

    @Override
    public void letGo() {
        actors.forEach(FileActor::letGo);
    }

    @Override
    public void readAll() {
        actors.forEach(FileActor::survey);
    }

    long nextStamp() {
        stamp++;
        for (final SimulatedClient client : cluster.clients()) {
            if (client.isPaused()) {
                sessionsMayEnd = Math.min(sessionsMayEnd, stamp);
            }
        }
        return stamp;
    }

    /** A value that nobody has written yet. */
    long nextValue() {
        return ++lastValue;
    }

    NameOperation begin(
            final NameOperation.Kind kind,
            final int client,
            final Name name,
            final Name newName,
            final int flags,
            final long inode) {
        final NameOperation operation =
                new NameOperation(kind, client, name, newName, flags, inode, nextStamp());
        nameOperations.add(operation);
        return operation;
    }

    ContentsOperation begin(
            final ContentsOperation.Kind kind,
            final int client,
            final long inode,
            final int from,
            final int to,
            final long lookedAt) {
        final boolean writes = kind == ContentsOperation.Kind.WRITE;
        final ContentsOperation operation =
                new ContentsOperation(
                        kind,
                        client,
                        from,
                        to,
                        writes ? nextValue() : History.NOTHING,
                        lookedAt,
                        nextStamp());
        file(inode).add(operation);
        contentsOperations++;
        return operation;
    }

    FileHistory file(final long inode) {
        return files.computeIfAbsent(inode, each -> new FileHistory(each, layout));
    }

    /** Whether one of those operations comes next of which there are so many in 100. */
    boolean draws(final int share) {
        return share > 0 && ofInodes.nextInt(100) < share;
    }

    /** The attributes of an inode that somebody was told of. */
    AttributeHistory attributes(final long inode) {
        return attributes.get(inode);
    }

    boolean isDirectory(final long inode) {
        return directories.contains(inode);
    }

    /** A client was told the attributes of an inode, for which it had asked at an instant. */
    void toldAttributes(final Attributes found, final long invoked) {
        if (!found.isDirectory() || found.linkCount() > 0) { // else as they were when opened
            attributes
                    .computeIfAbsent(
                            found.inode(),
                            each ->
                                    new AttributeHistory(
                                            found.type(),
                                            found.type() == Attributes.SYMLINK
                                                    ? LINK_MODE
                                                    : NameCalls.MODE,
                                            Caller.ROOT.uid(),
                                            Caller.ROOT.gid()))
                    .told(found, invoked, nextStamp());
        }
    }

    void listed(final PagedListing listing) {
        listings.add(listing);
        final boolean changed = nameOperations.stream().anyMatch(listing::mayHaveBeenChangedBy);
        if (changed && listing.pages() > 1) {
            cluster.occurrences().count(Occurrence.LISTED_WHILE_CHANGING);
        }
    }

    /** A client has been told what a name means. */
    void told(final Name name, final Attributes attributes) {
        lastTold.put(name, attributes.inode());
        if (attributes.isDirectory()) {
            if (!directories.contains(attributes.inode())) {
                directories.add(attributes.inode());
            }
        } else if (!name.equals(LOG) && !seenFiles.contains(attributes.inode())) {
            seenFiles.add(attributes.inode());
        }
        if (attributes.type() == Attributes.SYMLINK && !seenLinks.contains(attributes.inode())) {
            seenLinks.add(attributes.inode());
        }
    }

    /** Whether somebody has open what a name has meant. */
    boolean isOpen(final Name name) {
        final Long inode = lastTold.get(name);
        return inode != null && actors.stream().anyMatch(actor -> actor.hasOpen(inode));
    }

    Name drawName() {
        final int from = Math.max(1, directories.size() - plan.directories());
        final long parent =
                directories.size() == 1 || random.nextBoolean()
                        ? Attributes.ROOT_INODE
                        : directories.get(from + random.nextInt(directories.size() - from));
        return new Name(parent, "n" + random.nextInt(plan.names()));
    }

    /** A file that somebody has seen not long ago; 0 if there is none. */
    long drawFile() {
        return drawRecent(seenFiles, random);
    }

    /** A symbolic link, likewise. */
    long drawLink() {
        return drawRecent(seenLinks, ofInodes);
    }

    /**
     * Whether another call may be cancelled. Of many that may have been done, and nobody was told,
     * the orders that are possible are too many to be tried.
     */
    boolean mayCancel() {
        return cancelled++ < MAX_CANCELLED;
    }

    /** A file, directory or link, likewise. */
    long drawInode() {
        return switch (ofInodes.nextInt(3)) {
            case 0 -> drawRecent(directories, ofInodes);
            case 1 -> drawLink();
            default -> drawRecent(seenFiles, ofInodes);
        };
    }

    long drawDirectory() {
        return drawRecent(directories, ofInodes);
    }

    private static long drawRecent(final List<Long> seen, final Random from) {
        final int first = Math.max(0, seen.size() - RECENT);
        return seen.isEmpty() ? 0 : seen.get(first + from.nextInt(seen.size() - first));
    }

    @Override
    public void check() {
        final Linearization.Step<Tree> unexplained =
                new Linearization<>(Tree.EMPTY, nameOperations).findUnexplained();
        if (unexplained != null) {
            final StringBuilder text = new StringBuilder();
            nameOperations.forEach(each -> text.append("%n    ".formatted()).append(each));
            throw new SimulationFailure(
                    "names: no order of operations explains %s;%s".formatted(unexplained, text));
        }
        for (final AttributeHistory each : attributes.values()) {
            throwIf(each.findViolation());
        }
        for (final PagedListing each : listings) {
            throwIf(each.findViolation(nameOperations));
        }
        for (final FileHistory file : files.values()) {
            throwIf(file.findViolation(sessionsMayEnd));
        }
        throwIf(log.findViolation());
        final FileSurvey first = actors.getFirst().found();
        for (final FileActor actor : actors) {
            if (!actor.found().equals(first)) {
                throw new SimulationFailure(
                        "clients find different files in the end: %s, and %s"
                                .formatted(first, actor.found()));
            }
        }
        throwIf(first.leftBehind(cluster));
    }

    private static void throwIf(final String violation) {
        if (violation != null) {
            throw new SimulationFailure(violation);
        }
    }

    Collection<FileHistory> files() {
        return files.values();
    }
}
