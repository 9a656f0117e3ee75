/*
 * Random operations on one file, through several descriptors and mappings, compared with an array. Usage:
 *
 *     fsx FILE SEED OPERATIONS      changes FILE, and leaves what should be in it in FILE.expected
 *
 * Prints the seed and the last operations when they differ; the same seed does the same again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REACH = 700000, MOST = 150000, PAGE = 4096, LOG = 40, LINE = 120 };

static unsigned char model[REACH + 2 * PAGE];
static unsigned char *aligned;
static long size;
static int plain, appending, direct;
static const char *path;
static uint64_t state, seed;
static char lines[LOG][LINE];
static int count;

static uint64_t number(uint64_t below) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state * 0x2545F4914F6CDD1DULL >> 20) % below;
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = snprintf(lines[count % LOG], LINE, "%6d: ", count);
    vsnprintf(lines[count % LOG] + length, LINE - length, format, arguments);
    va_end(arguments);
    count++;
}

__attribute__((format(printf, 1, 2), noreturn)) static void fail(const char *format, ...) {
    int error = errno;
    for (int i = count < LOG ? 0 : count - LOG; i < count; i++) {
        fprintf(stderr, "%s\n", lines[i % LOG]);
    }
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "fsx: seed %llu: ", (unsigned long long)seed);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, " (errno says %s)\n", strerror(error));
    va_end(arguments);
    exit(1);
}

static void grow(long end) {
    if (end > size) {
        size = end;
    }
}

static void fill(unsigned char *bytes, long length) {
    for (long i = 0; i < length; i++) {
        bytes[i] = 1 + number(255);
    }
}

static void compare(const unsigned char *bytes, long offset, long length, const char *what) {
    for (long i = 0; i < length; i++) {
        if (bytes[i] != model[offset + i]) {
            fail("%s: byte %ld is %02x instead of %02x", what, offset + i, bytes[i], model[offset + i]);
        }
    }
}

static void check_size(const char *what) {
    struct stat now;
    if (fstat(plain, &now) != 0 || now.st_size != size) {
        fail("%s: the size is %ld instead of %ld", what, (long)now.st_size, size);
    }
}

static void open_all(void) {
    plain = open(path, O_RDWR | O_CREAT, 0644);
    appending = open(path, O_RDWR | O_APPEND);
    direct = open(path, O_RDWR | O_DIRECT);
    if (plain < 0 || appending < 0 || direct < 0) {
        fail("open");
    }
}

static void read_some(int fd, long offset, long length, const char *what) {
    note("%s %ld bytes at %ld", what, length, offset);
    long expected = offset >= size ? 0 : size - offset < length ? size - offset : length;
    memset(aligned, 0xA5, length);
    if (pread(fd, aligned, length, offset) != expected) {
        fail("%s: a short read", what);
    }
    compare(aligned, offset, expected, what);
}

static void write_some(int fd, long offset, long length, const char *what) {
    note("%s %ld bytes at %ld of %ld", what, length, offset, size);
    fill(aligned, length);
    if (pwrite(fd, aligned, length, offset) != length) {
        fail("%s: a short write", what);
    }
    memcpy(model + offset, aligned, length);
    grow(offset + length);
}

static void map(long offset, long length, int writes) {
    if (offset >= size) {
        return;
    }
    if (offset + length > size) {
        length = size - offset;
    }
    note("mmap %s %ld bytes at %ld", writes ? "write" : "read", length, offset);
    long start = offset / PAGE * PAGE;
    unsigned char *memory =
        mmap(NULL, offset + length - start, writes ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, plain, start);
    if (memory == MAP_FAILED) {
        fail("mmap");
    }
    if (writes) {
        fill(memory + (offset - start), length);
        memcpy(model + offset, memory + (offset - start), length);
        if (number(3) == 0 && msync(memory, offset + length - start, MS_SYNC) != 0) {
            fail("msync");
        }
    } else {
        compare(memory + (offset - start), offset, length, "mmap read");
        long end = (size + PAGE - 1) / PAGE * PAGE;
        if (offset + length == size && end > size) {
            for (long i = size; i < end; i++) {
                if (memory[i - start] != 0) {
                    fail("mmap read: byte %ld, behind the end, is not 0", i);
                }
            }
        }
    }
    munmap(memory, offset + length - start);
}

static void allocate(int mode, long offset, long length, const char *what) {
    note("%s %ld bytes at %ld of %ld", what, length, offset, size);
    if (fallocate(plain, mode, offset, length) != 0) {
        fail("%s", what);
    }
    if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) {
        memset(model + offset, 0, length);
    }
    if (!(mode & FALLOC_FL_KEEP_SIZE)) {
        grow(offset + length);
    }
}

static void copy(long from, long to, long length) {
    if (from + length > size || (from < to + length && to < from + length)) {
        return;
    }
    note("copy %ld bytes from %ld to %ld", length, from, to);
    off_t in = from, out = to;
    long left = length;
    while (left > 0) {
        long copied = copy_file_range(plain, &in, plain, &out, left, 0);
        if (copied <= 0) {
            fail("copy_file_range: %ld", copied);
        }
        left -= copied;
    }
    memmove(model + to, model + from, length);
    grow(to + length);
}

static void step(void) {
    long offset = number(number(4) == 0 ? size + 1 : REACH - MOST);
    long length = 1 + number(number(3) == 0 ? 64 : number(2) == 0 ? 3 * PAGE : MOST);
    if (offset > REACH) {
        offset = REACH;
    }
    if (length > REACH - offset) {
        length = REACH - offset + 1;
    }
    switch (number(16)) {
    case 0:
    case 1:
        read_some(plain, offset, length, "read");
        break;
    case 2:
        read_some(direct, offset / PAGE * PAGE, (length + PAGE - 1) / PAGE * PAGE, "direct read");
        break;
    case 3:
    case 4:
        write_some(plain, offset, length, "write");
        break;
    case 5:
        write_some(direct, offset / PAGE * PAGE, (length + PAGE - 1) / PAGE * PAGE, "direct write");
        break;
    case 6:
        if (length <= REACH - size) {
            note("append %ld bytes to %ld", length, size);
            fill(aligned, length);
            if (write(appending, aligned, length) != length) {
                fail("append: a short write");
            }
            memcpy(model + size, aligned, length);
            grow(size + length);
        }
        break;
    case 7:
        offset = number(8) == 0 ? 0 : offset;
        note("truncate from %ld to %ld", size, offset);
        if (ftruncate(plain, offset) != 0) {
            fail("ftruncate");
        }
        if (offset < size) {
            memset(model + offset, 0, size - offset);
        }
        size = offset;
        break;
    case 8:
        allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length, "punch");
        break;
    case 9:
        allocate(number(2) ? FALLOC_FL_ZERO_RANGE : FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, offset, length, "zero");
        break;
    case 10:
        allocate(number(2) ? 0 : FALLOC_FL_KEEP_SIZE, offset, length, "allocate");
        break;
    case 11:
    case 12:
        map(offset, length, number(2));
        break;
    case 13:
        copy(number(size + 1), offset, length);
        break;
    case 14:
        note("sync");
        if (number(2) ? fsync(plain) : fdatasync(direct)) {
            fail("sync");
        }
        break;
    default:
        if (number(4) == 0) {
            note("close and open");
            close(plain);
            close(appending);
            close(direct);
            open_all();
        }
    }
    check_size("after that");
    if (number(50) == 0) {
        read_some(number(2) ? plain : appending, 0, REACH + PAGE, "read all");
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        return 2;
    }
    path = argv[1];
    seed = strtoull(argv[2], NULL, 10);
    state = seed * 0x9E3779B97F4A7C15ULL | 1;
    if (posix_memalign((void **)&aligned, PAGE, REACH + 2 * PAGE) != 0) {
        return 2;
    }
    open_all();
    if (ftruncate(plain, 0) != 0) {
        fail("ftruncate");
    }
    for (int i = atoi(argv[3]); i > 0; i--) {
        step();
    }
    read_some(plain, 0, REACH + PAGE, "read all");
    char name[4096];
    snprintf(name, sizeof name, "%s.expected", path);
    int expected = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (expected < 0 || write(expected, model, size) != size || close(expected) != 0) {
        fail("what is expected");
    }
    return 0;
}
