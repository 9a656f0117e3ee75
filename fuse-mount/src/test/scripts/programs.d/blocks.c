/* Seeks, overwrites one block and reads it back; then the whole file is what it must be. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 65536, BLOCKS = 40, CHANGED = 17, ODD = 3 * BLOCK - 5 };

static unsigned char expected(long at) {
    if (at >= (long) CHANGED * BLOCK && at < (long) (CHANGED + 1) * BLOCK) {
        return (unsigned char) (at * 31 + 7);
    }
    if (at >= ODD && at < ODD + 11) {
        return 'x';
    }
    return (unsigned char) (at ^ at >> 9);
}

static void fail(const char *what, long at) {
    fprintf(stderr, "%s at %ld\n", what, at);
    perror(what);
    exit(1);
}

static unsigned char block[BLOCK];

static void check(int fd) {
    for (long b = 0; b < BLOCKS; b++) {
        if (pread(fd, block, BLOCK, b * BLOCK) != BLOCK) {
            fail("pread", b);
        }
        for (long i = 0; i < BLOCK; i++) {
            if (block[i] != expected(b * BLOCK + i)) {
                fail("wrong byte", b * BLOCK + i);
            }
        }
    }
    if (pread(fd, block, BLOCK, (long) BLOCKS * BLOCK) != 0) {
        fail("end", BLOCKS);
    }
}

int main(int argc, char **argv) {
    int fd = open(argv[2], O_RDWR | O_CREAT, 0600);
    if (argc != 3 || fd < 0) {
        fail("open", 0);
    }
    if (strcmp(argv[1], "write") == 0) {
        for (long b = 0; b < BLOCKS; b++) {
            for (long i = 0; i < BLOCK; i++) {
                long at = b * BLOCK + i;
                block[i] = (unsigned char) (at ^ at >> 9);
            }
            if (write(fd, block, BLOCK) != BLOCK) {
                fail("write", b);
            }
        }
        for (long i = 0; i < BLOCK; i++) {
            block[i] = (unsigned char) (((long) CHANGED * BLOCK + i) * 31 + 7);
        }
        if (lseek(fd, (long) CHANGED * BLOCK, SEEK_SET) < 0 || write(fd, block, BLOCK) != BLOCK) {
            fail("overwrite", CHANGED);
        }
        if (pwrite(fd, "xxxxxxxxxxx", 11, ODD) != 11) {
            fail("pwrite", ODD);
        }
        check(fd);
        if (fsync(fd) != 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) {
            fail("fsync", 0);
        }
    }
    check(fd);
    return close(fd) == 0 ? 0 : 1;
}
