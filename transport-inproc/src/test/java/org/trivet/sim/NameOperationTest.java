package org.trivet.sim;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.trivet.ErrorCode;
import org.trivet.fs.InodeFileSystem;
import org.trivet.sim.NameOperation.Kind;
import org.trivet.sim.Tree.Name;
import org.trivet.sim.Tree.Node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class NameOperationTest {
    private static final Name A = new Name(1, "a");
    private static final Name B = new Name(1, "b");

    private final List<NameOperation> operations = new ArrayList<>();
    private long stamp;

    private NameOperation begin(final Kind kind, final Name name, final Name newName) {
        return begin(kind, name, newName, 0, 0);
    }

    private NameOperation begin(
            final Kind kind,
            final Name name,
            final Name newName,
            final int flags,
            final long inode) {
        final NameOperation operation =
                new NameOperation(kind, 0, name, newName, flags, inode, ++stamp);
        operations.add(operation);
        return operation;
    }

    private void done(final Kind kind, final Name name, final Name newName) {
        begin(kind, name, newName).done(++stamp);
    }

    private void refused(final Kind kind, final Name name, final ErrorCode code) {
        begin(kind, name, B).refused(code, ++stamp);
    }

    private void found(final Kind kind, final Name name, final long inode) {
        begin(kind, name, null).found(new Node(inode, kind == Kind.MAKE_DIRECTORY), ++stamp);
    }

    private void listed(final Map<String, Node> entries) {
        begin(Kind.LIST, new Name(1, ""), null).listed(entries, ++stamp);
    }

    private void stat(final long inode, final int links) {
        begin(Kind.STAT, null, null, 0, inode).found(new Node(inode, false), links, ++stamp);
    }

    private void holds() {
        assertNull(new Linearization<>(Tree.EMPTY, operations).findUnexplained());
    }

    private void isViolated() {
        assertNotNull(new Linearization<>(Tree.EMPTY, operations).findUnexplained());
    }

    @Test
    void namesComeAndGo() {
        refused(Kind.LOOKUP, A, ErrorCode.NOT_FOUND);
        found(Kind.CREATE_NEW, A, 5);
        refused(Kind.CREATE_NEW, A, ErrorCode.EXISTS);
        found(Kind.LOOKUP, A, 5);
        begin(Kind.LINK, B, null, 0, 5).found(new Node(5, false), ++stamp);
        stat(5, 2);
        done(Kind.UNLINK, A, null);
        stat(5, 1);
        listed(Map.of("b", new Node(5, false)));
        holds();
    }

    @Test
    void aNameThatWasMadeIsThere() {
        found(Kind.CREATE, A, 5);
        refused(Kind.LOOKUP, A, ErrorCode.NOT_FOUND);
        isViolated();
    }

    @Test
    void aCreationIsNotDoneTwice() {
        found(Kind.CREATE, A, 5);
        refused(Kind.CREATE_NEW, B, ErrorCode.EXISTS);
        isViolated();
    }

    @Test
    void aRenameReplacesAndExchangesAndDoesNot() {
        found(Kind.CREATE, A, 5);
        found(Kind.CREATE, B, 6);
        begin(Kind.RENAME, A, B, InodeFileSystem.RENAME_NO_REPLACE, 0)
                .refused(ErrorCode.EXISTS, ++stamp);
        begin(Kind.RENAME, A, B, InodeFileSystem.RENAME_EXCHANGE, 0).done(++stamp);
        found(Kind.LOOKUP, B, 5);
        done(Kind.RENAME, A, B);
        listed(Map.of("b", new Node(6, false)));
        stat(5, 0);
        holds();
    }

    @Test
    void aReplacedFileHasNoName() {
        found(Kind.CREATE, A, 5);
        found(Kind.CREATE, B, 6);
        done(Kind.RENAME, A, B);
        stat(6, 1);
        isViolated();
    }

    @Test
    void whatNobodyWasToldOfMayHaveBeenDone() {
        begin(Kind.CREATE, A, null);
        found(Kind.LOOKUP, A, 5);
        begin(Kind.UNLINK, A, null);
        refused(Kind.LOOKUP, A, ErrorCode.NOT_FOUND);
        holds();
    }

    @Test
    void butNotTwice() {
        begin(Kind.CREATE, A, null);
        found(Kind.LOOKUP, A, 5);
        found(Kind.LOOKUP, A, 6);
        isViolated();
    }

    @Test
    void operationsAtTheSameTimeComeInAnyOrder() {
        final NameOperation create = begin(Kind.CREATE, A, null);
        final NameOperation unlink = begin(Kind.UNLINK, A, null);
        unlink.done(++stamp);
        create.found(new Node(5, false), ++stamp);
        refused(Kind.LOOKUP, A, ErrorCode.NOT_FOUND);
        holds();
    }

    @Test
    void aDirectoryWithEntriesIsNotRemoved() {
        found(Kind.MAKE_DIRECTORY, A, 5);
        found(Kind.CREATE, new Name(5, "x"), 6);
        refused(Kind.REMOVE_DIRECTORY, A, ErrorCode.NOT_EMPTY);
        holds();
        done(Kind.REMOVE_DIRECTORY, A, null);
        isViolated();
    }

    private void linked(final Name name, final long inode, final String target) {
        final NameOperation operation = begin(Kind.SYMLINK, name, null);
        operation.target = target;
        operation.found(new Node(inode, false, Node.SOMEWHERE), ++stamp);
    }

    private void leads(final long inode, final String target) {
        begin(Kind.READ_LINK, null, null, 0, inode).linkRead(target, ++stamp);
    }

    @Test
    void aSymbolicLinkLeadsWhereItWasMadeTo() {
        linked(A, 5, "x");
        refused(Kind.CREATE, A, ErrorCode.LOOP);
        refused(Kind.SYMLINK, A, ErrorCode.EXISTS);
        begin(Kind.LINK, B, null, 0, 5).found(new Node(5, false, Node.SOMEWHERE), ++stamp);
        done(Kind.UNLINK, A, null);
        leads(5, "x");
        listed(Map.of("b", new Node(5, false, Node.SOMEWHERE)));
        done(Kind.UNLINK, B, null);
        begin(Kind.READ_LINK, null, null, 0, 5).refused(ErrorCode.STALE, ++stamp);
        holds();
    }

    @Test
    void andNowhereElse() {
        linked(A, 5, "x");
        leads(5, "y");
        isViolated();
    }

    @Test
    void aSymbolicLinkIsNoFile() {
        linked(A, 5, "x");
        found(Kind.LOOKUP, A, 5);
        isViolated();
    }
}
