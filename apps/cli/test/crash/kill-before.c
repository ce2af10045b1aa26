/*
 * Preloaded into a command and all its children: counts every call that changes the file system below
 * certain directories, in one sequence over all threads and processes, and kills the whole process
 * group right before the N-th of them. "After the N-th" is "before the next one".
 *
 * KILL_ROOTS  the directories, absolute, separated by colons
 * KILL_STATE  a file of 4096 bytes of zeros that all processes share
 * KILL_AT     N, counted from 1; 0 or unset: kill nobody
 * KILL_TORN   set: where the N-th is a write, its first half is written before the kill
 * KILL_LOG    a file to which a line goes as each call begins, and one as it ends
 *
 * Calls elsewhere are not counted; the log has them as "out".
 */
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
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/fs.h>

#define LINE (3 * PATH_MAX)

struct state {
  _Atomic unsigned long count;
};

static struct state *state;
static unsigned long kill_at;
static int torn;
static int log_fd = -1;
static char roots[8][PATH_MAX];
static int root_count;

static long raw_open(const char *path, int flags, int mode) {
  return syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

__attribute__((constructor)) static void start(void) {
  const char *names = getenv("KILL_ROOTS"), *file = getenv("KILL_STATE");
  const char *at = getenv("KILL_AT"), *log = getenv("KILL_LOG");
  if (names == NULL || file == NULL) return;
  while (*names != '\0' && root_count < 8) {
    size_t length = strcspn(names, ":");
    if (length > 0 && length < PATH_MAX) {
      memcpy(roots[root_count], names, length);
      roots[root_count++][length] = '\0';
    }
    names += length + (names[length] == ':');
  }
  long fd = raw_open(file, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return;
  void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
  syscall(SYS_close, fd);
  if (shared == MAP_FAILED) return;
  if (log != NULL && *log != '\0')
    log_fd = (int)raw_open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  kill_at = at == NULL ? 0 : strtoul(at, NULL, 10);
  torn = getenv("KILL_TORN") != NULL;
  state = shared;
}

/* The path of a name as a call gives it, made absolute without following anything. */
static void absolute(char *out, int directory, const char *name) {
  if (name != NULL && name[0] == '/') {
    snprintf(out, PATH_MAX, "%s", name);
    return;
  }
  char link[64], base[PATH_MAX];
  if (directory == AT_FDCWD) strcpy(link, "/proc/self/cwd");
  else snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
  ssize_t length = readlink(link, base, sizeof base - 1);
  if (length < 0) length = 0;
  base[length] = '\0';
  if (name == NULL || *name == '\0') snprintf(out, PATH_MAX, "%s", base);
  else {
    size_t used = strlen(base);
    snprintf(out, PATH_MAX, "%s", base);
    snprintf(out + used, PATH_MAX - used, "/%s", name);
  }
}

static int below(const char *path) {
  for (int index = 0; index < root_count; index += 1) {
    size_t length = strlen(roots[index]);
    if (strncmp(path, roots[index], length) == 0 && (path[length] == '/' || path[length] == '\0'))
      return 1;
  }
  return 0;
}

/* Control characters would break lines, and tabs columns. */
static void put(const char *format, ...) {
  char line[LINE];
  va_list values;
  va_start(values, format);
  int length = vsnprintf(line, sizeof line - 1, format, values);
  va_end(values);
  if (length < 0) return;
  if (length > (int)sizeof line - 2) length = sizeof line - 2;
  for (int index = 0; index < length; index += 1)
    if (line[index] == '\n') line[index] = '?';
  line[length] = '\n';
  syscall(SYS_write, log_fd, line, length + 1);
}

static _Noreturn void end(void) {
  kill(0, SIGKILL);
  for (;;) pause();
}

/* Returns the number of the step, 0 for a call that is none. */
static unsigned long before(const char *call, const char *first, const char *second) {
  if (state == NULL) return 0;
  int kept = errno;
  if (!below(first) && !(second != NULL && below(second))) {
    int apart = strncmp(first, "/proc/", 6) == 0 || strncmp(first, "/dev/", 5) == 0 || first[0] != '/';
    if (log_fd >= 0 && !apart) put("out\t0\t%s\t%s\t%s", call, first, second == NULL ? "" : second);
    errno = kept;
    return 0;
  }
  unsigned long number = atomic_fetch_add(&state->count, 1) + 1;
  if (kill_at != 0 && number > kill_at)
    for (;;) pause();
  if (number == kill_at && !(torn && strcmp(call, "write") == 0)) end();
  if (log_fd >= 0)
    put("begin\t%lu\t%s\t%s\t%s", number, call, first, second == NULL ? "" : second);
  errno = kept;
  return number;
}

static void after(unsigned long number, long result) {
  if (number == 0 || log_fd < 0) return;
  int kept = errno;
  put("end\t%lu\t%ld", number, result);
  errno = kept;
}

static unsigned long before_fd(const char *call, int fd) {
  if (state == NULL) return 0;
  char path[PATH_MAX];
  absolute(path, fd, NULL);
  return before(call, path, NULL);
}

static unsigned long before_at(const char *call, int directory, const char *name) {
  if (state == NULL) return 0;
  char path[PATH_MAX];
  absolute(path, directory, name);
  return before(call, path, NULL);
}

static unsigned long before_two(const char *call, int from, const char *a, int to, const char *b) {
  if (state == NULL) return 0;
  char first[PATH_MAX], second[PATH_MAX];
  absolute(first, from, a);
  absolute(second, to, b);
  return before(call, first, second);
}

#define REAL(type, name, ...) \
  static type (*real)(__VA_ARGS__); \
  if (real == NULL) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define FINISH(type, expression) \
  type result = expression; \
  after(number, (long)result); \
  return result

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(int, #name, const char *, int, ...); \
    va_list values; \
    va_start(values, flags); \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(values, mode_t) : 0; \
    va_end(values); \
    if (!(flags & (O_CREAT | O_TRUNC | __O_TMPFILE))) return real(path, flags, mode); \
    unsigned long number = before_at("open", AT_FDCWD, path); \
    FINISH(int, real(path, flags, mode)); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int directory, const char *path, int flags, ...) { \
    REAL(int, #name, int, const char *, int, ...); \
    va_list values; \
    va_start(values, flags); \
    mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(values, mode_t) : 0; \
    va_end(values); \
    if (!(flags & (O_CREAT | O_TRUNC | __O_TMPFILE))) return real(directory, path, flags, mode); \
    unsigned long number = before_at("open", directory, path); \
    FINISH(int, real(directory, path, flags, mode)); \
  }
OPENAT(openat)
OPENAT(openat64)

#define ONE_PATH(type, name, call, parameters, arguments, ...) \
  type name parameters { \
    REAL(type, #name, __VA_ARGS__); \
    unsigned long number = before_at(call, AT_FDCWD, path); \
    FINISH(type, real arguments); \
  }
ONE_PATH(int, creat, "open", (const char *path, mode_t mode), (path, mode), const char *, mode_t)
ONE_PATH(int, creat64, "open", (const char *path, mode_t mode), (path, mode), const char *, mode_t)
ONE_PATH(int, unlink, "unlink", (const char *path), (path), const char *)
ONE_PATH(int, remove, "unlink", (const char *path), (path), const char *)
ONE_PATH(int, rmdir, "rmdir", (const char *path), (path), const char *)
ONE_PATH(int, mkdir, "mkdir", (const char *path, mode_t mode), (path, mode), const char *, mode_t)
ONE_PATH(int, chmod, "chmod", (const char *path, mode_t mode), (path, mode), const char *, mode_t)
ONE_PATH(int, chown, "chown", (const char *path, uid_t u, gid_t g), (path, u, g), const char *, uid_t, gid_t)
ONE_PATH(int, lchown, "chown", (const char *path, uid_t u, gid_t g), (path, u, g), const char *, uid_t, gid_t)
ONE_PATH(int, truncate, "truncate", (const char *path, off_t to), (path, to), const char *, off_t)
ONE_PATH(int, truncate64, "truncate", (const char *path, off64_t to), (path, to), const char *, off64_t)
ONE_PATH(int, utimes, "utime", (const char *path, const struct timeval t[2]), (path, t), const char *, const struct timeval *)
ONE_PATH(int, lutimes, "utime", (const char *path, const struct timeval t[2]), (path, t), const char *, const struct timeval *)
ONE_PATH(char *, mkdtemp, "mkdir", (char *path), (path), char *)
ONE_PATH(int, mkstemp, "open", (char *path), (path), char *)
ONE_PATH(int, mkstemp64, "open", (char *path), (path), char *)

#define AT_PATH(name, call, parameters, arguments, ...) \
  int name parameters { \
    REAL(int, #name, __VA_ARGS__); \
    unsigned long number = before_at(call, directory, path); \
    FINISH(int, real arguments); \
  }
AT_PATH(unlinkat, flags & AT_REMOVEDIR ? "rmdir" : "unlink", (int directory, const char *path, int flags), (directory, path, flags), int, const char *, int)
AT_PATH(mkdirat, "mkdir", (int directory, const char *path, mode_t mode), (directory, path, mode), int, const char *, mode_t)
AT_PATH(fchmodat, "chmod", (int directory, const char *path, mode_t mode, int flags), (directory, path, mode, flags), int, const char *, mode_t, int)
AT_PATH(fchownat, "chown", (int directory, const char *path, uid_t u, gid_t g, int flags), (directory, path, u, g, flags), int, const char *, uid_t, gid_t, int)
AT_PATH(utimensat, "utime", (int directory, const char *path, const struct timespec t[2], int flags), (directory, path, t, flags), int, const char *, const struct timespec *, int)

#define TWO_PATHS(name, call, parameters, arguments, a, x, b, y, ...) \
  int name parameters { \
    REAL(int, #name, __VA_ARGS__); \
    unsigned long number = before_two(call, a, x, b, y); \
    FINISH(int, real arguments); \
  }
TWO_PATHS(rename, "rename", (const char *x, const char *y), (x, y), AT_FDCWD, x, AT_FDCWD, y, const char *, const char *)
TWO_PATHS(renameat, "rename", (int a, const char *x, int b, const char *y), (a, x, b, y), a, x, b, y, int, const char *, int, const char *)
TWO_PATHS(renameat2, "rename", (int a, const char *x, int b, const char *y, unsigned int f), (a, x, b, y, f), a, x, b, y, int, const char *, int, const char *, unsigned int)
TWO_PATHS(link, "link", (const char *x, const char *y), (x, y), AT_FDCWD, x, AT_FDCWD, y, const char *, const char *)
TWO_PATHS(linkat, "link", (int a, const char *x, int b, const char *y, int f), (a, x, b, y, f), a, x, b, y, int, const char *, int, const char *, int)

/* The log has what a symlink says in the place of a second path. */
static unsigned long before_symlink(const char *target, int directory, const char *name) {
  if (state == NULL) return 0;
  char path[PATH_MAX];
  absolute(path, directory, name);
  return before("symlink", path, target);
}
int symlinkat(const char *target, int directory, const char *path) {
  REAL(int, "symlinkat", const char *, int, const char *);
  unsigned long number = before_symlink(target, directory, path);
  FINISH(int, real(target, directory, path));
}
int symlink(const char *target, const char *path) {
  REAL(int, "symlink", const char *, const char *);
  unsigned long number = before_symlink(target, AT_FDCWD, path);
  FINISH(int, real(target, path));
}

#define BY_FD(type, name, call, parameters, arguments, ...) \
  type name parameters { \
    REAL(type, #name, __VA_ARGS__); \
    unsigned long number = before_fd(call, fd); \
    FINISH(type, real arguments); \
  }

/* A write that is to be torn comes back from `before` with the number of the kill. */
#define WRITE(name, parameters, whole, half, ...) \
  ssize_t name parameters { \
    REAL(ssize_t, #name, __VA_ARGS__); \
    unsigned long number = before_fd("write", fd); \
    if (number != 0 && number == kill_at) { \
      real half; \
      end(); \
    } \
    FINISH(ssize_t, real whole); \
  }
WRITE(write, (int fd, const void *b, size_t n), (fd, b, n), (fd, b, n / 2), int, const void *, size_t)
WRITE(pwrite, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o), (fd, b, n / 2, o), int, const void *, size_t, off_t)
WRITE(pwrite64, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o), (fd, b, n / 2, o), int, const void *, size_t, off64_t)
WRITE(writev, (int fd, const struct iovec *v, int n), (fd, v, n), (fd, v, n / 2), int, const struct iovec *, int)
WRITE(pwritev, (int fd, const struct iovec *v, int n, off_t o), (fd, v, n, o), (fd, v, n / 2, o), int, const struct iovec *, int, off_t)
WRITE(pwritev64, (int fd, const struct iovec *v, int n, off64_t o), (fd, v, n, o), (fd, v, n / 2, o), int, const struct iovec *, int, off64_t)
WRITE(sendfile, (int fd, int in, off_t *o, size_t n), (fd, in, o, n), (fd, in, o, n / 2), int, int, off_t *, size_t)
WRITE(sendfile64, (int fd, int in, off64_t *o, size_t n), (fd, in, o, n), (fd, in, o, n / 2), int, int, off64_t *, size_t)
WRITE(copy_file_range, (int in, off64_t *from, int fd, off64_t *to, size_t n, unsigned int f), (in, from, fd, to, n, f), (in, from, fd, to, n / 2, f), int, off64_t *, int, off64_t *, size_t, unsigned int)
BY_FD(int, ftruncate, "truncate", (int fd, off_t to), (fd, to), int, off_t)
BY_FD(int, ftruncate64, "truncate", (int fd, off64_t to), (fd, to), int, off64_t)
BY_FD(int, fallocate, "truncate", (int fd, int m, off_t o, off_t n), (fd, m, o, n), int, int, off_t, off_t)
BY_FD(int, posix_fallocate, "truncate", (int fd, off_t o, off_t n), (fd, o, n), int, off_t, off_t)
BY_FD(int, fchmod, "chmod", (int fd, mode_t mode), (fd, mode), int, mode_t)
BY_FD(int, fchown, "chown", (int fd, uid_t u, gid_t g), (fd, u, g), int, uid_t, gid_t)
BY_FD(int, futimens, "utime", (int fd, const struct timespec t[2]), (fd, t), int, const struct timespec *)
BY_FD(int, futimes, "utime", (int fd, const struct timeval t[2]), (fd, t), int, const struct timeval *)
BY_FD(int, fsync, "fsync", (int fd), (fd), int)
BY_FD(int, fdatasync, "fsync", (int fd), (fd), int)
BY_FD(int, syncfs, "syncfs", (int fd), (fd), int)

int ioctl(int fd, unsigned long request, ...) {
  REAL(int, "ioctl", int, unsigned long, ...);
  va_list values;
  va_start(values, request);
  void *value = va_arg(values, void *);
  va_end(values);
  unsigned long number = request == FICLONE || request == FICLONERANGE ? before_fd("copy", fd) : 0;
  FINISH(int, real(fd, request, value));
}

/* libuv asks the kernel itself for what an older C library may lack. */
long syscall(long which, ...) {
  REAL(long, "syscall", long, ...);
  va_list values;
  va_start(values, which);
  long a = va_arg(values, long), b = va_arg(values, long), c = va_arg(values, long);
  long d = va_arg(values, long), e = va_arg(values, long), f = va_arg(values, long);
  va_end(values);
  unsigned long number = 0;
  if (which == SYS_copy_file_range) number = before_fd("copy", (int)c);
  else if (which == SYS_renameat2)
    number = before_two("rename", (int)a, (const char *)b, (int)c, (const char *)d);
  long result = real(which, a, b, c, d, e, f);
  after(number, result);
  return result;
}
