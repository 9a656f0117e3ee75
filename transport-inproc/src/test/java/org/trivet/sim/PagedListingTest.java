package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.trivet.ErrorCode;
import org.trivet.fs.Attributes;
import org.trivet.fs.DirectoryEntry;
import org.trivet.sim.NameOperation.Kind;
import org.trivet.sim.Tree.Name;
import org.trivet.sim.Tree.Node;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

class PagedListingTest {
    private static final Name A = new Name(1, "a");
    private static final Name B = new Name(1, "b");

    private final List<NameOperation> operations = new ArrayList<>();
    private long stamp;
    private PagedListing listing;

    private NameOperation begin(final Kind kind, final Name name) {
        final NameOperation operation = new NameOperation(kind, 0, name, null, 0, 0, ++stamp);
        operations.add(operation);
        return operation;
    }

    private void made(final Name name) {
        begin(Kind.CREATE, name).found(new Node(5, false), ++stamp);
    }

    private void listing() {
        listing = new PagedListing(1, ++stamp);
    }

    private static DirectoryEntry entry(final String name, final long cookie) {
        return new DirectoryEntry(
                name.getBytes(StandardCharsets.US_ASCII), 5, Attributes.REGULAR, cookie, null);
    }

    private void page(final DirectoryEntry... entries) {
        listing.add(List.of(entries), ++stamp);
    }

    private void holds() {
        assertNull(listing.findViolation(operations));
    }

    private void isViolated() {
        assertNotNull(listing.findViolation(operations));
    }

    @Test
    void whatIsThereAllTheTimeIsListed() {
        made(A);
        made(B);
        listing();
        page(entry("a", 17));
        page(entry("b", 18));
        page();
        holds();
    }

    @Test
    void andMustNotBeMissed() {
        made(A);
        made(B);
        listing();
        page(entry("a", 17));
        page();
        isViolated();
    }

    @Test
    void norComeTwice() {
        made(A);
        listing();
        page(entry("a", 17));
        page(entry("a", 18));
        page();
        isViolated();
    }

    @Test
    void whatGoesMeanwhileMayBeThereOrNot() {
        made(A);
        listing();
        final NameOperation removal = begin(Kind.UNLINK, A);
        page();
        holds();
        assertTrue(listing.mayHaveBeenChangedBy(removal));
        removal.done(++stamp);
        holds();
    }

    @Test
    void whatWasGoneIsNotListed() {
        made(A);
        begin(Kind.UNLINK, A).done(++stamp);
        begin(Kind.LOOKUP, B).refused(ErrorCode.NOT_FOUND, ++stamp);
        listing();
        page(entry("a", 17));
        page();
        isViolated();
    }

    @Test
    void cookiesGrow() {
        listing();
        Stream.of(entry("a", 17), entry("b", 17)).forEach(this::page);
        page();
        isViolated();
    }

    @Test
    void afterACookieComesWhatCameAfterItBefore() {
        made(A);
        made(B);
        listing();
        page(entry("a", 17), entry("b", 18));
        page();
        listing.addAgain(17, List.of(entry("b", 18)), ++stamp);
        holds();
        listing();
        page(entry("a", 17), entry("b", 18));
        page();
        listing.addAgain(17, List.of(entry("b", 19)), ++stamp);
        isViolated();
    }
}
