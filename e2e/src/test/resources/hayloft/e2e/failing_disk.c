/*
 * Makes a disk fail under an unchanged program: preloaded (LD_PRELOAD), it lets calls that read, write or sync fail with EIO, or syncs hang.
 *
 *   FAILING_DISK_PATTERN  fnmatch(3) pattern of the files' whole paths
 *   FAILING_DISK_CALLS    "read", "write", "sync" or several of them with commas; "hang" for syncs that do not return
 *   FAILING_DISK_TRIGGER  calls fail, or hang, as long as this file exists
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int fails(int fd, const char *call) {
  const char *pattern = getenv("FAILING_DISK_PATTERN");
  const char *calls = getenv("FAILING_DISK_CALLS");
  const char *trigger = getenv("FAILING_DISK_TRIGGER");
  if (!pattern || !calls || !trigger || !strstr(calls, call)) {
    return 0;
  }
  int saved = errno;
  char link[64];
  char path[PATH_MAX + 1];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX);
  int failing = 0;
  if (length > 0) {
    path[length] = 0;
    failing = fnmatch(pattern, path, 0) == 0 && access(trigger, F_OK) == 0;
  }
  errno = failing ? EIO : saved;
  return failing;
}

#define REAL(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

#define FAILING(call, type, name, parameters, arguments) \
  type name parameters {                                 \
    static __typeof__(&name) real;                       \
    if (!real) {                                         \
      real = REAL(name);                                 \
    }                                                    \
    return fails(fd, call) ? -1 : real arguments;        \
  }

FAILING("write", ssize_t, write, (int fd, const void *from, size_t count), (fd, from, count))
FAILING("write", ssize_t, writev, (int fd, const struct iovec *from, int count), (fd, from, count))
FAILING("write", ssize_t, pwrite, (int fd, const void *from, size_t count, off_t at), (fd, from, count, at))
FAILING("write", ssize_t, pwrite64, (int fd, const void *from, size_t count, off64_t at), (fd, from, count, at))
FAILING("write", ssize_t, pwritev, (int fd, const struct iovec *from, int count, off_t at), (fd, from, count, at))
FAILING("write", ssize_t, pwritev64, (int fd, const struct iovec *from, int count, off64_t at), (fd, from, count, at))

FAILING("read", ssize_t, read, (int fd, void *into, size_t count), (fd, into, count))
FAILING("read", ssize_t, readv, (int fd, const struct iovec *into, int count), (fd, into, count))
FAILING("read", ssize_t, pread, (int fd, void *into, size_t count, off_t at), (fd, into, count, at))
FAILING("read", ssize_t, pread64, (int fd, void *into, size_t count, off64_t at), (fd, into, count, at))
FAILING("read", ssize_t, preadv, (int fd, const struct iovec *into, int count, off_t at), (fd, into, count, at))
FAILING("read", ssize_t, preadv64, (int fd, const struct iovec *into, int count, off64_t at), (fd, into, count, at))

static int sync_fails(int fd) {
  while (fails(fd, "hang")) {
    usleep(10000);
  }
  return fails(fd, "sync");
}

int fsync(int fd) {
  return sync_fails(fd) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd) {
  return sync_fails(fd) ? -1 : REAL(fdatasync)(fd);
}
