/* flock, fcntl and open file description locks between processes: exclusion, ranges, waiting, release at exit. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 4, ROUNDS = 50 };

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int lock(int fd, int command, short type, long start, long length) {
    struct flock range = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &range);
}

static void join(void) {
    int status;
    while (wait(&status) > 0) {
        if (status != 0) {
            fprintf(stderr, "a child failed: %x\n", status);
            exit(1);
        }
    }
}

/* Each adds one to the number in the file, under the lock. */
static void count(const char *path, int kind) {
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    long number = 0;
    if (fd < 0 || pwrite(fd, &number, sizeof number, 0) != sizeof number) {
        fail("create");
    }
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            int mine = open(path, O_RDWR);
            for (int round = 0; round < ROUNDS; round++) {
                if ((kind == 0   ? flock(mine, LOCK_EX)
                     : kind == 1 ? lock(mine, F_SETLKW, F_WRLCK, 0, 8)
                                 : lock(mine, F_OFD_SETLKW, F_WRLCK, 0, 8))
                    != 0) {
                    fail("lock");
                }
                long value;
                if (pread(mine, &value, sizeof value, 0) != sizeof value) {
                    fail("pread");
                }
                value++;
                if (pwrite(mine, &value, sizeof value, 0) != sizeof value) {
                    fail("pwrite");
                }
                if ((kind == 0   ? flock(mine, LOCK_UN)
                     : kind == 1 ? lock(mine, F_SETLKW, F_UNLCK, 0, 8)
                                 : lock(mine, F_OFD_SETLKW, F_UNLCK, 0, 8))
                    != 0) {
                    fail("unlock");
                }
            }
            _exit(0);
        }
    }
    join();
    if (pread(fd, &number, sizeof number, 0) != sizeof number || number != PROCESSES * ROUNDS) {
        fprintf(stderr, "kind %d: counted %ld\n", kind, number);
        exit(1);
    }
    close(fd);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        return 2;
    }
    for (int kind = 0; kind < 3; kind++) {
        count(argv[1], kind);
    }
    /* Ranges: what does not overlap does not exclude; a holder that exits lets go; a waiter is interrupted. */
    int fd = open(argv[1], O_RDWR);
    if (lock(fd, F_SETLK, F_WRLCK, 10, 10) != 0) {
        fail("range");
    }
    if (fork() == 0) {
        int mine = open(argv[1], O_RDWR);
        if (lock(mine, F_SETLK, F_WRLCK, 20, 10) != 0 || lock(mine, F_SETLK, F_RDLCK, 0, 10) != 0) {
            fail("neighbours");
        }
        if (lock(mine, F_SETLK, F_RDLCK, 15, 1) == 0 || (errno != EAGAIN && errno != EACCES)) {
            fail("overlap");
        }
        struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 8};
        if (fcntl(mine, F_GETLK, &range) != 0 || range.l_type != F_WRLCK || range.l_start != 10
            || range.l_pid != getppid()) {
            fail("getlk");
        }
        _exit(0);
    }
    join();
    if (lock(fd, F_SETLK, F_WRLCK, 0, 0) != 0) {
        fail("held after exit");
    }
    int child = fork();
    if (child == 0) {
        int mine = open(argv[1], O_RDWR);
        lock(mine, F_SETLKW, F_WRLCK, 0, 1);
        _exit(1);
    }
    usleep(100000);
    kill(child, 9);
    int status;
    waitpid(child, &status, 0);
    if (lock(fd, F_SETLK, F_UNLCK, 0, 0) != 0 || lock(fd, F_SETLK, F_WRLCK, 0, 1) != 0) {
        fail("after a killed waiter");
    }
    return 0;
}
