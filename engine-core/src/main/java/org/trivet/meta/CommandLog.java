package org.trivet.meta;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.VolumeConfig.Durability;
import org.trivet.transport.EndpointId;
import org.trivet.wire.sbe.EndSessionEncoder;
import org.trivet.wire.sbe.FinishIntentEncoder;
import org.trivet.wire.sbe.MessageHeaderEncoder;
import org.trivet.wire.sbe.RestartedEncoder;

import java.nio.ByteOrder;

/**
 * Runs commands: into the journal, and then through the namespace; and commits the namespace from
 * time to time. A record is the command's time (int64, nanoseconds since 1970) and its bytes.
 */
final class CommandLog {
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;
    private static final int COMMANDS_PER_LOOK = 256;
    private static final int COMMANDS_PER_LOOK_AT_RESERVE = 32;

    private final MetadataConfig config;
    private final Namespace namespace;
    private final CommandJournal journal;
    private final EpochNanoClock epochClock;
    private final Tracker tracker;
    private final ExpandableArrayBuffer record = new ExpandableArrayBuffer(4096);
    private final UnsafeBuffer internal = new UnsafeBuffer(new byte[64]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final EndSessionEncoder endSession = new EndSessionEncoder();
    private final FinishIntentEncoder finishIntent = new FinishIntentEncoder();
    private final RestartedEncoder restarted = new RestartedEncoder();

    private long appended;
    private long mustSyncTo;
    private int uncommitted;
    private int uncommittedWithRoom;
    private int uncommittedWithReserve;
    private boolean checkpointing;
    private long commitDeadlineNs;
    private long syncDeadlineNs;

    /** Hears what a command did, and passes it on. */
    private final class Tracker implements Effects {
        private final Effects next;

        private Tracker(final Effects next) {
            this.next = next;
        }

        @Override
        public void mustSync() {
            mustSyncTo = appended;
        }

        @Override
        public void inodeChanged(final long inode, final boolean contents) {
            next.inodeChanged(inode, contents);
        }

        @Override
        public void entryChanged(final long parent, final DirectBuffer name) {
            next.entryChanged(parent, name);
        }

        @Override
        public void opened(final long inode) {
            next.opened(inode);
        }

        @Override
        public void intentAdded() {
            next.intentAdded();
        }

        @Override
        public void locksReleased(final long inode) {
            next.locksReleased(inode);
        }

        @Override
        public void sessionOpened(final long session, final int source) {
            next.sessionOpened(session, source);
        }

        @Override
        public void sessionEnding(final long session) {
            next.sessionEnding(session);
        }
    }

    CommandLog(
            final MetadataConfig config,
            final Namespace namespace,
            final CommandJournal journal,
            final EpochNanoClock epochClock,
            final Effects effects) {
        this.config = config;
        this.namespace = namespace;
        this.journal = journal;
        this.epochClock = epochClock;
        this.tracker = new Tracker(effects);
    }

    /** Replays what the store has not, and notes the start. */
    void start(final long nowNs) {
        appended = namespace.journalPosition();
        journal.replay(
                appended,
                (position, buffer, offset, length) -> {
                    namespace.apply(
                            buffer.getLong(offset, LE), buffer, offset + Long.BYTES, Effects.NONE);
                    appended = position;
                    uncommitted++;
                });
        commitDeadlineNs = nowNs + config.commitIntervalNs();
        syncDeadlineNs = nowNs + config.syncIntervalNs();
        restarted
                .wrapAndApplyHeader(internal, 0, header)
                .volumeId(config.volume().volumeId())
                .source(EndpointId.METADATA)
                .rootUid(config.rootUid())
                .rootGid(config.rootGid());
        final int length =
                run(
                        internal,
                        0,
                        MessageHeaderEncoder.ENCODED_LENGTH + restarted.encodedLength(),
                        true);
        if (length < 0) {
            throw new IllegalStateException("metadata journal takes no record at start: " + length);
        }
        mustSyncTo = appended;
    }

    /**
     * Runs a command.
     *
     * @return length of the reply in the namespace's buffer, or FULL or BUSY of the journal: then
     *     nothing was done.
     */
    int execute(final DirectBuffer buffer, final int offset, final int length) {
        final boolean reserve = Verbs.mayUseReserve(Verbs.templateId(buffer, offset));
        if (!hasRoomForOneMore(reserve)) {
            if (uncommitted > 0) {
                beginCheckpoint(); // smaller steps need less room
                return (int) CommandJournal.BUSY;
            }
            if (!reserve) {
                return (int) CommandJournal.FULL;
            }
        }
        return run(buffer, offset, length, reserve);
    }

    /** Whether one more command could be committed; looks only once for many commands. */
    private boolean hasRoomForOneMore(final boolean reserve) {
        if (uncommitted >= uncommittedWithRoom) {
            final int next = uncommitted + COMMANDS_PER_LOOK;
            uncommittedWithRoom = journal.hasRoomToCommit(next, false) ? next : 0;
        }
        if (reserve && uncommitted >= Math.max(uncommittedWithRoom, uncommittedWithReserve)) {
            final int next = uncommitted + COMMANDS_PER_LOOK_AT_RESERVE;
            uncommittedWithReserve = journal.hasRoomToCommit(next, true) ? next : 0;
        }
        return uncommitted < uncommittedWithRoom || reserve && uncommitted < uncommittedWithReserve;
    }

    private int run(
            final DirectBuffer buffer, final int offset, final int length, final boolean reserve) {
        final long timeNs = epochClock.nanoTime();
        record.putLong(0, timeNs, LE);
        record.putBytes(Long.BYTES, buffer, offset, length);
        final long position = journal.append(record, 0, Long.BYTES + length, reserve);
        if (position < 0) {
            return (int) position;
        }
        assert position > appended;
        appended = position;
        uncommitted++;
        return namespace.apply(timeNs, record, Long.BYTES, tracker);
    }

    /** Runs one step of ending a session. */
    boolean endSession(final long session) {
        endSession
                .wrapAndApplyHeader(internal, 0, header)
                .volumeId(config.volume().volumeId())
                .source(EndpointId.METADATA)
                .session(session);
        return execute(
                        internal,
                        0,
                        MessageHeaderEncoder.ENCODED_LENGTH + endSession.encodedLength())
                >= 0;
    }

    /** Notes that all groups have done what was intended. */
    boolean finishIntent(final long intent) {
        finishIntent
                .wrapAndApplyHeader(internal, 0, header)
                .volumeId(config.volume().volumeId())
                .source(EndpointId.METADATA)
                .intent(intent);
        return execute(
                        internal,
                        0,
                        MessageHeaderEncoder.ENCODED_LENGTH + finishIntent.encodedLength())
                >= 0;
    }

    /** The position of the last command. */
    long appended() {
        return appended;
    }

    /**
     * Up to where the journal must be synced before anything said of the present state may leave.
     */
    long mustSyncTo() {
        return config.volume().durability() == Durability.DISK ? appended : mustSyncTo;
    }

    boolean isSynced(final long position) {
        return journal.syncedPosition() >= position;
    }

    boolean isWritten(final long position) {
        return journal.writtenPosition() >= position;
    }

    /** Whether commands must wait until the store is committed. */
    boolean isCheckpointing() {
        return checkpointing;
    }

    /** Syncs and commits what is due. */
    int doWork(final long nowNs) {
        int workCount = journal.doWork();
        final boolean syncDue = syncDeadlineNs - nowNs <= 0;
        if (journal.syncedPosition() < appended) {
            if (syncDue || checkpointing || journal.syncedPosition() < mustSyncTo()) {
                journal.requestSync();
            }
        }
        if (syncDue) {
            syncDeadlineNs = nowNs + config.syncIntervalNs();
        }
        final boolean commitDue =
                commitDeadlineNs - nowNs <= 0 || uncommitted >= config.maxUncommitted();
        if (uncommitted > 0 && commitDue && !checkpointing) {
            beginCheckpoint();
        }
        if (checkpointing && isSynced(appended)) {
            checkpoint(nowNs);
            workCount++;
        }
        return workCount;
    }

    private void beginCheckpoint() {
        checkpointing = true;
        journal.requestSync();
    }

    /** Asks for everything up to now to be synced. */
    void requestSync() {
        journal.requestSync();
    }

    /**
     * Without room it is not tried: a store that fails in the midst of it is of no use any more.
     */
    private void checkpoint(final long nowNs) {
        if (journal.hasRoomToCommit(uncommitted, true)) {
            namespace.checkpoint(appended);
            journal.release(appended);
            uncommitted = 0;
            uncommittedWithRoom = 0;
            uncommittedWithReserve = 0;
        }
        checkpointing = false;
        commitDeadlineNs = nowNs + config.commitIntervalNs();
    }
}
