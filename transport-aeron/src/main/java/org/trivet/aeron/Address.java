package org.trivet.aeron;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Addresses of the form host:port, as text. A host is a name, an IPv4, or an IPv6 in brackets. */
final class Address {
    /** How an address must look, for messages. */
    static final String FORM = "host:port, as in 127.0.0.1:9000 or [::1]:9000";

    private static final int MAX_PORT = 65_535;
    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\\[[0-9A-Fa-f:.]{2,45}]");
    private static final Pattern ADDRESS = Pattern.compile("(.+):([0-9]{1,5})");

    private Address() {}

    static boolean isHost(final String host) {
        return HOST.matcher(host).matches();
    }

    static boolean isPort(final int port) {
        return port >= 1 && port <= MAX_PORT;
    }

    static boolean isValid(final String address) {
        final Matcher parts = ADDRESS.matcher(address);
        return parts.matches()
                && isHost(parts.group(1))
                && isPort(Integer.parseInt(parts.group(2)));
    }

    /** Whether packets to it stay in this machine, as far as its text tells. */
    static boolean isLoopback(final String address) {
        return address.startsWith("127.")
                || address.startsWith("localhost:")
                || address.startsWith("[::1]:");
    }
}
