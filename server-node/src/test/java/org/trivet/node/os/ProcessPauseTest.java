package org.trivet.node.os;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

class ProcessPauseTest {
    @Test
    void whoStandsStillGoesOn() throws IOException, InterruptedException {
        final Process cat = new ProcessBuilder("cat").start();
        try {
            ProcessPause.pause(cat.pid());
            cat.getOutputStream().close(); // upon which it ends, once it runs
            assertFalse(cat.waitFor(100, TimeUnit.MILLISECONDS));
            ProcessPause.resumeIfAlive(cat.toHandle());
            assertTrue(cat.waitFor(20, TimeUnit.SECONDS));
        } finally {
            cat.destroyForcibly();
        }
    }

    @Test
    void whoHasEndedMeanwhileIsNotMissedByWhoWantsItToEnd() throws Exception {
        final Process ended = new ProcessBuilder("true").start();
        assertEquals(0, ended.waitFor());
        assertEquals(
                ErrorCode.IO,
                assertThrows(TrivetException.class, () -> ProcessPause.resume(ended.pid())).code());
        assertDoesNotThrow(() -> ProcessPause.resumeIfAlive(ended.toHandle()));
    }
}
