package org.trivet.sim;

import org.trivet.ErrorCode;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.DirectoryEntry;
import org.trivet.fs.InodeFileSystem;
import org.trivet.fs.Opened;
import org.trivet.sim.NameOperation.Kind;
import org.trivet.sim.Tree.Name;

import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** What a client does with symbolic links, attributes, and directories that it lists in pieces. */
final class InodeCalls {
    private static final int[] MODES = {0600, 0640, 0755, 04755, 06711, 02644};
    private static final int PERMISSIONS_OF_ALL = 0777;
    private static final int LINKS = 6;
    private static final int LONGEST_PAGE = 3;
    private static final int ALL_ENTRIES = 1000;

    private final FileActor actor;
    private final FileWorkload workload;
    private final Random random;

    InodeCalls(final FileActor actor) {
        this.actor = actor;
        workload = actor.workload;
        random = workload.ofInodes;
    }

    private InodeFileSystem fileSystem() {
        return actor.fileSystem();
    }

    void operate() {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> actor.names().symlink(drawName(), "to " + workload.nextValue());
            case 3, 4 -> actor.names().remove(drawName(), Kind.UNLINK);
            case 5 -> readLink(workload.drawLink());
            case 6, 7, 8 -> list();
            default -> changeAttributes(workload.drawInode());
        }
    }

    /** One of some names that are links' alone, or of those of files. */
    private Name drawName() {
        return new Name(
                workload.drawDirectory(),
                random.nextInt(4) > 0
                        ? "l" + random.nextInt(LINKS)
                        : "n" + random.nextInt(workload.plan.names()));
    }

    private void readLink(final long inode) {
        if (inode == 0) {
            actor.pause();
        } else {
            actor.names().readLink(inode, target -> actor.pause(), actor::pause);
        }
    }

    private void changeAttributes(final long inode) {
        if (inode == 0) {
            actor.pause();
        } else if (random.nextInt(3) == 0) {
            actor.names().stat(inode, attributes -> actor.pause(), actor::pause);
        } else {
            actor.names().setAttributes(inode, drawChange(workload.isDirectory(inode)));
        }
    }

    private AttributeChange drawChange(final boolean directory) {
        final int mask =
                switch (random.nextInt(6)) {
                    case 0, 1 -> AttributeChange.MODE;
                    case 2 -> AttributeChange.UID | AttributeChange.GID;
                    case 3 -> AttributeChange.UID;
                    case 4 -> AttributeChange.ATIME | AttributeChange.MTIME;
                    default -> AttributeChange.ATIME_NOW | AttributeChange.MODE;
                };
        final int mode = MODES[random.nextInt(MODES.length)];
        // What is made in a directory would take over more of it.
        return new AttributeChange(
                mask,
                directory ? mode & PERMISSIONS_OF_ALL : mode,
                random.nextInt(1000),
                random.nextInt(1000),
                0,
                workload.nextValue(),
                workload.nextValue());
    }

    private void list() {
        final long directory = workload.drawDirectory();
        final PagedListing listing = new PagedListing(directory, workload.nextStamp());
        actor.<Opened>call(
                "open directory",
                done -> fileSystem().openDirectory(directory, done),
                opened -> nextPage(listing, opened.handle()),
                code -> {
                    if (code != ErrorCode.STALE) {
                        throw new SimulationFailure("opening a directory: " + code);
                    }
                },
                actor::pause);
    }

    private void nextPage(final PagedListing listing, final long handle) {
        page(
                handle,
                listing.cookie(),
                1 + random.nextInt(LONGEST_PAGE),
                entries -> {
                    listing.add(entries, workload.nextStamp());
                    if (!entries.isEmpty()) {
                        actor.after(
                                random.nextLong(workload.plan.pauseNs()),
                                () -> nextPage(listing, handle));
                    } else if (listing.size() > 0 && random.nextBoolean()) {
                        listAgain(listing, handle);
                    } else {
                        end(listing, handle);
                    }
                });
    }

    private void listAgain(final PagedListing listing, final long handle) {
        final long cookie = listing.cookieOf(random.nextInt(listing.size()));
        page(
                handle,
                cookie,
                ALL_ENTRIES,
                entries -> {
                    listing.addAgain(cookie, entries, workload.nextStamp());
                    workload.cluster.occurrences().count(Occurrence.LISTED_FROM_A_COOKIE_AGAIN);
                    end(listing, handle);
                });
    }

    private void page(
            final long handle,
            final long cookie,
            final int most,
            final Consumer<List<DirectoryEntry>> then) {
        final boolean withAttributes = random.nextBoolean();
        final long invoked = workload.nextStamp();
        actor.<List<DirectoryEntry>>call(
                "page",
                done -> fileSystem().readDirectory(handle, cookie, most, withAttributes, done),
                entries -> {
                    if (withAttributes) {
                        entries.forEach(
                                each -> workload.toldAttributes(each.attributes(), invoked));
                    }
                    then.accept(entries);
                },
                code -> {
                    throw new SimulationFailure("listing an open directory: " + code);
                },
                () -> {
                    actor.names().releaseDirectory(handle);
                    actor.pause();
                });
    }

    private void end(final PagedListing listing, final long handle) {
        workload.listed(listing);
        actor.names().releaseDirectory(handle);
        actor.pause();
    }
}
