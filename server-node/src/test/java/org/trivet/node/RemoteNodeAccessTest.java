package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.node.control.CommandHandler;
import org.trivet.node.control.ControlClient;
import org.trivet.node.control.ControlServer;
import org.trivet.node.control.Progress;
import org.trivet.replica.CopyPiece;
import org.trivet.replica.LostRange;
import org.trivet.replica.MemberLosses;
import org.trivet.replica.NodeLosses;
import org.trivet.replica.StoredCopy;

import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(120)
class RemoteNodeAccessTest {
    private static final Duration PATIENT = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir private Path directory;
    private RemoteNodeAccess remote;

    @BeforeEach
    void makeAccess() {
        remote = new RemoteNodeAccess(2, directory, PATIENT);
    }

    @AfterEach
    void close() {
        remote.close();
    }

    private ControlServer serve(final Map<String, CommandHandler> handlers) {
        return new ControlServer(directory, handlers);
    }

    private static CommandHandler answering(final Map<String, Object> answer) {
        return (_, _) -> answer;
    }

    private static TrivetException fails(final Executable action) {
        return assertThrows(TrivetException.class, action);
    }

    @ParameterizedTest(name = "seed={0}")
    @ValueSource(longs = {1, 2, 3})
    void answersAsTheNodeItself(final long seed) throws InterruptedException {
        final RandomNode node = new RandomNode(seed);
        final RandomNode values = new RandomNode(-seed);
        try (ControlServer _ = serve(NodeControl.handlers(node))) {
            for (int i = 0; i < 100; i++) {
                assertEquals(remote.report(), node.answered);
                assertEquals(remote.losses(), node.answered);
                final BlockTally tally = values.tally();
                assertEquals(remote.countBlocks(tally), node.answered);
                assertEquals(tally, node.asked);
                final UnitRange units = values.units();
                assertEquals(remote.inspect(units), node.answered);
                assertEquals(units, node.asked);
                final var request = values.pieceRequest();
                assertEquals(remote.piece(request), node.answered);
                assertEquals(request, node.asked);
                final DamageOrder order = values.damageOrder();
                assertEquals(remote.damage(order), node.answered);
                assertEquals(order, node.asked);
                remote.scrub();
                assertEquals("scrub", node.asked);
                final LossOrder loss = new LossOrder(values.range(), values.number());
                remote.acceptLoss(loss.range(), loss.firstUnusedDataId());
                assertEquals(loss, node.asked);
            }
        }
    }

    @Test
    void errorsAreThrownAsTheyWere() throws InterruptedException {
        final RuntimeException[] error = new RuntimeException[1];
        final CommandHandler failing =
                (_, _) -> {
                    throw error[0];
                };
        try (ControlServer _ = serve(Map.of("losses", failing, "damage", failing))) {
            for (final ErrorCode code : ErrorCode.values()) {
                error[0] = new TrivetException(code, "node 2 says \"" + code + "\"\n");
                for (final Executable action :
                        List.<Executable>of(() -> remote.losses(), () -> remote.damage(any()))) {
                    final TrivetException thrown = fails(action);
                    assertEquals(code, thrown.code());
                    assertEquals(error[0].getMessage(), thrown.getMessage());
                }
            }
            error[0] = new IllegalStateException("as the test wants");
            assertEquals(ErrorCode.IO, fails(remote::losses).code());
            assertEquals(ErrorCode.NOT_SUPPORTED, fails(remote::scrub).code());
        }
    }

    private static DamageOrder any() {
        return new DamageOrder(DamageRequest.Kind.DATA, null, 1);
    }

    @Test
    void nobodyThereIsClosed() {
        final TrivetException error = fails(remote::report);
        assertEquals(ErrorCode.CLOSED, error.code());
        assertEquals("node 2 is not running", error.getMessage());
        try (RemoteNodeAccess nowhere =
                new RemoteNodeAccess(3, directory.resolve("none"), PATIENT)) {
            assertEquals("node 3 is not running", fails(nowhere::scrub).getMessage());
        }
    }

