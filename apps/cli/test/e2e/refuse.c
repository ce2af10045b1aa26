/*
 * Preloaded into a command and all its children: lets the system refuse calls that make something grow
 * below a directory, as a disk quota or a file system that takes few links to a file does.
 *
 * REFUSE_ROOT   the directory, absolute
 * REFUSE_ERRNO  the number of the reason
 * REFUSE_FROM   N: of each process the N-th such call and all that follow are refused
 * REFUSE_LINKS  instead: only a link to a file that has so many is refused
 * REFUSE_TOLD   a file that is made once something was refused
 */
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
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *root, *told;
static int reason;
static unsigned long from, most_links;
static _Atomic unsigned long count;

__attribute__((constructor)) static void start(void) {
  const char *number = getenv("REFUSE_ERRNO"), *nth = getenv("REFUSE_FROM");
  const char *links = getenv("REFUSE_LINKS");
  root = getenv("REFUSE_ROOT");
  told = getenv("REFUSE_TOLD");
  reason = number == NULL ? 0 : atoi(number);
  from = nth == NULL ? 0 : strtoul(nth, NULL, 10);
  most_links = links == NULL ? 0 : strtoul(links, NULL, 10);
}

/* The place of a name as a call gives it, without following its last segment. */
static int below(int directory, const char *name) {
  char link[64], path[2 * PATH_MAX];
  if (root == NULL || reason == 0) return 0;
  if (name != NULL && name[0] == '/') snprintf(path, sizeof path, "%s", name);
  else {
    if (directory == AT_FDCWD) strcpy(link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", directory);
    int kept = errno;
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    errno = kept;
    if (length < 0) return 0;
    snprintf(path + length, sizeof path - length, "/%s", name == NULL ? "" : name);
  }
  size_t length = strlen(root);
  return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static int refusal(void) {
  long fd = told == NULL ? -1 : syscall(SYS_openat, AT_FDCWD, told, O_CREAT | O_WRONLY, 0666);
  if (fd >= 0) syscall(SYS_close, fd);
  errno = reason;
  return 1;
}

static int refuses(int directory, const char *name) {
  if (from == 0 || !below(directory, name)) return 0;
  if (atomic_fetch_add(&count, 1) + 1 < from) return 0;
  return refusal();
}

/* What is there already is another error, or grows by writes alone. */
static int refuses_new(int directory, const char *name) {
  struct stat status;
  int kept = errno, is_there = fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
  errno = kept;
  return is_there ? 0 : refuses(directory, name);
}

static int refuses_link(int at, const char *source, int directory, const char *name) {
  struct stat status;
  if (most_links == 0) return refuses_new(directory, name);
  if (!below(directory, name)) return 0;
  if (fstatat(at, source, &status, AT_SYMLINK_NOFOLLOW) != 0 || status.st_nlink < most_links) return 0;
  return refusal();
}

#define CALL(type, name, parameters, arguments, refused, ...) \
  type name parameters { \
    static type (*real)(__VA_ARGS__); \
    if (real == NULL) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name); \
    return refused ? -1 : real arguments; \
  }

#define OPENS(flags) ((flags) & (O_CREAT | __O_TMPFILE))
#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    static int (*real)(const char *, int, ...); \
    if (real == NULL) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
    va_list values; \
    va_start(values, flags); \
    mode_t mode = OPENS(flags) ? va_arg(values, mode_t) : 0; \
    va_end(values); \
    return OPENS(flags) && refuses_new(AT_FDCWD, path) ? -1 : real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define PATH_AT AT_FDCWD, path
CALL(int, mkdir, (const char *path, mode_t m), (path, m), refuses_new(PATH_AT), const char *, mode_t)
CALL(int, symlink, (const char *to, const char *path), (to, path), refuses_new(PATH_AT), const char *, const char *)
CALL(int, link, (const char *a, const char *b), (a, b), refuses_link(AT_FDCWD, a, AT_FDCWD, b), const char *, const char *)
CALL(int, linkat, (int x, const char *a, int y, const char *b, int f), (x, a, y, b, f), refuses_link(x, a, y, b), int, const char *, int, const char *, int)

#define TO_FD refuses(fd, NULL)
CALL(ssize_t, write, (int fd, const void *b, size_t n), (fd, b, n), TO_FD, int, const void *, size_t)
CALL(ssize_t, pwrite, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o), TO_FD, int, const void *, size_t, off_t)
CALL(ssize_t, pwrite64, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o), TO_FD, int, const void *, size_t, off64_t)
CALL(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n), TO_FD, int, const struct iovec *, int)
CALL(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t o), (fd, v, n, o), TO_FD, int, const struct iovec *, int, off_t)
CALL(ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off64_t o), (fd, v, n, o), TO_FD, int, const struct iovec *, int, off64_t)
CALL(ssize_t, sendfile, (int fd, int in, off_t *o, size_t n), (fd, in, o, n), TO_FD, int, int, off_t *, size_t)
CALL(ssize_t, sendfile64, (int fd, int in, off64_t *o, size_t n), (fd, in, o, n), TO_FD, int, int, off64_t *, size_t)
CALL(ssize_t, copy_file_range, (int in, off64_t *a, int fd, off64_t *b, size_t n, unsigned int f), (in, a, fd, b, n, f), TO_FD, int, off64_t *, int, off64_t *, size_t, unsigned int)

/* Sharing blocks needs metadata alone, which the test's quota does not count; libuv asks the kernel
   itself for what an older C library may lack. */
long syscall(long which, ...) {
  static long (*real)(long, ...);
  if (real == NULL) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  va_list v;
  va_start(v, which);
  long a = va_arg(v, long), b = va_arg(v, long), c = va_arg(v, long);
  long d = va_arg(v, long), e = va_arg(v, long), f = va_arg(v, long);
  va_end(v);
  if (which == SYS_copy_file_range && refuses((int)c, NULL)) return -1;
  return real(which, a, b, c, d, e, f);
}
