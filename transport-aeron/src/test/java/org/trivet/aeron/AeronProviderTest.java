package org.trivet.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.aeron.AeronConfig.Media;
import org.trivet.transport.EndpointId;
import org.trivet.transport.TransportProvider;

import java.net.URI;
import java.nio.file.Path;
import java.util.ServiceLoader;

class AeronProviderTest {
    @Test
    void isFoundByItsScheme() {
        assertTrue(
                ServiceLoader.load(TransportProvider.class).stream()
                        .anyMatch(found -> found.get().scheme().equals("aeron")));
    }

    @Test
    void readsADirectoryForSharedMemory() {
        final AeronConfig config =
                AeronProvider.parse(URI.create("aeron:ipc?dir=/dev/shm/a%20b%26c+d"));
        assertEquals(AeronConfig.ipc(Path.of("/dev/shm/a b&c+d")), config);
    }

    @Test
    void portsFollowFromIds() {
        final AeronConfig config =
                AeronProvider.parse(URI.create("aeron:udp?dir=/d&host=127.0.0.1&port=9000"));
        assertEquals(Media.UDP, config.media());
        assertEquals("127.0.0.1:9000", config.address(EndpointId.METADATA));
        assertEquals("127.0.0.1:9001", config.address(0));
        assertEquals("127.0.0.1:9004", config.address(3));
        assertNull(config.address(EndpointId.FIRST_CLIENT));
        assertNull(config.address(60_000), "there is no such port");
    }

    @Test
    void listedAddressesComeFirst() {
        final AeronConfig config =
                AeronProvider.parse(
                        URI.create(
                                "aeron:udp?dir=/d&host=h&port=9000"
                                        + "&nodes=a.example:1,%5B::1%5D:2&meta=m:3"));
        assertEquals("a.example:1", config.address(0));
        assertEquals("[::1]:2", config.address(1));
        assertEquals("h:9003", config.address(2));
        assertEquals("m:3", config.address(EndpointId.METADATA));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "inproc:a | scheme",
                "aeron:tcp?dir=/d | neither ipc nor udp",
                "aeron:ipc | dir is missing",
                "aeron:ipc? | dir is missing",
                "aeron:ipc?dir | dir has no value",
                "aeron:ipc?dir= | dir has no value",
                "aeron:ipc?dir=d | absolute",
                "aeron:ipc?dir=/d%00 | Nul",
                "aeron:ipc?dir=/d&dir=/e | twice",
                "aeron:ipc?dir=/d&host=h | neither hosts nor ports",
                "aeron:ipc?dir=/d&x=1 | 'x' is not known",
                "aeron:udp?dir=/d | host is missing",
                "aeron:udp?dir=/d&host=a/b&port=1 | host is 'a/b'",
                "aeron:udp?dir=/d&host=0.0.0.0&port=1 | others cannot send to",
                "aeron:udp?dir=/d&host=h&port=0 | 1 to 65535",
                "aeron:udp?dir=/d&host=h&port=65536 | 1 to 65535",
                "aeron:udp?dir=/d&host=h&port=99999999999 | 1 to 65535",
                "aeron:udp?dir=/d&host=h&nodes=a:1,,b:2 | endpoint 1 is ''",
                "aeron:udp?dir=/d&host=h&nodes=a | endpoint 0 is 'a'",
                "aeron:udp?dir=/d&host=h&nodes=a:0 | endpoint 0 is 'a:0'",
                "aeron:udp?dir=/d&host=h&nodes=a%7Cmtu%3D9:1 | endpoint 0 is 'a|mtu=9:1'",
                "aeron:udp?dir=/d&host=h&meta=m | endpoint 65536 is 'm'",
            })
    void saysWhatIsWrongWithAUri(final String uri, final String what) {
        final TrivetException error =
                assertThrows(TrivetException.class, () -> AeronProvider.parse(URI.create(uri)));
        assertEquals(ErrorCode.INVALID, error.code());
        assertTrue(error.getMessage().contains("'" + uri + "'"), error.getMessage());
        assertTrue(error.getMessage().contains(what), error.getMessage());
        assertTrue(error.getMessage().contains("must look like aeron:ipc"), error.getMessage());
    }
}
