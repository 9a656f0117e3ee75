package org.trivet.fuse.dev;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Mounting for users who are not root, by the setuid program {@code fusermount3}. It opens the
 * device, mounts it, and sends the descriptor back over a socket, of which it is told in {@code
 * _FUSE_COMMFD}. {@link ProcessBuilder} cannot pass a descriptor above 2 to a child, hence
 * posix_spawn.
 */
final class FuserMount {
    private static final String PROGRAM = "fusermount3";
    private static final int CHILD_SOCKET = 3;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private static final int FILE_ACTIONS_SIZE = 256; // 80 in glibc
    private static final int MESSAGE_SIZE = 56; // struct msghdr
    private static final int MESSAGE_IOV = 16;
    private static final int MESSAGE_IOV_LENGTH = 24;
    private static final int MESSAGE_CONTROL = 32;
    private static final int MESSAGE_CONTROL_LENGTH = 40;
    private static final int CONTROL_SIZE = 24; // struct cmsghdr with one descriptor, padded
    private static final int CONTROL_DESCRIPTOR = 16;

    private static final MethodHandle SOCKETPAIR =
            Libc.function(
                    "socketpair",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle RECVMSG =
            Libc.function("recvmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SPAWN =
            Libc.function(
                    "posix_spawnp",
                    FunctionDescriptor.of(
                            JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle ACTIONS_INIT =
            Libc.function(
                    "posix_spawn_file_actions_init", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle ACTIONS_DUP2 =
            Libc.function(
                    "posix_spawn_file_actions_adddup2",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT));
    private static final MethodHandle ACTIONS_DESTROY =
            Libc.function(
                    "posix_spawn_file_actions_destroy", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle WAITPID =
            Libc.function("waitpid", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));

    private FuserMount() {}

    /** Mounts; returns the device's descriptor. */
    static int mount(final String target, final String options) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment state = Libc.callState();
            final MemorySegment sockets = arena.allocate(JAVA_INT, 2);
            final int paired =
                    (int)
                            Libc.checked(
                                    state,
                                    (int)
                                            SOCKETPAIR.invokeExact(
                                                    state,
                                                    AF_UNIX,
                                                    SOCK_STREAM | Libc.O_CLOEXEC,
                                                    0,
                                                    sockets));
            if (paired != 0) {
                throw new TrivetException(
                        ErrorCode.IO, "mount: socketpair failed with errno " + -paired);
            }
            final int ours = sockets.getAtIndex(JAVA_INT, 0);
            final int theirs = sockets.getAtIndex(JAVA_INT, 1);
            try {
                final int pid;
                try {
                    pid =
                            spawn(
                                    arena,
                                    state,
                                    theirs,
                                    List.of(PROGRAM, "-o", options, "--", target));
                } finally {
                    Libc.close(theirs);
                }
                final int descriptor = receiveDescriptor(arena, state, ours);
                final int status = waitFor(arena, state, pid);
                if (descriptor < 0) {
                    throw new TrivetException(
                            ErrorCode.NOT_PERMITTED,
                            "mount: fusermount3 could not mount "
                                    + target
                                    + " (exit status "
                                    + status
                                    + "); what it says is on the standard error");
                }
                return descriptor;
            } finally {
                Libc.close(ours);
            }
        } catch (final TrivetException e) {
            throw e;
        } catch (final Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    private static int spawn(
            final Arena arena,
            final MemorySegment state,
            final int socket,
            final List<String> command)
            throws Throwable {
        final MemorySegment actions = arena.allocate(FILE_ACTIONS_SIZE, Long.BYTES);
        final MemorySegment pid = arena.allocate(JAVA_INT);
        final List<String> environment = new ArrayList<>(List.of("_FUSE_COMMFD=" + CHILD_SOCKET));
        System.getenv().forEach((name, value) -> environment.add(name + "=" + value));
        int error = (int) ACTIONS_INIT.invokeExact(state, actions);
        if (error == 0) {
            error = (int) ACTIONS_DUP2.invokeExact(state, actions, socket, CHILD_SOCKET);
        }
        if (error == 0) {
            error =
                    (int)
                            SPAWN.invokeExact(
                                    state,
                                    pid,
                                    arena.allocateFrom(PROGRAM),
                                    actions,
                                    MemorySegment.NULL,
                                    strings(arena, command),
                                    strings(arena, environment));
        }
        final int destroyed = (int) ACTIONS_DESTROY.invokeExact(state, actions);
        assert destroyed == 0;
        if (error == Libc.ENOENT) {
            throw missing();
        }
        if (error != 0) {
            throw new TrivetException(
                    ErrorCode.IO, "mount: fusermount3 could not be started: errno " + error);
        }
        return pid.get(JAVA_INT, 0);
    }

    private static TrivetException missing() {
        return new TrivetException(
                ErrorCode.NOT_SUPPORTED,
                "mount: fusermount3 is missing; install the package fuse3, or mount as root");
    }

    private static MemorySegment strings(final Arena arena, final List<String> strings) {
        final MemorySegment array = arena.allocate(ADDRESS, strings.size() + 1L);
        for (int i = 0; i < strings.size(); i++) {
            array.setAtIndex(ADDRESS, i, arena.allocateFrom(strings.get(i)));
        }
        return array;
    }

    /**
     * The descriptor that comes over the socket, or -1 if the program ended without sending one.
     */
    private static int receiveDescriptor(
            final Arena arena, final MemorySegment state, final int socket) throws Throwable {
        final MemorySegment vector = arena.allocate(ADDRESS, 2);
        vector.setAtIndex(ADDRESS, 0, arena.allocate(JAVA_BYTE));
        vector.set(JAVA_LONG, ADDRESS.byteSize(), 1);
        final MemorySegment control = arena.allocate(CONTROL_SIZE, Long.BYTES);
        final MemorySegment message = arena.allocate(MESSAGE_SIZE, Long.BYTES);
        message.set(ADDRESS, MESSAGE_IOV, vector);
        message.set(JAVA_LONG, MESSAGE_IOV_LENGTH, 1);
        message.set(ADDRESS, MESSAGE_CONTROL, control);
        message.set(JAVA_LONG, MESSAGE_CONTROL_LENGTH, CONTROL_SIZE);
        long received;
        do {
            received =
                    Libc.checked(
                            state,
                            (long) RECVMSG.invokeExact(state, socket, message, MSG_CMSG_CLOEXEC));
        } while (received == -Libc.EINTR);
        final boolean hasDescriptor =
                received > 0
                        && message.get(JAVA_LONG, MESSAGE_CONTROL_LENGTH)
                                >= CONTROL_DESCRIPTOR + Integer.BYTES;
        return hasDescriptor ? control.get(JAVA_INT, CONTROL_DESCRIPTOR) : -1;
    }

    private static int waitFor(final Arena arena, final MemorySegment state, final int pid)
            throws Throwable {
        final MemorySegment status = arena.allocate(JAVA_INT);
        long waited;
        do {
            waited = Libc.checked(state, (int) WAITPID.invokeExact(state, pid, status, 0));
        } while (waited == -Libc.EINTR);
        return status.get(JAVA_INT, 0) >> 8 & 0xff;
    }

    /** Unmounts; true if it worked. */
    static boolean unmount(final String target, final boolean lazily) {
        final List<String> command = new ArrayList<>(List.of(PROGRAM, "-u", "-q"));
        if (lazily) {
            command.add("-z");
        }
        command.addAll(List.of("--", target));
        try {
            return new ProcessBuilder(command)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (final IOException e) {
            throw missing();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
