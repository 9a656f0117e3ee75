package org.trivet.fuse.dev;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Mounts a device on a directory, and unmounts it: by mount(2) as root, otherwise by fusermount3.
 */
public final class Mounter {
    private static final System.Logger LOG = System.getLogger("org.trivet.fuse");
    private static final String DEVICE = "/dev/fuse";
    private static final String SUBTYPE = "trivet";
    private static final String TYPE = "fuse." + SUBTYPE;
    private static final int MAX_STALE = 16;

    private Mounter() {}

    /**
     * Opens the device and mounts it. A mount there whose server has died is taken away first.
     *
     * @param mountPoint an existing directory.
     * @param name shown as the source of the mount; without commas.
     * @param viaFusermount whether to use fusermount3 even as root.
     * @return the device, to be served.
     */
    public static DevFuse mount(
            final Path mountPoint, final String name, final boolean viaFusermount) {
        final String target = resolve(mountPoint.toAbsolutePath().normalize());
        final boolean isRoot = Libc.userId() == 0;
        final boolean viaHelper = viaFusermount || !isRoot;
        removeStale(target, viaHelper);
        requireDirectory(target);
        final int descriptor =
                viaHelper ? mountByHelper(target, name, isRoot) : mountBySystemCall(target, name);
        final String deviceNumber = mounted(target);
        if (deviceNumber == null) {
            unmount(target, viaHelper, true);
            Libc.close(descriptor);
            throw new TrivetException(
                    ErrorCode.IO,
                    "mount: " + target + " was mounted, and is not in the mount table");
        }
        return new DevFuse(descriptor, target, viaHelper, deviceNumber);
    }

    /**
     * The path as the mount table has it: without symbolic links, also where a dead mount cannot be
     * looked at.
     */
    private static String resolve(final Path path) {
        try {
            return path.toRealPath().toString();
        } catch (final IOException unreachable) {
            final Path parent = path.getParent();
            try {
                return parent == null
                        ? path.toString()
                        : parent.toRealPath().resolve(path.getFileName()).toString();
            } catch (final IOException missing) {
                return path.toString(); // what is wrong with it is said later
            }
        }
    }

    private static void removeStale(final String target, final boolean viaHelper) {
        for (int i = 0; mounted(target) != null; i++) {
            if (Libc.answers(target) != -Libc.ENOTCONN) {
                throw new TrivetException(
                        ErrorCode.BUSY,
                        "mount: a Trivet volume is mounted on " + target + " already");
            }
            if (i == MAX_STALE || !unmount(target, viaHelper, true)) {
                throw new TrivetException(
                        ErrorCode.BUSY,
                        "mount: the server of the mount on "
                                + target
                                + " has died, and it cannot be unmounted");
            }
            LOG.log(Level.INFO, "mount: took away the mount on {0}, whose server had died", target);
        }
    }

    private static void requireDirectory(final String target) {
        final int errno = -Libc.exists(target);
        if (errno == Libc.ENOENT) {
            throw new TrivetException(
                    ErrorCode.NOT_FOUND,
                    "mount: there is no directory " + target + "; make it first");
        }
        if (errno != 0 && errno != Libc.ENOTDIR) {
            throw new TrivetException(
                    errno == Libc.EACCES ? ErrorCode.ACCESS_DENIED : ErrorCode.IO,
                    "mount: " + target + " cannot be reached: errno " + errno);
        }
        if (!Files.isDirectory(Path.of(target))) {
            throw new TrivetException(
                    ErrorCode.NOT_DIRECTORY, "mount: " + target + " is not a directory");
        }
    }

    private static int mountBySystemCall(final String target, final String name) {
        final int descriptor = Libc.open(DEVICE, Libc.O_RDWR | Libc.O_CLOEXEC);
        if (descriptor == -Libc.ENOENT || descriptor == -Libc.ENODEV) {
            throw new TrivetException(
                    ErrorCode.NOT_SUPPORTED,
                    "mount: there is no "
                            + DEVICE
                            + "; load the kernel module fuse, or give the container the device");
        }
        if (descriptor < 0) {
            throw new TrivetException(
                    ErrorCode.NOT_PERMITTED,
                    "mount: " + DEVICE + " cannot be opened: errno " + -descriptor);
        }
        final String options =
                "fd="
                        + descriptor
                        + ",rootmode=40000,user_id="
                        + Libc.userId()
                        + ",group_id="
                        + Libc.groupId()
                        + ",default_permissions,allow_other";
        final int mounted = Libc.mount(name, target, TYPE, Libc.MS_NOSUID | Libc.MS_NODEV, options);
        if (mounted < 0) {
            Libc.close(descriptor);
            throw new TrivetException(
                    mounted == -Libc.EPERM ? ErrorCode.NOT_PERMITTED : ErrorCode.IO,
                    "mount: "
                            + target
                            + " could not be mounted: errno "
                            + -mounted
                            + (mounted == -Libc.EPERM
                                    ? "; this needs root with CAP_SYS_ADMIN"
                                    : ""));
        }
        return descriptor;
    }

    private static int mountByHelper(final String target, final String name, final boolean isRoot) {
        if (!Files.exists(Path.of(DEVICE))) {
            throw new TrivetException(
                    ErrorCode.NOT_SUPPORTED,
                    "mount: there is no "
                            + DEVICE
                            + "; load the kernel module fuse, or give the container the device");
        }
        final String options =
                "fsname="
                        + name
                        + ",subtype="
                        + SUBTYPE
                        + ",default_permissions,nosuid,nodev"
                        + (isRoot ? ",allow_other" : "");
        return FuserMount.mount(target, options);
    }

    /** The device number of the Trivet volume mounted at a place; null if there is none. */
    static String mounted(final String target) {
        return MountTable.device(target, TYPE);
    }

    /**
     * Unmounts.
     *
     * @param target where it is mounted.
     * @param viaHelper whether fusermount3 has to do it.
     * @param isForced whether to take it away although it is in use. Then requests that wait are
     *     ended; a mount of another user only goes out of sight, and lives until its files are
     *     closed or its server ends.
     * @return true if it is unmounted.
     */
    static boolean unmount(final String target, final boolean viaHelper, final boolean isForced) {
        if (viaHelper && Libc.userId() != 0) {
            return FuserMount.unmount(target, isForced);
        }
        return Libc.unmount(target, isForced ? Libc.MNT_FORCE | Libc.MNT_DETACH : 0) == 0;
    }
}
