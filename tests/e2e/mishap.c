// Preloaded into the binary under test: makes the n-th call that changes a file system go wrong, or writes
// down what was called. Standard streams do not count.
//
//   MISHAP_AT    which call, counted from 1
//   MISHAP_KIND  kill: the process dies before it. half: it writes half of the bytes first (as kill where
//                there are none). A number: the call fails with this errno.
//   MISHAP_LOG   a file that gets a line for every call: its name and paths, with tabs between them
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_long calls;

static void* next(const char* name) { return dlsym(RTLD_NEXT, name); }

static void die(void) {
  kill(getpid(), SIGKILL);
  pause();
}

static void note(const char* call, const char* first, const char* second) {
  const char* log = getenv("MISHAP_LOG");
  if (!log) return;
  char line[3 * PATH_MAX];
  int length =
      snprintf(line, sizeof line, "%s\t%s%s%s\n", call, first, second ? "\t" : "", second ? second : "");
  int fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) return;
  syscall(SYS_write, fd, line, (size_t)length);
  syscall(SYS_close, fd);
}

/* What becomes of a call: 0 it goes on, 1 it writes half and dies, -1 it fails with errno. */
static int fate(const char* call, const char* first, const char* second) {
  note(call, first, second);
  const char* at = getenv("MISHAP_AT");
  const char* kind = getenv("MISHAP_KIND");
  if (!at || !kind || atomic_fetch_add(&calls, 1) + 1 != atol(at)) return 0;
  if (strcmp(kind, "kill") == 0) die();
  if (strcmp(kind, "half") == 0) return 1;
  errno = atoi(kind);
  return -1;
}

// The path behind a link in /proc; empty when there is none.
static void read_link(const char* link, char* path) {
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = 0;
}

static int fate_of_fd(const char* call, int fd) {
  if (fd <= 2) return 0;
  char link[64];
  char path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  read_link(link, path);
  return fate(call, path, NULL);
}

// A file without a name is linked from its descriptor.
static int fate_of_link(const char* from, const char* to) {
  char path[PATH_MAX];
  if (strncmp(from, "/proc/self/fd/", 14) != 0) return fate("link", from, to);
  read_link(from, path);
  return fate("link", path, to);
}

#define WRITE_LIKE(name, parameters, types, whole, half) \
  ssize_t name parameters {                              \
    static ssize_t(*real) types;                         \
    if (!real) *(void**)&real = next(#name);             \
    int outcome = fate_of_fd("write", fd);               \
    if (outcome < 0) return -1;                          \
    if (outcome == 0) return real whole;                 \
    real half;                                           \
    die();                                               \
    return -1;                                           \
  }

WRITE_LIKE(write, (int fd, const void* bytes, size_t size), (int, const void*, size_t), (fd, bytes, size),
           (fd, bytes, size / 2))
WRITE_LIKE(pwrite, (int fd, const void* bytes, size_t size, off_t at), (int, const void*, size_t, off_t),
           (fd, bytes, size, at), (fd, bytes, size / 2, at))
WRITE_LIKE(pwrite64, (int fd, const void* bytes, size_t size, off64_t at),
           (int, const void*, size_t, off64_t), (fd, bytes, size, at), (fd, bytes, size / 2, at))

#define CALL(name, parameters, types, arguments, verdict) \
  int name parameters {                                   \
    static int(*real) types;                              \
    if (!real) *(void**)&real = next(#name);              \
    int outcome = verdict;                                \
    if (outcome > 0) die();                               \
    return outcome < 0 ? -1 : real arguments;             \
  }

CALL(fsync, (int fd), (int), (fd), fate_of_fd("fsync", fd))
CALL(fdatasync, (int fd), (int), (fd), fate_of_fd("fsync", fd))
CALL(syncfs, (int fd), (int), (fd), fate_of_fd("syncfs", fd))
CALL(ftruncate, (int fd, off_t size), (int, off_t), (fd, size), fate_of_fd("ftruncate", fd))
CALL(ftruncate64, (int fd, off64_t size), (int, off64_t), (fd, size), fate_of_fd("ftruncate", fd))
CALL(link, (const char* from, const char* to), (const char*, const char*), (from, to), fate_of_link(from, to))
CALL(linkat, (int a, const char* from, int b, const char* to, int flags),
     (int, const char*, int, const char*, int), (a, from, b, to, flags), fate_of_link(from, to))
CALL(rename, (const char* from, const char* to), (const char*, const char*), (from, to),
     fate("rename", from, to))
CALL(renameat, (int a, const char* from, int b, const char* to), (int, const char*, int, const char*),
     (a, from, b, to), fate("rename", from, to))
CALL(renameat2, (int a, const char* from, int b, const char* to, unsigned flags),
     (int, const char*, int, const char*, unsigned), (a, from, b, to, flags), fate("rename", from, to))
CALL(fchown, (int fd, uid_t owner, gid_t group), (int, uid_t, gid_t), (fd, owner, group),
     fate_of_fd("fchown", fd))
CALL(unlink, (const char* path), (const char*), (path), fate("unlink", path, NULL))
CALL(rmdir, (const char* path), (const char*), (path), fate("rmdir", path, NULL))
CALL(mkdir, (const char* path, mode_t mode), (const char*, mode_t), (path, mode), fate("mkdir", path, NULL))

static int creates(int flags) { return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE; }

#define OPEN_LIKE(name, at_parameter, at_type, at_argument)        \
  int name(at_parameter const char* path, int flags, ...) {        \
    static int (*real)(at_type const char*, int, ...);             \
    if (!real) *(void**)&real = next(#name);                       \
    if (!creates(flags)) return real(at_argument path, flags);     \
    va_list rest;                                                  \
    va_start(rest, flags);                                         \
    mode_t mode = va_arg(rest, mode_t);                            \
    va_end(rest);                                                  \
    int outcome = fate("create", path, NULL);                      \
    if (outcome > 0) die();                                        \
    return outcome < 0 ? -1 : real(at_argument path, flags, mode); \
  }
#define NOTHING
#define AT_PARAMETER int directory,
#define AT_TYPE int,
#define AT_ARGUMENT directory,
OPEN_LIKE(open, NOTHING, NOTHING, NOTHING)
OPEN_LIKE(open64, NOTHING, NOTHING, NOTHING)
OPEN_LIKE(openat, AT_PARAMETER, AT_TYPE, AT_ARGUMENT)
OPEN_LIKE(openat64, AT_PARAMETER, AT_TYPE, AT_ARGUMENT)
