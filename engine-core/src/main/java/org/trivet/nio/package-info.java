/**
 * Trivet as a {@link java.nio.file.FileSystem}: {@code Files.*} on {@code trivet:} URIs.
 *
 * <p>{@link org.trivet.nio.TrivetFileSystemProvider} puts it over an {@link
 * org.trivet.fs.TrivetFileSystem} that is open:
 *
 * <pre>
 *   FileSystem nio = FileSystems.newFileSystem(URI.create("trivet://name/"), Map.of("files", files));
 *   Files.writeString(nio.getPath("/greeting"), "hello");
 *   Files.readString(Path.of(URI.create("trivet://name/greeting")));
 * </pre>
 *
 * <p>Safe for use by several threads. Attributes are those of "basic" and "posix"; owners and
 * groups are numbers. There is no watch service.
 */
package org.trivet.nio;
