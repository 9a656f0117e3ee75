package org.trivet.fuse.proto;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The bytes of a request behind its header, put together by a test. */
final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message u32(final int value) {
        bytes.writeBytes(
                ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array());
        return this;
    }

    Message u64(final long value) {
        bytes.writeBytes(
                ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value).array());
        return this;
    }

    Message name(final String name) {
        bytes.writeBytes(name.getBytes(StandardCharsets.UTF_8));
        bytes.write(0);
        return this;
    }

    Message raw(final byte[] value) {
        bytes.writeBytes(value);
        return this;
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    static Message empty() {
        return new Message();
    }

    static Message read(final long handle, final long offset, final int size) {
        return empty().u64(handle).u64(offset).u32(size).u32(0).u64(0).u32(0).u32(0);
    }

    static Message write(final long handle, final long offset, final byte[] value) {
        return write(handle, offset, value, 0);
    }

    static Message write(
            final long handle, final long offset, final byte[] value, final int openFlags) {
        return empty().u64(handle)
                .u64(offset)
                .u32(value.length)
                .u32(0)
                .u64(0)
                .u32(openFlags)
                .u32(0)
                .raw(value);
    }

    static Message create(final String name, final int flags) {
        return empty().u32(flags).u32(0100644).u32(022).u32(0).name(name);
    }

    static Message lock(
            final long handle, final long owner, final long start, final long end, final int type) {
        return empty().u64(handle).u64(owner).u64(start).u64(end).u32(type).u32(1).u32(0).u32(0);
    }
}
