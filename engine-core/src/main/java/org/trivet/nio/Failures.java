package org.trivet.nio;

import org.trivet.TrivetException;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** The exceptions that java.nio.file promises, for errors of Trivet; the cause is kept. */
final class Failures {
    /** Something that fails with a TrivetException. */
    interface Action<T> {
        T run() throws IOException;
    }

    private Failures() {}

    static <T> T translate(final Object path, final Action<T> action) throws IOException {
        try {
            return action.run();
        } catch (final TrivetException error) {
            throw of(String.valueOf(path), error);
        }
    }

    private static IOException of(final String path, final TrivetException error) {
        final IOException failure =
                switch (error.code()) {
                    case NOT_FOUND -> new NoSuchFileException(path, null, error.getMessage());
                    case EXISTS -> new FileAlreadyExistsException(path, null, error.getMessage());
                    case NOT_EMPTY -> new DirectoryNotEmptyException(path);
                    case NOT_DIRECTORY -> new NotDirectoryException(path);
                    case ACCESS_DENIED -> new AccessDeniedException(path, null, error.getMessage());
                    case LOOP -> new FileSystemLoopException(path);
                    case INTERRUPTED -> new InterruptedIOException(error.getMessage());
                    default -> new FileSystemException(path, null, error.getMessage());
                };
        failure.initCause(error);
        return failure;
    }
}
