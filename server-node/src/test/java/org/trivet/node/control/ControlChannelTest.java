package org.trivet.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

@Timeout(60)
class ControlChannelTest {
    private static final Map<String, CommandHandler> HANDLERS =
            Map.of(
                    "echo", (arguments, progress) -> arguments,
                    "refuse",
                            (arguments, progress) -> {
                                throw new TrivetException(
                                        ErrorCode.BUSY, "node 2 is \"busy\"\nnow");
                            },
                    "break",
                            (arguments, progress) -> {
                                throw new IllegalStateException("as the test wants");
                            },
                    "count",
                            (arguments, progress) -> {
                                for (int i = 0; i < 1000; i++) {
                                    progress.report(Map.of("done", i));
                                }
                                return Map.of();
                            });

    @TempDir private Path directory;

    @Test
    void carriesArgumentsAndResults() {
        final Map<String, Object> arguments =
                Map.of(
                        "text",
                        "line\nbreak \"quoted\" \u00e9\ud83d\ude00\u0000",
                        "number",
                        Long.MAX_VALUE,
                        "small",
                        -1,
                        "real",
                        0.25,
                        "flag",
                        true,
                        "list",
                        List.of(Map.of("n", 1), "x"));
        try (ControlServer _ = new ControlServer(directory, HANDLERS);
                ControlClient client = ControlClient.connect(directory)) {
            assertEquals(arguments, client.call("echo", arguments, Progress.NONE));
            assertEquals(Map.of(), client.call("echo", Map.of(), Progress.NONE));
        }
    }

    @Test
    void tellsErrorsAsTheyWereAndGoesOn() {
        try (ControlServer _ = new ControlServer(directory, HANDLERS);
                ControlClient client = ControlClient.connect(directory)) {
            final TrivetException refused = assertFails(client, "refuse");
            assertEquals(ErrorCode.BUSY, refused.code());
            assertEquals("node 2 is \"busy\"\nnow", refused.getMessage());
            assertEquals(ErrorCode.NOT_SUPPORTED, assertFails(client, "nonsense").code());
            assertEquals(Map.of("a", 1), client.call("echo", Map.of("a", 1), Progress.NONE));
        }
    }

    @Test
    void streamsProgressInOrder() {
        try (ControlServer _ = new ControlServer(directory, HANDLERS);
                ControlClient client = ControlClient.connect(directory)) {
            final List<Object> seen = new ArrayList<>();
            client.call("count", Map.of(), state -> seen.add(state.get("done")));
            assertEquals(1000, seen.size());
            assertEquals(999, seen.get(999));
        }
    }

