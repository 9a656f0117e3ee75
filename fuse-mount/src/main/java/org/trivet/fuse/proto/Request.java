package org.trivet.fuse.proto;

import org.agrona.concurrent.UnsafeBuffer;
import org.trivet.Cancellable;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.Attributes;

/**
 * One request and its reply: a flyweight over memory outside the heap, used again and again. It is
 * itself what the agent's executor runs, so that a read or write allocates nothing here.
 *
 * <p>A request has room of its own for small messages; a large one brings the buffer it was read
 * into, and a large reply borrows one. It is filled on a reader's thread, and from {@link #run()}
 * on belongs to the agent's.
 */
final class Request implements Runnable {
    static final int HEADER_LENGTH = Layouts.IN_HEADER.size();
    static final int REPLY_HEADER_LENGTH = Layouts.OUT_HEADER.size();
    static final int WRITE_HEAD_LENGTH = HEADER_LENGTH + Layouts.WRITE_IN.size();

    /** Payload that a request has room for by itself. */
    static final int SMALL_PAYLOAD = 8192;

    private static final int MAX_NAME = 255;

    private static final int LENGTH = Layouts.IN_HEADER.at("len");
    private static final int OPCODE = Layouts.IN_HEADER.at("opcode");
    private static final int UNIQUE = Layouts.IN_HEADER.at("unique");
    private static final int NODE = Layouts.IN_HEADER.at("nodeid");
    private static final int UID = Layouts.IN_HEADER.at("uid");
    private static final int GID = Layouts.IN_HEADER.at("gid");
    private static final int PID = Layouts.IN_HEADER.at("pid");
    private static final int REPLY_LENGTH = Layouts.OUT_HEADER.at("len");
    private static final int REPLY_ERROR = Layouts.OUT_HEADER.at("error");
    private static final int REPLY_UNIQUE = Layouts.OUT_HEADER.at("unique");

    private final FuseDispatcher dispatcher;
    private final MessageBuffer smallIn = new MessageBuffer(WRITE_HEAD_LENGTH, SMALL_PAYLOAD);
    private final MessageBuffer smallOut = new MessageBuffer(REPLY_HEADER_LENGTH, SMALL_PAYLOAD);
    private final Answers answers;
    private final int[] nameStarts = new int[2];
    private final int[] nameEnds = new int[2];

    private MessageBuffer in = smallIn;
    private MessageBuffer out = smallOut;
    private int length;
    private Opcode opcode;
    private Cancellable operation = Cancellable.NONE;
    private boolean isRunning;
    private boolean isAnswered;
    private boolean grantsReferences;
    private boolean isLimited;
    private boolean isExpired;
    private long heldSinceNs;
    private boolean isInterrupted;
    private long interruptedSinceNs;
    private long changesBefore;

    Request(final FuseDispatcher dispatcher) {
        this.dispatcher = dispatcher;
        this.answers = new Answers(this, dispatcher);
    }

    // --- filling, on a reader's thread

    /**
     * Takes a message over: a small one is copied; with a large one the buffer itself is taken.
     * True if it was.
     */
    boolean take(final MessageBuffer message, final int messageLength) {
        length = messageLength;
        isAnswered = false;
        opcode = null;
        if (messageLength <= smallIn.capacity()) {
            smallIn.bytes().putBytes(0, message.bytes(), 0, messageLength);
            in = smallIn;
            return false;
        }
        in = message;
        return true;
    }

    /** Checks the message against the opcode table: 0, or the errno to refuse it with. */
    int check() {
        opcode = Opcode.of(bytes().getInt(OPCODE));
        if (bytes().getInt(LENGTH) != length) {
            return Errno.EIO;
        }
        if (opcode == null) {
            return Errno.ENOSYS;
        }
        int position = HEADER_LENGTH + opcode.argumentLength();
        if (position > length) {
            return Errno.EINVAL;
        }
        for (int i = 0; i < opcode.nameCount(); i++) {
            nameStarts[i] = position;
            while (position < length && bytes().getByte(position) != 0) {
                position++;
            }
            if (position == length) {
                return Errno.EINVAL;
            }
            nameEnds[i] = position++;
        }
        return 0;
    }

    // --- the request

    Opcode opcode() {
        return opcode;
    }

    long unique() {
        return bytes().getLong(UNIQUE);
    }

    long node() {
        return bytes().getLong(NODE);
    }

    int uid() {
        return bytes().getInt(UID);
    }

    int gid() {
        return bytes().getInt(GID);
    }

    int pid() {
        return bytes().getInt(PID);
    }

    /** An argument, by its offset in the structure behind the header. */
    int argInt(final int offset) {
        return bytes().getInt(HEADER_LENGTH + offset);
    }

    /** An argument, by its offset in the structure behind the header. */
    long argLong(final int offset) {
        return bytes().getLong(HEADER_LENGTH + offset);
    }

    /** The bytes of a name, unchecked. */
    byte[] name(final int index) {
        final byte[] name = new byte[nameEnds[index] - nameStarts[index]];
        bytes().getBytes(nameStarts[index], name);
        return name;
    }

    /** A name of a directory entry. */
    byte[] fileName(final int index) {
        final byte[] name = name(index);
        if (name.length > MAX_NAME) {
            throw new TrivetException(
                    ErrorCode.NAME_TOO_LONG,
                    "a name has " + name.length + " bytes, and 255 at most");
        }
        if (!isEntryName(name)) {
            throw new TrivetException(
                    ErrorCode.INVALID, "a name is empty, has a slash, or is \".\" or \"..\"");
        }
        return name;
    }

