package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.trivet.IdleMode;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EngineThreadTest {
    @Test
    void aThreadThatCannotTakeAnAgentDownGoesOn() throws Exception {
        final CompletableFuture<Throwable> told = new CompletableFuture<>();
        final EngineThread engine =
                new EngineThread(
                        "engine",
                        System::nanoTime,
                        (agent, error) -> {
                            told.complete(error);
                            throw new IllegalStateException("cannot take it down");
                        },
                        () -> Long.MAX_VALUE,
                        IdleMode.BALANCED);
        try (engine) {
            final IllegalArgumentException thrown = new IllegalArgumentException("broken");
            engine.call(
                    () -> {
                        engine.add(
                                new Agent() {
                                    @Override
                                    public int doWork() {
                                        throw thrown;
                                    }

                                    @Override
                                    public String roleName() {
                                        return "agent";
                                    }
                                });
                        return null;
                    });
            assertEquals(thrown, told.get(30, TimeUnit.SECONDS));
            assertEquals(7, engine.call(() -> 7));
        }
    }
}