    @Test
    void servesOthersWhileOneCommandTakesLong() throws Exception {
        final CountDownLatch isIn = new CountDownLatch(1);
        final CountDownLatch mayGo = new CountDownLatch(1);
        final CommandHandler slow =
                (arguments, progress) -> {
                    isIn.countDown();
                    mayGo.await();
                    return Map.of("slow", true);
                };
        final CommandHandler fast = (arguments, progress) -> Map.of("fast", true);
        try (ControlServer _ = new ControlServer(directory, Map.of("slow", slow, "fast", fast))) {
            final CompletableFuture<Map<String, Object>> first =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try (ControlClient client = ControlClient.connect(directory)) {
                                    return client.call("slow", Map.of(), Progress.NONE);
                                }
                            });
            assertTrue(isIn.await(30, TimeUnit.SECONDS));
            try (ControlClient client = ControlClient.connect(directory)) {
                assertEquals(Map.of("fast", true), client.call("fast", Map.of(), Progress.NONE));
            }
            mayGo.countDown();
            assertEquals(Map.of("slow", true), first.get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void closingReleasesThoseWhoWait() throws Exception {
        final CountDownLatch isIn = new CountDownLatch(1);
        final CommandHandler slow =
                (arguments, progress) -> {
                    isIn.countDown();
                    new CountDownLatch(1).await();
                    return Map.of();
                };
        final ControlServer server = new ControlServer(directory, Map.of("slow", slow));
        final CompletableFuture<ErrorCode> waiting =
                CompletableFuture.supplyAsync(
                        () -> {
                            try (ControlClient client = ControlClient.connect(directory)) {
                                return assertFails(client, "slow").code();
                            }
                        });
        assertTrue(isIn.await(30, TimeUnit.SECONDS));
        server.close();
        assertEquals(ErrorCode.CLOSED, waiting.get(30, TimeUnit.SECONDS));
        assertEquals(
                ErrorCode.CLOSED,
                assertThrows(TrivetException.class, () -> ControlClient.connect(directory)).code());
    }

    @Test
    void refusesMoreClientsThanItsBound() {
        final List<ControlClient> clients = new ArrayList<>();
        try (ControlServer _ = new ControlServer(directory, HANDLERS)) {
            for (int i = 0; i < ControlServer.MAX_CLIENTS; i++) {
                clients.add(ControlClient.connect(directory));
                clients.getLast().call("echo", Map.of(), Progress.NONE);
            }
            try (ControlClient tooMany = ControlClient.connect(directory)) {
                final ErrorCode code = assertFails(tooMany, "echo").code();
                assertTrue(code == ErrorCode.BUSY || code == ErrorCode.CLOSED, code::name);
            }
        } finally {
            clients.forEach(ControlClient::close);
        }
    }

    @Test
    void onlyTheOwnerCanReachIt() throws Exception {
        try (ControlServer _ = new ControlServer(directory, HANDLERS)) {
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(directory.resolve("control"))));
        }
    }

    @Test
    void worksWhereThePathIsTooLongForASocket() throws Exception {
        final Path deep = Files.createDirectories(directory.resolve("d".repeat(120)));
        final Path outside;
        try (ControlServer _ = new ControlServer(deep, HANDLERS);
                ControlClient client = ControlClient.connect(deep)) {
            outside = Path.of(Files.readString(deep.resolve("control/location")));
            assertTrue(Files.exists(outside));
            assertEquals(
                    "rwx------",
                    PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(outside.getParent())));
            assertEquals(Map.of("a", 1), client.call("echo", Map.of("a", 1), Progress.NONE));
        }
        assertFalse(Files.exists(outside.getParent()));
        assertFalse(Files.exists(deep.resolve("control/location")));
    }

    @Test
    void saysThatNoClusterRuns() throws Exception {
        final TrivetException never =
                assertThrows(TrivetException.class, () -> ControlClient.connect(directory));
        assertEquals(ErrorCode.CLOSED, never.code());
        assertTrue(
                never.getMessage().startsWith("no cluster runs on " + directory),
                never.getMessage());
        assertEquals(
                ErrorCode.NOT_FOUND,
                assertThrows(
                                TrivetException.class,
                                () -> ControlClient.connect(directory.resolve("absent")))
                        .code());

        // A process that died leaves its socket behind; the next server takes its place.
        Files.createDirectory(directory.resolve("control"));
        final Path socket = directory.resolve("control/socket");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertTrue(Files.exists(socket));
        assertEquals(
                ErrorCode.CLOSED,
                assertThrows(TrivetException.class, () -> ControlClient.connect(directory)).code());
        try (ControlServer _ = new ControlServer(directory, HANDLERS);
                ControlClient client = ControlClient.connect(directory)) {
            assertEquals(Map.of(), client.call("echo", Map.of(), Progress.NONE));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no json\n",
                "[1,2]\n",
                "null\n",
                "\n",
                "{\"command\":\n",
                "{\"command\":\"echo\"}\n",
                "{\"protocol\":2,\"command\":\"echo\"}\n",
                "{\"protocol\":1,\"command\":7}\n",
                "{\"protocol\":1}\n"
            })
    void answersGarbageWithAnError(final String line) throws Exception {
        try (ControlServer _ = new ControlServer(directory, HANDLERS)) {
            assertTrue(exchange(line).contains("\"error\""));
            assertTrue(exchange("{\"protocol\":1,\"command\":\"echo\"}\n").contains("\"result\""));
        }
    }

    @Test
    void answersDeepNestingWithAnError() throws Exception {
        try (ControlServer _ = new ControlServer(directory, HANDLERS)) {
            assertTrue(
                    exchange("{\"protocol\":1,\"x\":" + "[".repeat(30_000) + "\n")
                            .contains("\"error\""));
        }
    }

    @Test
    void boundsTheLengthOfARequest() throws Exception {
        try (ControlServer _ = new ControlServer(directory, HANDLERS)) {
            assertTrue(
                    exchange("x".repeat(ControlServer.MAX_REQUEST_LENGTH + 5000))
                            .contains("longer than"));
        }
    }

    @Test
    void aHandlerThatBreaksIsAnErrorOfTheCommandOnly() {
        try (ControlServer _ = new ControlServer(directory, HANDLERS);
                ControlClient client = ControlClient.connect(directory)) {
            assertEquals(ErrorCode.IO, assertFails(client, "break").code());
            assertEquals(Map.of(), client.call("echo", Map.of(), Progress.NONE));
        }
    }

    private static TrivetException assertFails(final ControlClient client, final String command) {
        return assertThrows(
                TrivetException.class, () -> client.call(command, Map.of(), Progress.NONE));
    }

    private String exchange(final String line) throws IOException {
        final var address = UnixDomainSocketAddress.of(directory.resolve("control/socket"));
        try (SocketChannel channel = SocketChannel.open(address)) {
            final ByteBuffer request = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
            while (request.hasRemaining()) {
                channel.write(request);
            }
            final ByteBuffer answer = ByteBuffer.allocate(4096);
            while (channel.read(answer) > 0 && answer.get(answer.position() - 1) != '\n') {
                assertTrue(answer.hasRemaining());
            }
            return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
        }
    }
}
