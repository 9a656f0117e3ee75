package org.trivet.node;

import org.trivet.ErrorCode;
import org.trivet.TrivetException;
import org.trivet.VolumeConfig;
import org.trivet.block.Placement;
import org.trivet.fs.Attributes;
import org.trivet.fs.TrivetFileSystem;
import org.trivet.replica.GroupLosses;
import org.trivet.replica.LostRange;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;

/** Finds the files, and the blocks of them, that lie in ranges of keys which are lost. */
final class LossSurvey {
    private static final int MAX_BLOCKS = 100;

    private final VolumeConfig volume;
    private final TrivetFileSystem files;
    private final List<GroupLosses> groups;
    private final List<FileLoss> found = new ArrayList<>();

    LossSurvey(
            final VolumeConfig volume,
            final TrivetFileSystem files,
            final List<GroupLosses> groups) {
        this.volume = volume;
        this.files = files;
        this.groups = groups;
    }

    /** Goes through all directories; what is removed meanwhile is left out. */
    List<FileLoss> survey() {
        if (groups.stream()
                .anyMatch(group -> !group.ranges().isEmpty() || !group.givenUp().isEmpty())) {
            descend("");
        }
        return found;
    }

    private void descend(final String directory) {
        for (final String name : files.list(directory.isEmpty() ? "/" : directory)) {
            final String path = directory + "/" + name;
            try {
                final Attributes file = files.linkAttributes(path);
                if (file.isDirectory()) {
                    descend(path);
                } else {
                    look(path, file);
                }
            } catch (final TrivetException gone) {
                if (gone.code() != ErrorCode.NOT_FOUND) {
                    throw gone;
                }
            }
        }
    }

    private void look(final String path, final Attributes file) {
        final Blocks lost = new Blocks(file, GroupLosses::ranges);
        final Blocks givenUp = new Blocks(file, GroupLosses::givenUp);
        if (lost.count + givenUp.count > 0) {
            found.add(
                    new FileLoss(
                            path,
                            lost.count,
                            List.copyOf(lost.first),
                            givenUp.count,
                            List.copyOf(givenUp.first)));
        }
    }

    /** The blocks of a file that lie in ranges. */
    private final class Blocks {
        private final TreeSet<Long> first = new TreeSet<>();
        private long count;

        Blocks(final Attributes file, final Function<GroupLosses, List<LostRange>> ranges) {
            final int nodes = volume.nodeCount();
            final int start = Placement.startGroup(file.dataId(), nodes);
            for (final GroupLosses group : groups) {
                final int firstBlock = Placement.firstBlock(start, group.group(), nodes);
                final long stripLength =
                        Placement.stripLengthBefore(
                                file.size(), firstBlock, nodes, volume.blockLength());
                final long blocks = (stripLength + volume.blockLength() - 1) / volume.blockLength();
                long next = 0;
                for (final LostRange range : ranges.apply(group)) {
                    final long from = range.firstUnit(file.dataId()) / volume.unitsPerBlock();
                    final long units = range.endUnit(file.dataId());
                    if (units <= range.firstUnit(file.dataId())) {
                        continue;
                    }
                    final long to = Math.min(blocks, (units - 1) / volume.unitsPerBlock() + 1);
                    next = Math.max(next, from);
                    count += Math.max(0, to - next);
                    for (int i = 0; i < MAX_BLOCKS && next + i < to; i++) {
                        first.add(firstBlock + (next + i) * nodes);
                    }
                    next = Math.max(next, to);
                    while (first.size() > MAX_BLOCKS) {
                        first.pollLast();
                    }
                }
            }
        }
    }
}
