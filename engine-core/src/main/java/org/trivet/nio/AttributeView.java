package org.trivet.nio;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.fs.AttributeChange;
import org.trivet.fs.Attributes;

import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Reads and changes the attributes of what a path names. */
final class AttributeView implements PosixFileAttributeView {
    private final TrivetPath path;
    private final boolean follow;
    private final String name;

    AttributeView(final TrivetPath path, final boolean follow, final String name) {
        this.path = path;
        this.follow = follow;
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public PosixAttributes readAttributes() throws IOException {
        return Failures.translate(
                path,
                () ->
                        new PosixAttributes(
                                follow
                                        ? path.nioFileSystem()
                                                .files()
                                                .attributes(path.absoluteText())
                                        : path.nioFileSystem()
                                                .files()
                                                .linkAttributes(path.absoluteText())));
    }

    @Override
    public void setTimes(
            final FileTime lastModified, final FileTime lastAccess, final FileTime create)
            throws IOException {
        int mask = 0;
        mask |= lastModified == null ? 0 : AttributeChange.MTIME;
        mask |= lastAccess == null ? 0 : AttributeChange.ATIME;
        if (mask != 0) {
            set(new AttributeChange(mask, 0, 0, 0, 0, nanos(lastAccess), nanos(lastModified)));
        }
    }

    private static long nanos(final FileTime time) {
        return time == null ? 0 : time.to(TimeUnit.NANOSECONDS);
    }

    @Override
    public void setPermissions(final Set<PosixFilePermission> permissions) throws IOException {
        final int special = readAttributes().attributes().mode() & 07000;
        set(
                new AttributeChange(
                        AttributeChange.MODE,
                        PosixAttributes.mode(permissions) | special,
                        0,
                        0,
                        0,
                        0,
                        0));
    }

    @Override
    public void setGroup(final GroupPrincipal group) throws IOException {
        set(
                new AttributeChange(
                        AttributeChange.GID, 0, 0, PosixAttributes.Principal.idOf(group), 0, 0, 0));
    }

    @Override
    public UserPrincipal getOwner() throws IOException {
        return readAttributes().owner();
    }

    @Override
    public void setOwner(final UserPrincipal owner) throws IOException {
        set(
                new AttributeChange(
                        AttributeChange.UID, 0, PosixAttributes.Principal.idOf(owner), 0, 0, 0, 0));
    }

    private void set(final AttributeChange change) throws IOException {
        Failures.translate(
                path,
                () -> {
                    final String text = path.absoluteText();
                    if (!follow
                            && path.nioFileSystem().files().linkAttributes(text).type()
                                    == Attributes.SYMLINK) {
                        throw new TrivetException(
                                ErrorCode.NOT_SUPPORTED, "attributes of the symbolic link " + text);
                    }
                    path.nioFileSystem().files().setAttributes(text, change);
                    return null;
                });
    }

    /** Attributes by name: "*" for all of the view. */
    Map<String, Object> read(final String view, final String names) throws IOException {
        final PosixAttributes attributes = readAttributes();
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("size", attributes.size());
        all.put("lastModifiedTime", attributes.lastModifiedTime());
        all.put("lastAccessTime", attributes.lastAccessTime());
        all.put("creationTime", attributes.creationTime());
        all.put("isRegularFile", attributes.isRegularFile());
        all.put("isDirectory", attributes.isDirectory());
        all.put("isSymbolicLink", attributes.isSymbolicLink());
        all.put("isOther", attributes.isOther());
        all.put("fileKey", attributes.fileKey());
        if (!view.equals("basic")) {
            all.put("owner", attributes.owner());
            all.put("group", attributes.group());
            all.put("permissions", attributes.permissions());
        }
        if (names.equals("*")) {
            return all;
        }
        final Map<String, Object> wanted = new LinkedHashMap<>();
        for (final String wantedName : names.split(",")) {
            if (!all.containsKey(wantedName)) {
                throw new IllegalArgumentException("no attribute " + view + ":" + wantedName);
            }
            wanted.put(wantedName, all.get(wantedName));
        }
        return wanted;
    }

    @SuppressWarnings("unchecked")
    void set(final String attribute, final Object value) throws IOException {
        switch (attribute) {
            case "lastModifiedTime" -> setTimes((FileTime) value, null, null);
            case "lastAccessTime" -> setTimes(null, (FileTime) value, null);
            case "creationTime" -> setTimes(null, null, (FileTime) value);
            case "permissions" -> setPermissions((Set<PosixFilePermission>) value);
            case "owner" -> setOwner((UserPrincipal) value);
            case "group" -> setGroup((GroupPrincipal) value);
            default ->
                    throw new IllegalArgumentException("attribute " + attribute + " cannot be set");
        }
    }
}