    @Test
    void aNodeThatHangsIsGivenUpAfterATime() throws Exception {
        final CountDownLatch mayGo = new CountDownLatch(1);
        final CommandHandler hanging =
                (_, _) -> {
                    mayGo.await();
                    return Map.of();
                };
        try (ControlServer _ = serve(Map.of("scrub", hanging));
                RemoteNodeAccess hasty = new RemoteNodeAccess(2, directory, SHORT)) {
            final List<CompletableFuture<TrivetException>> all = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                all.add(CompletableFuture.supplyAsync(() -> fails(hasty::scrub)));
            }
            for (final CompletableFuture<TrivetException> each : all) {
                final TrivetException error = each.get(60, TimeUnit.SECONDS);
                assertEquals(ErrorCode.TIMED_OUT, error.code());
                assertEquals("node 2 has not answered within 300 ms", error.getMessage());
            }
            mayGo.countDown();
            remote.scrub(); // it goes on
        }
    }

    @Test
    void oneWhoWaitsCanBeInterrupted() throws Exception {
        final CountDownLatch isIn = new CountDownLatch(1);
        final CommandHandler hanging =
                (_, _) -> {
                    isIn.countDown();
                    new CountDownLatch(1).await();
                    return Map.of();
                };
        try (ControlServer _ = serve(Map.of("scrub", hanging))) {
            final CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            final Thread waiting =
                    Thread.startVirtualThread(
                            () -> {
                                try {
                                    remote.scrub();
                                    thrown.complete(null);
                                } catch (final Throwable e) {
                                    thrown.complete(e);
                                }
                            });
            isIn.await();
            waiting.interrupt();
            assertEquals(InterruptedException.class, thrown.get(60, TimeUnit.SECONDS).getClass());
        }
    }

    @Test
    void aNodeThatDiesIsClosedAndIsReachedWhenItIsThereAgain() throws Exception {
        final CountDownLatch isIn = new CountDownLatch(1);
        final CommandHandler hanging =
                (_, _) -> {
                    isIn.countDown();
                    new CountDownLatch(1).await();
                    return Map.of();
                };
        final ControlServer first = serve(Map.of("scrub", hanging));
        final CompletableFuture<TrivetException> dying =
                CompletableFuture.supplyAsync(() -> fails(remote::scrub));
        isIn.await();
        first.close();
        assertEquals(ErrorCode.CLOSED, dying.get(60, TimeUnit.SECONDS).code());

        final AtomicInteger done = new AtomicInteger();
        final CommandHandler counting =
                (_, _) -> {
                    done.incrementAndGet();
                    return Map.of();
                };
        for (int i = 1; i <= 3; i++) {
            try (ControlServer _ = serve(Map.of("scrub", counting, "damage", counting))) {
                remote.scrub();
                remote.damage(any());
                remote.scrub();
                assertEquals(3 * i, done.get());
            }
        }
        assertEquals(ErrorCode.CLOSED, fails(remote::scrub).code());
    }

    @Test
    void connectionsAreUsedAgain() throws Exception {
        final AtomicInteger done = new AtomicInteger();
        final CommandHandler counting =
                (_, _) -> {
                    done.incrementAndGet();
                    return Map.of();
                };
        try (ControlServer _ = serve(Map.of("scrub", counting))) {
            for (int i = 0; i < 3 * ControlServer.MAX_CLIENTS; i++) {
                remote.scrub(); // each on a connection of its own would be too many at once
            }
            assertEquals(3 * ControlServer.MAX_CLIENTS, done.get());
        }
    }

    @Test
    void answersThatAreNoneGiveTypedErrors() throws InterruptedException {
        final List<Object> values =
                Arrays.asList(
                        null,
                        1,
                        -1L,
                        1.5,
                        new BigInteger("18446744073709551616"),
                        true,
                        "text",
                        "QQ==",
                        List.of(),
                        Arrays.asList(1, null),
                        Map.of(),
                        Map.of("a", List.of()));
        final List<Class<? extends Record>> types =
                List.of(
                        ClusterStatus.NodeReport.class,
                        NodeLosses.class,
                        CopyPiece.class,
                        StoredCopy.class,
                        Damage.class,
                        DamageOrder.class,
                        LossOrder.class,
                        BlockTally.class,
                        UnitRange.class);
        final RandomNode node = new RandomNode(5);
        final List<Record> good = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            good.addAll(List.of(node.report(), node.losses(), node.piece(node.pieceRequest())));
            good.add(node.damageOrder());
        }
        for (final Record each : good) {
            for (final Object value : values) {
                for (final Class<? extends Record> type : types) {
                    decodeOrRefuse(type, value);
                }
                garble(each, RecordJson.encode(each), value);
            }
        }
    }

    /** Puts a value in each place of a record's JSON in turn. */
    private static void garble(
            final Record record, final Map<String, Object> json, final Object value) {
        for (final String name : List.copyOf(json.keySet())) {
            final Object before = json.put(name, value);
            decodeOrRefuse(record.getClass(), json);
            if (before instanceof final Map<?, ?> nested) {
                for (final Object key : nested.keySet()) {
                    final Map<Object, Object> garbled = new HashMap<>(nested);
                    garbled.put(key, value);
                    json.put(name, garbled);
                    decodeOrRefuse(record.getClass(), json);
                }
            }
            if (before instanceof final List<?> list && !list.isEmpty()) {
                final List<Object> garbled = new ArrayList<>(list);
                garbled.set(0, value);
                json.put(name, garbled);
                decodeOrRefuse(record.getClass(), json);
            }
            json.put(name, before);
        }
        assertEquals(record, RecordJson.decode(record.getClass(), json));
    }

    private static void decodeOrRefuse(final Class<? extends Record> type, final Object json) {
        try {
            assertNotNull(RecordJson.decode(type, json));
        } catch (final TrivetException e) {
            assertEquals(ErrorCode.INVALID, e.code(), e::toString);
        }
    }

    @Test
    void wrongAnswersNameTheNodeAndWrongRequestsWhatIsWrong() throws InterruptedException {
        try (ControlServer _ =
                serve(
                        Map.of(
                                "losses",
                                answering(Map.of("node", 2, "incarnation", "many")),
                                "damage",
                                answering(Map.of("damage", 7))))) {
            final TrivetException losses = fails(remote::losses);
            assertEquals(ErrorCode.IO, losses.code());
            assertEquals(
                    "node 2 answers what is no answer: NodeLosses.incarnation cannot be many",
                    losses.getMessage());
            assertEquals(ErrorCode.IO, fails(() -> remote.damage(any())).code());
        }
        try (ControlServer _ = serve(NodeControl.handlers(new RandomNode(1)));
                ControlClient client = ControlClient.connect(directory, "node 2")) {
            final List<Map<String, Object>> wrong =
                    List.of(
                            Map.of(),
                            Map.of("group", "x"),
                            Map.of("group", 1, "dataId", 1.5, "firstUnit", 0, "endUnit", 1),
                            Map.of("group", 1, "dataId", 1, "firstUnit", 5, "endUnit", 5),
                            Map.of("kind", "NONE", "seed", 1),
                            Map.of("range", List.of(), "firstUnusedDataId", 1));
            for (final String command :
                    List.of("inspect", "piece", "damage", "count-blocks", "accept-loss")) {
                for (final Map<String, Object> arguments : wrong) {
                    final TrivetException error =
                            fails(() -> client.call(command, arguments, Progress.NONE));
                    assertEquals(ErrorCode.INVALID, error.code(), error::toString);
                }
            }
        }
    }

    @Test
    void theLargestAnswersFitIntoALine() throws Exception {
        final List<LostRange> ranges = new ArrayList<>();
        for (int i = 0; i < 4096; i++) {
            ranges.add(
                    new LostRange(
                            999, Long.MIN_VALUE + i, Long.MAX_VALUE, Long.MIN_VALUE + i, 1L << 62));
        }
        final List<LostRange> givenUp = new ArrayList<>(ranges);
        givenUp.addAll(ranges);
        final NodeLosses losses =
                new NodeLosses(2, 1, 0, false, List.of(new MemberLosses(7, true, ranges, givenUp)));
        final Map<String, Object> json = RecordJson.encode(losses);
        final int members = VolumeConfig.MAX_REPLICA_COUNT;
        assertTrue((long) JSON.std.asString(json).length() * members < 16 << 20);
        try (ControlServer _ = serve(Map.of("losses", answering(json)))) {
            assertEquals(losses, remote.losses());
        }
    }
}
