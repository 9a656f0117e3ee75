package org.trivet.fuse.proto;

import org.trivet.Cancellable;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Caller;
import org.trivet.fs.InodeFileSystem;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The requests about inodes and names: each becomes one call of the file system. On the agent's
 * thread.
 */
final class InodeCalls {
    private static final long NS_PER_S = 1_000_000_000L;
    private static final int MAX_TARGET = 4095;
    private static final int RENAME_FLAGS =
            InodeFileSystem.RENAME_NO_REPLACE | InodeFileSystem.RENAME_EXCHANGE;

    private static final int VALID = Layouts.SETATTR_IN.at("valid");
    private static final int FH = Layouts.SETATTR_IN.at("fh");
    private static final int SIZE = Layouts.SETATTR_IN.at("size");
    private static final int ATIME = Layouts.SETATTR_IN.at("atime");
    private static final int ATIME_NSEC = Layouts.SETATTR_IN.at("atimensec");
    private static final int MTIME = Layouts.SETATTR_IN.at("mtime");
    private static final int MTIME_NSEC = Layouts.SETATTR_IN.at("mtimensec");
    private static final int MODE = Layouts.SETATTR_IN.at("mode");
    private static final int UID = Layouts.SETATTR_IN.at("uid");
    private static final int GID = Layouts.SETATTR_IN.at("gid");

    private static final int MKNOD_MODE = Layouts.MKNOD_IN.at("mode");
    private static final int MKNOD_RDEV = Layouts.MKNOD_IN.at("rdev");
    private static final int MKDIR_MODE = Layouts.MKDIR_IN.at("mode");
    private static final int RENAME_NEW_PARENT = Layouts.RENAME_IN.at("newdir");
    private static final int RENAME2_NEW_PARENT = Layouts.RENAME2_IN.at("newdir");
    private static final int RENAME2_FLAGS = Layouts.RENAME2_IN.at("flags");
    private static final int LINK_INODE = Layouts.LINK_IN.at("oldnodeid");
    private static final int XATTR_SIZE = Layouts.SETXATTR_IN.at("size");
    private static final int XATTR_FLAGS = Layouts.SETXATTR_IN.at("flags");

    /**
     * Where extended attributes may be. Those of "system.", POSIX access lists and the like, are
     * not among them: nothing here would enforce them, so they are not stored either.
     */
    private static final List<byte[]> NAMESPACES =
            Stream.of("user.", "trusted.", "security.")
                    .map(namespace -> namespace.getBytes(StandardCharsets.US_ASCII))
                    .toList();

    private final InodeFileSystem fs;
    private final AbsentXattrs absentXattrs;

    InodeCalls(final InodeFileSystem fs, final AbsentXattrs absentXattrs) {
        this.fs = fs;
        this.absentXattrs = absentXattrs;
    }

    Cancellable lookup(final Request request) {
        return fs.lookup(request.node(), request.fileName(0), request.answers().entry);
    }

    Cancellable getAttributes(final Request request) {
        return fs.getAttributes(request.node(), request.answers().attributes);
    }

    Cancellable setAttributes(final Request request) {
        final int valid = request.argInt(VALID);
        int mask = 0;
        mask |= (valid & Flags.SETATTR_MODE) != 0 ? AttributeChange.MODE : 0;
        mask |= (valid & Flags.SETATTR_UID) != 0 ? AttributeChange.UID : 0;
        mask |= (valid & Flags.SETATTR_GID) != 0 ? AttributeChange.GID : 0;
        mask |= (valid & Flags.SETATTR_SIZE) != 0 ? AttributeChange.SIZE : 0;
        mask |=
                timeMask(
                        valid,
                        Flags.SETATTR_ATIME,
                        Flags.SETATTR_ATIME_NOW,
                        AttributeChange.ATIME,
                        AttributeChange.ATIME_NOW);
        mask |=
                timeMask(
                        valid,
                        Flags.SETATTR_MTIME,
                        Flags.SETATTR_MTIME_NOW,
                        AttributeChange.MTIME,
                        AttributeChange.MTIME_NOW);
        final long size = request.argLong(SIZE);
        if ((mask & AttributeChange.SIZE) != 0 && size < 0) {
            return request.refuse(Errno.EINVAL);
        }
        final AttributeChange change =
                new AttributeChange(
                        mask,
                        request.argInt(MODE),
                        request.argInt(UID),
                        request.argInt(GID),
                        size,
                        request.argLong(ATIME) * NS_PER_S + request.argInt(ATIME_NSEC),
                        request.argLong(MTIME) * NS_PER_S + request.argInt(MTIME_NSEC));
        final long handle = (valid & Flags.SETATTR_FH) != 0 ? request.argLong(FH) : 0;
        return fs.setAttributes(request.node(), handle, change, request.answers().attributes);
    }

