package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the processes of a cluster take over from the one that starts them. */
class JavaCommandTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Dtrivet.home=/opt/trivet",
                "-Daeron.socket.multicast.ttl=4",
                "-Djava.io.tmpdir=/var/tmp"
            })
    void settingsOfJavaOfTrivetAndOfAeronAreTakenOver(final String option) {
        assertTrue(JavaCommand.isInherited(option));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-agentlib:jdwp=transport=dt_socket,server=y",
                "-javaagent:agent.jar=destfile=one",
                "-Xrunjdwp:server=y",
                "-Dcom.sun.management.jmxremote.port=9999"
            })
    void whatOnlyOneProcessCanHaveIsNot(final String option) {
        assertFalse(JavaCommand.isInherited(option));
    }
}
