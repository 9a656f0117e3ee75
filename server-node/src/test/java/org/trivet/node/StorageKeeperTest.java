package org.trivet.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(60)
class StorageKeeperTest {
    /** A member whose storage is gone until it is put back. */
    private static class Member implements StorageKeeper.Member {
        final CountDownLatch reopened = new CountDownLatch(1);
        final AtomicInteger putBack = new AtomicInteger();
        private volatile boolean intact;
        private volatile boolean lost;

        Member(final boolean intact) {
            this.intact = intact;
        }

        @Override
        public String name() {
            return "member";
        }

        @Override
        public boolean isIntact() {
            return intact;
        }

        @Override
        public boolean lose() {
            final boolean before = lost;
            lost = true;
            return !before;
        }

        @Override
        public boolean putBack() {
            putBack.incrementAndGet();
            return true;
        }

        @Override
        public void reopen() {
            intact = true;
            lost = false;
            reopened.countDown();
        }

        @Override
        public boolean beginAnew() {
            return false;
        }
    }

    private static StorageKeeper keeper(final Member member) {
        return new StorageKeeper(
                List.of(member),
                () -> {},
                new StorageKeeper.Nodes() {
                    @Override
                    public <T> T call(final Callable<T> task) {
                        try {
                            return task.call();
                        } catch (final Exception e) {
                            throw new IllegalStateException(e);
                        }
                    }
                });
    }

    @Test
    void whatIsLostIsPutBackAndStartedAgain() throws Exception {
        final Member member = new Member(false);
        try (StorageKeeper _ = keeper(member)) {
            assertTrue(member.reopened.await(30, TimeUnit.SECONDS));
        }
        assertEquals(1, member.putBack.get());
    }

    /** A node whose agent meets its deleted storage while all are being stopped says so here. */
    @Test
    void whatIsLostAfterTheEndIsLeftToThoseWhoStopIt() {
        final Member member = new Member(true);
        final StorageKeeper keeper = keeper(member);
        keeper.close();
        keeper.onLost(member);
        keeper.reopenSoon(member);
        keeper.close();
        assertEquals(0, member.putBack.get());
    }
}
