package org.trivet.node.disk;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.FileDescriptor;
import java.lang.reflect.Field;
import java.nio.channels.FileChannel;

/** What the JDK's file channels can do, but do not offer. */
final class ChannelInternals {
    private ChannelInternals() {}

    /** Keeps the channel open when a thread that uses it is interrupted. */
    static void makeUninterruptible(final FileChannel channel) {
        try {
            channel.getClass().getMethod("setUninterruptible").invoke(channel);
        } catch (final ReflectiveOperationException | RuntimeException e) {
            throw new TrivetException(
                    ErrorCode.INVALID, "files could be closed by an interrupt: " + remedy(), e);
        }
    }

    /** The number that the operating system knows the channel's file by while it is open. */
    static int descriptor(final FileChannel channel) {
        try {
            final Field field = channel.getClass().getDeclaredField("fd");
            field.setAccessible(true);
            return (int)
                    Class.forName("sun.nio.ch.IOUtil")
                            .getMethod("fdVal", FileDescriptor.class)
                            .invoke(null, field.get(channel));
        } catch (final ReflectiveOperationException | RuntimeException e) {
            throw new TrivetException(
                    ErrorCode.INVALID, "a file's descriptor is not known: " + remedy(), e);
        }
    }

    private static String remedy() {
        return "run with --add-opens java.base/sun.nio.ch=ALL-UNNAMED";
    }
}
