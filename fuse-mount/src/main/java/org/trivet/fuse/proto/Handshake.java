package org.trivet.fuse.proto;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The first request of a session, INIT, in which kernel and file system agree on a version and on
 * what each may do.
 *
 * <p>The version must be 7.31 at least (Linux 5.4): below it, structures are shorter.
 */
final class Handshake {
    private static final int MAJOR = 7;
    private static final int MIN_MINOR = 31;
    private static final int MAX_MINOR = 45;
    private static final int PAGE = 4096;
    private static final int INIT_IN_SIZE = Layouts.INIT_IN.size();

    private static final int WANTED =
            Flags.INIT_ASYNC_READ
                    | Flags.INIT_POSIX_LOCKS
                    | Flags.INIT_ATOMIC_O_TRUNC
                    | Flags.INIT_BIG_WRITES
                    | Flags.INIT_FLOCK_LOCKS
                    | Flags.INIT_DO_READDIRPLUS
                    | Flags.INIT_READDIRPLUS_AUTO
                    | Flags.INIT_PARALLEL_DIROPS
                    | Flags.INIT_ABORT_ERROR
                    | Flags.INIT_MAX_PAGES
                    | Flags.INIT_CACHE_SYMLINKS
                    | Flags.INIT_EXT;

    private final SessionOptions options;
    private volatile boolean mapsDirectFiles;

    Handshake(final SessionOptions options) {
        this.options = options;
    }

    /** What came of an INIT request. */
    enum Outcome {
        /** The session has begun. */
        BEGUN,
        /** The kernel is newer, and asks again with a version that is known here. */
        ASKED_AGAIN,
        /** The kernel is too old. */
        REFUSED
    }

    /** Answers an INIT request. */
    Outcome answer(final Request request) {
        final int major = request.argInt(Layouts.INIT_IN.at("major"));
        final int minor = request.argInt(Layouts.INIT_IN.at("minor"));
        if (major < MAJOR || major == MAJOR && minor < MIN_MINOR) {
            request.refuse(Errno.EPROTO);
            return Outcome.REFUSED;
        }
        final int offset = Request.REPLY_HEADER_LENGTH;
        final UnsafeBuffer out = request.reply(0);
        out.setMemory(offset, Layouts.INIT_OUT.size(), (byte) 0);
        out.putInt(offset + Layouts.INIT_OUT.at("major"), MAJOR);
        if (major == MAJOR) {
            putAgreed(request, out, offset, minor);
        }
        request.answer(Layouts.INIT_OUT.size());
        return major == MAJOR ? Outcome.BEGUN : Outcome.ASKED_AGAIN;
    }

    /** Whether the kernel lets files that pass by its page cache be mapped into memory. */
    boolean mapsDirectFiles() {
        return mapsDirectFiles;
    }

    private void putAgreed(
            final Request request, final UnsafeBuffer out, final int offset, final int minor) {
        final int offered = request.argInt(Layouts.INIT_IN.at("flags"));
        final boolean hasFlags2 =
                (offered & Flags.INIT_EXT) != 0
                        && request.length() >= Request.HEADER_LENGTH + INIT_IN_SIZE;
        final int offered2 = hasFlags2 ? request.argInt(Layouts.INIT_IN.at("flags2")) : 0;
        mapsDirectFiles = (offered2 & Flags.INIT2_DIRECT_IO_ALLOW_MMAP) != 0;
        final int wanted =
                WANTED
                        | (options.writeback() ? Flags.INIT_WRITEBACK_CACHE : 0)
                        | (options.asyncDirect() ? Flags.INIT_ASYNC_DIO : 0);
        final int readahead = request.argInt(Layouts.INIT_IN.at("max_readahead"));
        out.putInt(offset + Layouts.INIT_OUT.at("minor"), Math.min(minor, MAX_MINOR));
        out.putInt(
                offset + Layouts.INIT_OUT.at("max_readahead"),
                Math.max(readahead, SessionOptions.MAX_TRANSFER));
        out.putInt(offset + Layouts.INIT_OUT.at("flags"), offered & wanted);
        out.putShort(
                offset + Layouts.INIT_OUT.at("max_background"), (short) options.maxBackground());
        out.putShort(
                offset + Layouts.INIT_OUT.at("congestion_threshold"),
                (short) Math.max(1, options.maxBackground() * 3 / 4));
        out.putInt(offset + Layouts.INIT_OUT.at("max_write"), SessionOptions.MAX_TRANSFER);
        out.putInt(offset + Layouts.INIT_OUT.at("time_gran"), 1);
        out.putShort(
                offset + Layouts.INIT_OUT.at("max_pages"),
                (short) (SessionOptions.MAX_TRANSFER / PAGE));
        out.putInt(
                offset + Layouts.INIT_OUT.at("flags2"),
                offered2 & Flags.INIT2_DIRECT_IO_ALLOW_MMAP);
    }
}
