/* Loaded into a process before libc: notes what the process does to the files of one folder, so that a
 * power cut can be made of its death.
 *
 *   BATON_POWER_ROOT    the folder, absolute and without links; only what lies directly in it is noted
 *   BATON_POWER_RECORD  the file of notes, a line each, fields apart by tabs
 *   BATON_POWER_KEPT    a folder of the same file system, where every new file gets a second name
 *   BATON_POWER_SLOW    microseconds that every sync takes longer
 *
 *   created TOKEN NAME      it was not there before; TOKEN is its second name. Afterwards
 *   wrote NAME OFFSET       below the file's end: what is appended shows in its length. Before
 *   cut NAME SIZE           it was given that length. Afterwards
 *   begin TOKEN NAME SIZE   a sync begins, and how long the file is; of the folder: "." and 0
 *   synced TOKEN            that sync succeeded. Before anybody is told so
 *   removing TOKEN NAME     Before
 *   renaming TOKEN FROM TO  Before
 *   failed TOKEN            that did not come about
 *
 * Nothing is kept about descriptors: what one stands for is asked of the system each time, so that a
 * number that is used again misleads nobody. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *root, *kept;
static size_t root_length;
static int record = -1;
static useconds_t slow;
static atomic_ulong number;

#define REAL(name) ((__typeof__(&name)) real(#name))

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) abort();
    return found;
}

__attribute__((constructor)) static void begin_to_note(void) {
    const char *file = getenv("BATON_POWER_RECORD"), *delay = getenv("BATON_POWER_SLOW");
    root = getenv("BATON_POWER_ROOT");
    kept = getenv("BATON_POWER_KEPT");
    if (!file || !root || !kept) return;
    root_length = strlen(root);
    slow = delay ? (useconds_t) strtoul(delay, NULL, 10) : 0;
    number = (unsigned long) getpid() << 32;
    record = REAL(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (record < 0) abort();
}

/* One write a line: lines of several threads do not mix, and a killed process leaves whole ones. */
static void note(const char *format, ...) {
    char line[2 * PATH_MAX];
    int error = errno;
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (REAL(write)(record, line, (size_t) length) != length) abort();
    errno = error;
}

/* The name within the folder of an absolute path, "." of the folder itself; none of all else. */
static const char *name_in(const char *path) {
    if (strncmp(path, root, root_length) != 0) return NULL;
    if (path[root_length] == 0) return ".";
    if (path[root_length] != '/') return NULL;
    const char *name = path + root_length + 1;
    return *name && !strchr(name, '/') ? name : NULL;
}

/* The same of a path that is given to a call, with room for the absolute one. */
static const char *name_at(int folder, const char *path, char *room) {
    if (record < 0 || !path) return NULL;
    if (path[0] == '/') return name_in(path);
    char link[64] = "/proc/self/cwd";
    if (folder != AT_FDCWD) snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, room, PATH_MAX - 1);
    if (length < 0) return NULL;
    snprintf(room + length, (size_t) (PATH_MAX - length), "/%s", path);
    return name_in(room);
}

/* The same of a descriptor: none of a file whose name is gone. */
static const char *name_of(int fd, char *room) {
    if (record < 0) return NULL;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, room, PATH_MAX - 1);
    if (length < 0) return NULL;
    room[length] = 0;
    return name_in(room);
}

static unsigned long token(void) {
    return atomic_fetch_add(&number, 1);
}

/* Whatever becomes of its name, the bytes of a file are found again under its second one. */
static void note_new(const char *name) {
    char from[PATH_MAX], to[PATH_MAX];
    unsigned long as = token();
    int error = errno;
    snprintf(from, sizeof from, "%s/%s", root, name);
    snprintf(to, sizeof to, "%s/%lu", kept, as);
    if (link(from, to) != 0) abort();
    errno = error;
    note("created\t%lu\t%s\n", as, name);
}

typedef int (*opener)(int, const char *, int, mode_t);

