package org.trivet.node.os;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

/** Has another process of this user stand still, and go on. */
public final class ProcessPause {
    private static final int SIGCONT = 18;
    private static final int SIGSTOP = 19;

    private ProcessPause() {}

    /**
     * Has a process stand still at once (SIGSTOP).
     *
     * @param pid of the process.
     * @throws TrivetException IO if there is no such process, or it is another user's.
     */
    public static void pause(final long pid) {
        send(pid, SIGSTOP);
    }

    /**
     * Has a process go on (SIGCONT). Nothing happens if it does not stand still.
     *
     * @param pid of the process.
     * @throws TrivetException IO if there is no such process, or it is another user's.
     */
    public static void resume(final long pid) {
        send(pid, SIGCONT);
    }

    /**
     * Has a process go on (SIGCONT). Nothing happens if it does not stand still, or has ended.
     *
     * @param process to go on.
     * @throws TrivetException IO if it is another user's.
     */
    public static void resumeIfAlive(final ProcessHandle process) {
        try {
            resume(process.pid());
        } catch (final TrivetException e) {
            if (process.isAlive()) {
                throw e;
            }
        }
    }

    private static void send(final long pid, final int signal) {
        if (SystemCall.KILL.call(pid, signal, 0, 0) != 0) {
            throw new TrivetException(
                    ErrorCode.IO, "cannot send signal " + signal + " to process " + pid);
        }
    }
}
