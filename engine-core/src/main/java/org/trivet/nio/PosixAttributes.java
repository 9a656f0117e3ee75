package org.trivet.nio;

import org.trivet.fs.Attributes;

import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The attributes of an inode, as java.nio.file sees them. */
record PosixAttributes(Attributes attributes) implements PosixFileAttributes {
    private static final PosixFilePermission[] PERMISSIONS = PosixFilePermission.values();

    /** A user or group: its number. */
    record Principal(int id) implements GroupPrincipal {
        @Override
        public String getName() {
            return Integer.toString(id);
        }

        static int idOf(final UserPrincipal principal) {
            if (principal instanceof Principal own) {
                return own.id();
            }
            throw new IllegalArgumentException(principal + " is no principal of Trivet");
        }
    }

    /** Finds users and groups by their number. */
    static final class Principals extends UserPrincipalLookupService {
        @Override
        public UserPrincipal lookupPrincipalByName(final String name)
                throws UserPrincipalNotFoundException {
            return lookupPrincipalByGroupName(name);
        }

        @Override
        public GroupPrincipal lookupPrincipalByGroupName(final String group)
                throws UserPrincipalNotFoundException {
            try {
                return new Principal(Integer.parseInt(group));
            } catch (final NumberFormatException error) {
                final UserPrincipalNotFoundException failure =
                        new UserPrincipalNotFoundException(group);
                failure.initCause(error);
                throw failure;
            }
        }
    }

    /** The mode bits of permissions: OWNER_READ is the highest. */
    static int mode(final Set<PosixFilePermission> permissions) {
        int mode = 0;
        for (final PosixFilePermission permission : permissions) {
            mode |= 0400 >> permission.ordinal();
        }
        return mode;
    }

    @Override
    public UserPrincipal owner() {
        return new Principal(attributes.uid());
    }

    @Override
    public GroupPrincipal group() {
        return new Principal(attributes.gid());
    }

    @Override
    public Set<PosixFilePermission> permissions() {
        final Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (final PosixFilePermission permission : PERMISSIONS) {
            if ((attributes.mode() & 0400 >> permission.ordinal()) != 0) {
                permissions.add(permission);
            }
        }
        return permissions;
    }

    @Override
    public FileTime lastModifiedTime() {
        return FileTime.from(attributes.mtimeNs(), TimeUnit.NANOSECONDS);
    }

    @Override
    public FileTime lastAccessTime() {
        return FileTime.from(attributes.atimeNs(), TimeUnit.NANOSECONDS);
    }

    @Override
    public FileTime creationTime() {
        return lastModifiedTime();
    }

    @Override
    public boolean isRegularFile() {
        return attributes.isRegular();
    }

    @Override
    public boolean isDirectory() {
        return attributes.isDirectory();
    }

    @Override
    public boolean isSymbolicLink() {
        return attributes.type() == Attributes.SYMLINK;
    }

    @Override
    public boolean isOther() {
        return !isRegularFile() && !isDirectory() && !isSymbolicLink();
    }

    @Override
    public long size() {
        return attributes.size();
    }

    @Override
    public Object fileKey() {
        return attributes.inode();
    }
}