static int opened(opener open_it, int folder, const char *path, int flags, mode_t mode) {
    char room[PATH_MAX];
    const char *name = flags & O_CREAT ? name_at(folder, path, room) : NULL;
    int error = errno;
    int was = name && faccessat(folder, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    errno = error;
    int fd = open_it(folder, path, flags, mode);
    if (fd >= 0 && name && !was) note_new(name);
    if (fd >= 0 && was && flags & O_TRUNC) note("cut\t%s\t0\n", name);
    return fd;
}

static int with_open(int folder, const char *path, int flags, mode_t mode) {
    (void) folder;
    return REAL(open)(path, flags, mode);
}

static int with_openat(int folder, const char *path, int flags, mode_t mode) {
    return REAL(openat)(folder, path, flags, mode);
}

static mode_t mode_of(int flags, va_list list) {
    return flags & (O_CREAT | O_TMPFILE) ? (mode_t) va_arg(list, int) : 0;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list list; \
        va_start(list, flags); \
        mode_t mode = mode_of(flags, list); \
        va_end(list); \
        return opened(with_open, AT_FDCWD, path, flags, mode); \
    }
#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        va_list list; \
        va_start(list, flags); \
        mode_t mode = mode_of(flags, list); \
        va_end(list); \
        return opened(with_openat, folder, path, flags, mode); \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

/* How long a file is when its sync begins is all of it that the sync vouches for. */
static int synced(int (*sync_it)(int), int fd) {
    char room[PATH_MAX];
    struct stat is;
    const char *name = name_of(fd, room);
    if (!name || fstat(fd, &is) != 0) return sync_it(fd);
    unsigned long as = token();
    long long size = S_ISDIR(is.st_mode) ? 0 : (long long) is.st_size;
    note("begin\t%lu\t%s\t%lld\n", as, name, size);
    if (slow) usleep(slow);
    int result = sync_it(fd);
    if (result == 0) note("synced\t%lu\n", as);
    return result;
}

int fsync(int fd) { return synced(REAL(fsync), fd); }
int fdatasync(int fd) { return synced(REAL(fdatasync), fd); }

static int was_cut(int (*cut_it)(int, off_t), int fd, off_t size) {
    char room[PATH_MAX];
    const char *name = name_of(fd, room);
    int result = cut_it(fd, size);
    if (result == 0 && name) note("cut\t%s\t%lld\n", name, (long long) size);
    return result;
}

int ftruncate(int fd, off_t size) { return was_cut(REAL(ftruncate), fd, size); }
int ftruncate64(int fd, off64_t size) { return was_cut(REAL(ftruncate), fd, size); }

static void writes(int fd, off_t at) {
    char room[PATH_MAX];
    struct stat is;
    const char *name = name_of(fd, room);
    if (!name || fstat(fd, &is) != 0 || at >= is.st_size) return;
    note("wrote\t%s\t%lld\n", name, (long long) at);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    writes(fd, at);
    return REAL(pwrite)(fd, bytes, length, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    writes(fd, at);
    return REAL(pwrite)(fd, bytes, length, at);
}

static int removed(int folder, const char *path, int flags) {
    char room[PATH_MAX];
    unsigned long as = token();
    const char *name = flags & AT_REMOVEDIR ? NULL : name_at(folder, path, room);
    if (name) note("removing\t%lu\t%s\n", as, name);
    int result = REAL(unlinkat)(folder, path, flags);
    if (name && result != 0) note("failed\t%lu\n", as);
    return result;
}

int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return removed(folder, path, flags); }

static int renamed(int folder, const char *path, int other, const char *to, unsigned flags) {
    char room[PATH_MAX], other_room[PATH_MAX];
    unsigned long as = token();
    const char *name = name_at(folder, path, room), *new_name = name_at(other, to, other_room);
    /* Out of the folder, into it, or one for the other: there is no line that tells of that. */
    if (!name != !new_name || (name && flags & RENAME_EXCHANGE)) abort();
    if (name) note("renaming\t%lu\t%s\t%s\n", as, name, new_name);
    int result = REAL(renameat2)(folder, path, other, to, flags);
    if (name && result != 0) note("failed\t%lu\n", as);
    return result;
}

int rename(const char *path, const char *to) {
    return renamed(AT_FDCWD, path, AT_FDCWD, to, 0);
}
int renameat(int folder, const char *path, int other, const char *to) {
    return renamed(folder, path, other, to, 0);
}
int renameat2(int folder, const char *path, int other, const char *to, unsigned flags) {
    return renamed(folder, path, other, to, flags);
}
