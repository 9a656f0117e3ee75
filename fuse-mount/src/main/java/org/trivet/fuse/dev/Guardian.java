package org.trivet.fuse.dev;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.System.Logger.Level;

/**
 * Ends the requests of a mount whose server was killed, and yet does not end: a small process of
 * its own, which looks once a second.
 *
 * <p>A thread that tells the kernel of a change waits there, and cannot be killed, while a page is
 * locked for a request that this very server has yet to answer. If the server is killed then, the
 * thread holds the device open: so the kernel does not take the server for gone, the request is
 * never answered, and whoever uses the mount waits for ever, and cannot be killed either. The
 * guardian sees a process that has ended but for such threads, and has the kernel give up the
 * mount's requests: by the control file of the connection (see fuse.rst of the Linux kernel), or,
 * where that is not mounted, by a forced umount(8), which root only may do.
 */
final class Guardian implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("org.trivet.fuse");

    /** Fields of /proc/PID/stat behind the name: 1 is the state, 18 threads, 20 the start. */
    private static final String SCRIPT =
            """
            server=$1 target=$2 abort=/sys/fs/fuse/connections/$3/abort
            trap '' HUP INT TERM
            while sleep 1 && read -r line < "/proc/$server/stat"; do
                set -- ${line##*) }
                [ "${start:=${20}}" = "${20}" ] || exit 0
                if [ "$1" = Z ] && [ "${18}" -gt 1 ]; then
                    echo 1 > "$abort" || umount -c -f "$target"
                fi
            done
            """;

    private final Process process;

    private Guardian(final Process process) {
        this.process = process;
    }

    /** Watches this process, for the sake of one of its mounts. */
    static Guardian of(final String target, final String deviceNumber) {
        final Redirect nowhere = Redirect.to(new File("/dev/null"));
        final ProcessBuilder builder =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                SCRIPT,
                                "trivet-guardian",
                                Long.toString(ProcessHandle.current().pid()),
                                target,
                                deviceNumber.substring(deviceNumber.indexOf(':') + 1))
                        .directory(new File("/"))
                        .redirectInput(Redirect.from(new File("/dev/null")))
                        .redirectOutput(nowhere)
                        .redirectError(nowhere);
        try {
            return new Guardian(builder.start());
        } catch (final IOException e) {
            LOG.log(
                    Level.WARNING,
                    "mount: nobody watches for a server that is killed and does not end: "
                            + e.getMessage());
            return new Guardian(null);
        }
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
        }
    }
}
