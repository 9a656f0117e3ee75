package org.trivet.node.disk;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/** Says which of our errors an error of the platform is. */
final class FileErrors {
    private static final int EIO = 5;
    private static final int EACCES = 13;
    private static final int ENOTDIR = 20;
    private static final int EISDIR = 21;
    private static final int ENOSPC = 28;
    private static final int EROFS = 30;
    private static final int EDQUOT = 122;

    private FileErrors() {}

    static TrivetException of(final String doing, final Path file, final IOException e) {
        return new TrivetException(codeOf(e), doing + " " + file + ": " + reason(e), e);
    }

    static TrivetException ofErrno(final String doing, final Path file, final int errno) {
        return new TrivetException(codeOf(errno), doing + " " + file + ": errno " + errno);
    }

    static ErrorCode codeOf(final int errno) {
        return switch (errno) {
            case ENOSPC, EDQUOT -> ErrorCode.NO_SPACE;
            case EROFS -> ErrorCode.READ_ONLY;
            case EACCES -> ErrorCode.ACCESS_DENIED;
            case EISDIR -> ErrorCode.IS_DIRECTORY;
            case ENOTDIR -> ErrorCode.NOT_DIRECTORY;
            case EIO -> ErrorCode.IO;
            default -> ErrorCode.IO;
        };
    }

    private static ErrorCode codeOf(final IOException e) {
        if (e instanceof NoSuchFileException) {
            return ErrorCode.NOT_FOUND;
        }
        if (e instanceof AccessDeniedException) {
            return ErrorCode.ACCESS_DENIED;
        }
        final String reason =
                reason(e)
                        .toLowerCase(Locale.ROOT); // the platform hands the number on in words only
        if (reason.contains("no space left") || reason.contains("quota exceeded")) {
            return ErrorCode.NO_SPACE;
        }
        if (reason.contains("is a directory")) {
            return ErrorCode.IS_DIRECTORY;
        }
        if (reason.contains("not a directory")) {
            return ErrorCode.NOT_DIRECTORY;
        }
        return reason.contains("read-only file system") ? ErrorCode.READ_ONLY : ErrorCode.IO;
    }

    private static String reason(final IOException e) {
        if (e instanceof final FileSystemException fileSystem && fileSystem.getReason() != null) {
            return fileSystem.getReason();
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
