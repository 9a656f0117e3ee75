package org.trivet.replica;

import org.agrona.DirectBuffer;
import org.trivet.store.EntryView;
import org.trivet.wire.sbe.EntryKind;

import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * How a member of a group finds out what it was, from what its store tells in the order of the
 * journal.
 *
 * <p>The index is as of the last checkpoint, and so is the state that is told first. The entries
 * behind that state's <em>low</em> are all told, and come into the index again, in order. What was
 * pulled comes into it where the first state that says so was saved: at the checkpoint, and then
 * the index has it, or later.
 *
 * <p>An index that was lost is rebuilt from the whole of the journal. Stretches of the log may be
 * missing there: what was in the index, and has been overwritten or removed since, is kept by
 * nobody.
 */
final class GroupReplay {
    private static final long UNKNOWN_EPOCH = 0;

    private final Group group;
    private final ReplicaLog log;
    private final NavigableMap<Long, Doubt> damaged = new TreeMap<>();
    private PulledRange pulled;
    private boolean gapFound;

    /** Whether all entries that the log ever had have been told, from the first one on. */
    private boolean isFromTheFirst = true;

    /** Whether the states say what was installed last: those of earlier versions do not. */
    private boolean installedTold;

    GroupReplay(final Group group) {
        this.group = group;
        this.log = group.log;
    }

    /** A state found in the store. */
    void onState(final DirectBuffer buffer, final int offset, final int length) {
        final GroupState state = group.state.wrap(buffer, offset, length);
        group.isNew = false;
        group.epoch = Math.max(group.epoch, state.epoch());
        group.watermark = state.watermark();
        group.bound = state.bound();
        group.hasLog = state.hasLog();
        group.hasPulled = state.hasPulled();
        group.hasAmended |= state.hasAmended();
        group.adopting = state.isAdopting();
        group.suspect =
                state.isSuspect()
                        || group.mayLoseWithPower()
                                && state.bootHash() != group.node.config.bootHash();
        if (state.low() > log.end() || !state.hasLog()) {
            letGo(log.end());
            reset(state.low(), state.lowEpoch());
            gapFound = false;
        } else if (state.low() >= log.low()) {
            // What was let go of was in the index, but not, perhaps, in the index as it was last
            // committed.
            letGo(state.low());
            log.release(state.low());
            log.lowEpoch(state.lowEpoch());
            gapFound &= !group.node.store.indexRebuilt();
        }
        // The state knows all that was committed; of a log that was lost since, not all was.
        group.results.clear();
        state.mergeResults(group.results);
        state.readCoverage(group.coverage);
        state.readScrub(group.scrub);
        if (pulled != null && isInstalledIn(state)) {
            gapFound |= !pulled.isWhole();
            pulled.install(group);
            pulled = null;
        }
        state.readGivenUp(group.givenUp);
        installedTold = state.tellsInstalled();
        group.installed = installedTold ? state.installed() : 0;
    }

    /** A state that does not say so covers what it had just installed. */
    private boolean isInstalledIn(final GroupState state) {
        return state.tellsInstalled()
                ? state.installed() >= pulled.position
                : group.coverage.covers(pulled.range);
    }

    private void reset(final long low, final long lowEpoch) {
        log.reset(low, lowEpoch);
        isFromTheFirst = false;
    }

    private void letGo(final long upTo) {
        for (long sequence = log.low() + 1; sequence <= upTo; sequence++) {
            final LogEntry entry = log.get(sequence);
            group.applyToIndex(entry);
            group.results.commit(entry.session, entry.request, entry.lowestOpen);
        }
    }

    /** An entry found in the journal. */
    void onEntry(final EntryView entry, final long position) {
        if (entry.kind() == EntryKind.CLEAR) {
            final PulledRange begun = new PulledRange(entry, position);
            // If it was installed at the checkpoint the index has it.
            final boolean isInstalled =
                    installedTold
                            ? position <= group.installed
                            : group.coverage.covers(begun.range);
            pulled = isInstalled ? null : begun;
        } else if (entry.kind() == EntryKind.ROW) {
            if (pulled != null && !pulled.isWhole()) {
                pulled.add(entry, position);
            }
        } else if (entry.sequence() > log.end()) {
            append(entry, position);
        } else if (entry.sequence() > log.low() && damaged.remove(entry.sequence()) != null) {
            group.hasAmended = true;
            log.get(entry.sequence()).position = position;
        }
    }

    private void append(final EntryView entry, final long position) {
        if (!group.follows(entry) || !log.hasRoomUpTo(entry.sequence())) {
            gapFound = true;
            letGo(log.end());
            reset(entry.sequence() - 1, UNKNOWN_EPOCH);
        }
        if (entry.kind() == EntryKind.VOID) {
            final long from = Math.max(entry.firstUnit(), log.low() + 1);
            log.appendVoid(entry, from, position, group.node.nowNs);
            group.hasAmended = true;
        } else {
            log.append(entry.length()).set(entry, position, group.node.nowNs);
        }
        damaged.remove(entry.sequence());
    }

    /**
     * An entry whose units are damaged: it holds its place in the log all the same. If it was
     * written to the journal again that counts; else what is bad is mended once it is in the index.
     */
    void onDamagedEntry(final EntryView entry, final long position) {
        if (entry.kind() == EntryKind.CLEAR) {
            gapFound = true; // the cut numbers are bad
        } else if (entry.kind() == EntryKind.ROW) {
            onEntry(entry, position);
        } else {
            if (entry.sequence() > log.end()) {
                append(entry, position);
            }
            damaged.put(entry.sequence(), Doubt.of(entry, position));
        }
    }

    /**
     * All has been told.
     *
     * @param damaged whether a stretch of the journal that should be there is damaged.
     */
    void finish(final boolean damaged) {
        if (gapFound || damaged && !group.isNew) {
            group.loseEverything();
            return;
        }
        if (group.node.store.indexRebuilt() && !isProven()) {
            group.uncoverAll();
            group.touchState();
        }
        group.doubtful.addAll(this.damaged.values());
        group.resume();
    }

    /**
     * Whether the journal alone proves the index that was rebuilt from it. Where entries were made
     * void it does so only if the log was told from its first entry on: of a part of it the void
     * ones may be there, and what makes them so not.
     */
    private boolean isProven() {
        if (group.hasPulled) {
            return !group.hasAmended && group.node.store.restoreGroup(group.group, log.low());
        }
        return !group.hasAmended || isFromTheFirst;
    }
}
