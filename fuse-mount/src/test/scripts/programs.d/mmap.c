/* Two processes write a file through shared mappings, and read each other's bytes; pread sees them after msync. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LENGTH = 3 * 1024 * 1024 + 1234 };

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void check(const unsigned char *bytes, const char *what) {
    for (long i = 0; i < LENGTH; i++) {
        if (bytes[i] != (unsigned char) (i * 17 + i / 4096)) {
            fprintf(stderr, "%s: wrong byte at %ld\n", what, i);
            exit(1);
        }
    }
}

int main(int argc, char **argv) {
    int fd = open(argv[2], O_RDWR | O_CREAT, 0600);
    if (argc != 3 || fd < 0 || ftruncate(fd, LENGTH) != 0) {
        fail("open");
    }
    unsigned char *map = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        fail("mmap");
    }
    if (strcmp(argv[1], "write") == 0) {
        for (int half = 0; half < 2; half++) {
            if (fork() == 0) {
                for (long i = half; i < LENGTH; i += 2) {
                    map[i] = (unsigned char) (i * 17 + i / 4096);
                }
                if (msync(map, LENGTH, MS_SYNC) != 0) {
                    fail("msync");
                }
                _exit(0);
            }
        }
        int status;
        while (wait(&status) > 0) {
            if (status != 0) {
                return 1;
            }
        }
        check(map, "mapping");
        unsigned char *read = malloc(LENGTH);
        if (msync(map, LENGTH, MS_SYNC) != 0 || pread(fd, read, LENGTH, 0) != LENGTH) {
            fail("pread");
        }
        check(read, "pread");
        FILE *twin = fopen("twin", "w");
        if (twin == NULL || fwrite(read, 1, LENGTH, twin) != LENGTH || fclose(twin) != 0) {
            fail("twin");
        }
        /* A private mapping does not write through. */
        unsigned char *own = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        own[5000] ^= 1;
    }
    check(map, "mapping");
    return 0;
}