    /** The kernel sets both bits for "now": the time it sends along is its own clock's. */
    private static int timeMask(
            final int valid,
            final int timeBit,
            final int nowBit,
            final int timeMask,
            final int nowMask) {
        if ((valid & nowBit) != 0) {
            return nowMask;
        }
        return (valid & timeBit) != 0 ? timeMask : 0;
    }

    Cancellable readLink(final Request request) {
        return fs.readLink(request.node(), request.answers().data);
    }

    Cancellable symlink(final Request request) {
        final byte[] target = request.name(1);
        if (target.length == 0) {
            return request.refuse(Errno.ENOENT);
        }
        if (target.length > MAX_TARGET) {
            return request.refuse(Errno.ENAMETOOLONG);
        }
        return fs.symlink(
                caller(request),
                request.node(),
                request.fileName(0),
                target,
                request.answers().entry);
    }

    Cancellable makeNode(final Request request) {
        return fs.makeNode(
                caller(request),
                request.node(),
                request.fileName(0),
                request.argInt(MKNOD_MODE),
                request.argInt(MKNOD_RDEV),
                request.answers().entry);
    }

    Cancellable makeDirectory(final Request request) {
        return fs.makeDirectory(
                caller(request),
                request.node(),
                request.fileName(0),
                request.argInt(MKDIR_MODE),
                request.answers().entry);
    }

    Cancellable unlink(final Request request) {
        return fs.unlink(request.node(), request.fileName(0), request.answers().none);
    }

    Cancellable removeDirectory(final Request request) {
        return fs.removeDirectory(request.node(), request.fileName(0), request.answers().none);
    }

    Cancellable rename(final Request request) {
        return rename(request, request.argLong(RENAME_NEW_PARENT), 0);
    }

    Cancellable renameWithFlags(final Request request) {
        final int flags = request.argInt(RENAME2_FLAGS);
        if ((flags & ~RENAME_FLAGS) != 0 || flags == RENAME_FLAGS) {
            return request.refuse(Errno.EINVAL);
        }
        return rename(request, request.argLong(RENAME2_NEW_PARENT), flags);
    }

    private Cancellable rename(final Request request, final long newParent, final int flags) {
        return fs.rename(
                request.node(),
                request.fileName(0),
                newParent,
                request.fileName(1),
                flags,
                request.answers().none);
    }

    Cancellable link(final Request request) {
        return fs.link(
                request.argLong(LINK_INODE),
                request.node(),
                request.fileName(0),
                request.answers().entry);
    }

    Cancellable status(final Request request) {
        return fs.status(request.answers().status);
    }

    Cancellable setXattr(final Request request) {
        final byte[] name = request.name(0);
        final long size = Integer.toUnsignedLong(request.argInt(XATTR_SIZE));
        final int start = request.afterNames();
        if (size > request.length() - start) {
            return request.refuse(Errno.EINVAL);
        }
        final int errno = checkXattr(name);
        if (errno != 0) {
            return request.refuse(errno);
        }
        absentXattrs.giving(request.node(), name);
        final byte[] value = new byte[(int) size];
        request.bytes().getBytes(start, value);
        return fs.setXattr(
                request.node(), name, value, request.argInt(XATTR_FLAGS), request.answers().none);
    }

    Cancellable getXattr(final Request request) {
        final byte[] name = request.name(0);
        final Answers answers = request.answers();
        return fs.getXattr(
                request.node(),
                name,
                AbsentXattrs.isCapability(name) ? answers.capability : answers.xattr);
    }

    /**
     * The errno of a request that needs nobody to be asked; 0 if the file system must be. On any
     * thread.
     */
    int knownAnswer(final Request request) {
        if (request.opcode() != Opcode.GETXATTR) {
            return 0;
        }
        final byte[] name = request.name(0);
        final int errno = checkXattr(name);
        if (errno != 0) {
            return errno;
        }
        return absentXattrs.isAbsent(request.node(), name) ? Errno.ENODATA : 0;
    }

    Cancellable listXattr(final Request request) {
        return fs.listXattr(request.node(), request.answers().xattr);
    }

    Cancellable removeXattr(final Request request) {
        final byte[] name = request.name(0);
        final int errno = checkXattr(name);
        if (errno != 0) {
            return request.refuse(errno);
        }
        return fs.removeXattr(request.node(), name, request.answers().none);
    }

    /** The errno for a name in none of the namespaces, or with nothing behind one; otherwise 0. */
    private static int checkXattr(final byte[] name) {
        for (final byte[] namespace : NAMESPACES) {
            final int length = namespace.length;
            if (name.length >= length && Arrays.equals(name, 0, length, namespace, 0, length)) {
                return name.length == length ? Errno.EINVAL : 0;
            }
        }
        return Errno.EOPNOTSUPP;
    }

    static Caller caller(final Request request) {
        return new Caller(request.uid(), request.gid(), request.pid());
    }
}
