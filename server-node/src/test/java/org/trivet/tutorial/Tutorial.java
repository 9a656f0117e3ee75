package org.trivet.tutorial;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.trivet.fs.Caller;
import org.trivet.fs.TrivetFile;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.node.DataDirectory;
import org.trivet.node.LocalCluster;
import org.trivet.node.VolumeOptions;

import java.io.PrintStream;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The example of the README, which contains the marked lines. */
final class Tutorial {
    private Tutorial() {}

    static void run(final Path path, final PrintStream out) throws InterruptedException {
        // begin
        try (DataDirectory data = DataDirectory.open(path, VolumeOptions.NONE);
                LocalCluster cluster = LocalCluster.start(data)) {
            var files = new TrivetFileSystem(cluster.client(), Caller.ROOT, () -> {});
            files.makeDirectory("/letters");
            files.write("/letters/first", "Dear reader,\n".getBytes(UTF_8));

            cluster.killNode(1); // reads go on: one good copy of a block will do
            out.print(new String(files.read("/letters/first"), UTF_8));

            cluster.startNode(1); // writes need all copies: one would wait until the node is back
            try (TrivetFile file = files.open("/letters/first", StandardOpenOption.WRITE)) {
                byte[] name = "writer,".getBytes(UTF_8);
                file.write(5, name, 0, name.length);
                file.sync(); // on the disks of all copies
            }
            cluster.wipeNode(2); // its storage is deleted; it is rebuilt from the other copies
            out.print(new String(files.read("/letters/first"), UTF_8));
        }
        // end
    }
}