    private static boolean isEntryName(final byte[] name) {
        if (name.length == 0
                || name[0] == '.' && (name.length == 1 || name.length == 2 && name[1] == '.')) {
            return false;
        }
        for (final byte b : name) {
            if (b == '/') {
                return false;
            }
        }
        return true;
    }

    /** Where the bytes behind the last name begin. */
    int afterNames() {
        return nameEnds[opcode.nameCount() - 1] + 1;
    }

    /** Bytes of the whole message. */
    int length() {
        return length;
    }

    /** The whole message. */
    UnsafeBuffer bytes() {
        return in.bytes();
    }

    /** Whether nothing has changed by others' doing since it began. */
    boolean isUpToDate() {
        return dispatcher.changes() == changesBefore;
    }

    // --- the reply

    Answers answers() {
        return answers;
    }

    /** The reply's bytes, with room for a payload of this many behind its header. */
    UnsafeBuffer reply(final int payloadLength) {
        if (REPLY_HEADER_LENGTH + payloadLength > out.capacity()) {
            out = dispatcher.largeReply();
        }
        return out.bytes();
    }

    /** Answers with an error. */
    Cancellable refuse(final int errno) {
        finish(errno, 0);
        return Cancellable.NONE;
    }

    /** Answers with the payload that was put into the reply. */
    void answer(final int payloadLength) {
        finish(0, payloadLength);
    }

    /** Ends a request that gets no reply. */
    void endSilently() {
        isAnswered = true;
    }

    /** Answers with the number of an error; the log says which block it is if one is lost. */
    void refuse(final TrivetException error) {
        if (error.code() == ErrorCode.LOST) {
            dispatcher.reportLoss(opcode, error);
        }
        refuse(error.code().errno());
    }

    /** Answers for an exception. */
    void fail(final Throwable thrown) {
        if (isAnswered) {
            dispatcher.report(opcode, "after its answer", thrown);
        } else if (thrown instanceof TrivetException error) {
            refuse(error);
        } else {
            dispatcher.report(opcode, "answered with EIO", thrown);
            refuse(Errno.EIO);
        }
    }

    private void finish(final int errno, final int payloadLength) {
        if (isAnswered) {
            dispatcher.report(opcode, "answered twice", null);
            return;
        }
        isAnswered = true;
        if (opcode == null || opcode.isAnswered()) {
            final boolean isDelivered = send(errno, payloadLength);
            if (grantsReferences) {
                grantsReferences = false;
                dispatcher.references().settle(isDelivered && errno == 0);
            }
        }
        if (!isRunning) {
            dispatcher.release(this);
        }
    }

    private boolean send(final int errno, final int payloadLength) {
        final UnsafeBuffer reply = out.bytes();
        final int replyLength = REPLY_HEADER_LENGTH + payloadLength;
        reply.putInt(REPLY_LENGTH, replyLength);
        reply.putInt(REPLY_ERROR, -errno);
        reply.putLong(REPLY_UNIQUE, unique());
        return dispatcher.send(reply, replyLength);
    }

    /** The reply being encoded gives the kernel a reference to an inode, if it is delivered. */
    void grant(final long inode) {
        if (inode != Attributes.ROOT_INODE) {
            grantsReferences = true;
            dispatcher.references().grant(inode);
        }
    }

    /**
     * Tells the kernel to send an interrupt again later: the one reply that an interrupt can have.
     */
    void tryAgain() {
        isAnswered = true;
        send(Errno.EAGAIN, 0);
    }

    /** Answers on a reader's thread: the request does not get to the agent. */
    void answerHere(final Runnable answer) {
        isRunning = true;
        answer.run();
        isRunning = false;
        dispatcher.recycle(this);
    }

    // --- running, on the agent's thread

    @Override
    public void run() {
        isRunning = true;
        changesBefore = dispatcher.changes();
        Cancellable started = Cancellable.NONE;
        try {
            started = dispatcher.start(this);
        } catch (final Throwable thrown) {
            fail(thrown);
        }
        isRunning = false;
        if (isAnswered) {
            dispatcher.recycle(this);
        } else {
            operation = started;
            dispatcher.hold(this);
        }
    }

    /** The request may wait only so long. */
    void limit() {
        isLimited = true;
    }

    boolean isLimited() {
        return isLimited;
    }

    void heldSince(final long nowNs) {
        heldSinceNs = nowNs;
    }

    long heldSinceNs() {
        return heldSinceNs;
    }

    /** Somebody has sent its caller a signal. */
    void interruptedSince(final long nowNs) {
        isInterrupted = true;
        interruptedSinceNs = nowNs;
    }

    boolean isInterrupted() {
        return isInterrupted;
    }

    long interruptedSinceNs() {
        return interruptedSinceNs;
    }

    /** Gives the operation up because it has waited for too long. */
    void expire() {
        isExpired = true;
        cancel();
    }

    boolean isExpired() {
        return isExpired;
    }

    /** Gives the operation up; its answer is then sent from within. */
    void cancel() {
        try {
            operation.cancel();
        } catch (final Throwable thrown) {
            fail(thrown);
        }
    }

    /** Makes it ready for use again, and gives the large buffers back. */
    void reset() {
        isLimited = false;
        isExpired = false;
        isInterrupted = false;
        operation = Cancellable.NONE;
        if (in != smallIn) {
            dispatcher.releaseLargeRequest(in);
            in = smallIn;
        }
        if (out != smallOut) {
            dispatcher.releaseLargeReply(out);
            out = smallOut;
        }
    }
}
