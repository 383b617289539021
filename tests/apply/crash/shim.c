/* Counts the operations of a process that change files, and kills it or fails one of them.
 *
 * shim_arm(at, mode, error): at operation number `at` (from 1)
 *   mode 1: SIGKILL before it; a write has written half by then
 *   mode 2: it fails once with `error`
 *   mode 3: it and all later ones fail with `error`
 *   mode 4: SIGINT to itself, then it goes on
 * SHIM_AT, SHIM_MODE and SHIM_ERROR in the environment arm a process as it starts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static long count, at;
static int mode, failure;

void shim_arm(long n, int how, int error) {
    count = 0;
    at = n;
    mode = how;
    failure = error;
}

long shim_count(void) { return count; }

__attribute__((constructor)) static void start(void) {
    const char *n = getenv("SHIM_AT"), *how = getenv("SHIM_MODE"), *error = getenv("SHIM_ERROR");
    if (n && how) shim_arm(atol(n), atoi(how), error ? atoi(error) : EIO);
}

/* Whether the operation fails. */
static int step(void) {
    count++;
    if (!at || count < at || (mode != 3 && count > at)) return 0;
    if (mode == 1) kill(getpid(), SIGKILL);
    if (mode == 4) kill(getpid(), SIGINT);
    if (mode != 2 && mode != 3) return 0;
    errno = failure;
    return 1;
}

#define REAL(name) static typeof(&name) real; if (!real) real = (typeof(&name))dlsym(RTLD_NEXT, #name)
#define WRAP(name, parameters, arguments) \
    int name parameters { REAL(name); return step() ? -1 : real arguments; }

WRAP(rename, (const char *a, const char *b), (a, b))
WRAP(renameat, (int d, const char *a, int e, const char *b), (d, a, e, b))
WRAP(unlink, (const char *a), (a))
WRAP(unlinkat, (int d, const char *a, int f), (d, a, f))
WRAP(rmdir, (const char *a), (a))
WRAP(mkdir, (const char *a, mode_t m), (a, m))
WRAP(mkdirat, (int d, const char *a, mode_t m), (d, a, m))
WRAP(link, (const char *a, const char *b), (a, b))
WRAP(linkat, (int d, const char *a, int e, const char *b, int f), (d, a, e, b, f))
WRAP(symlink, (const char *a, const char *b), (a, b))
WRAP(symlinkat, (const char *a, int d, const char *b), (a, d, b))
WRAP(chmod, (const char *a, mode_t m), (a, m))
WRAP(fchmod, (int d, mode_t m), (d, m))
WRAP(fchmodat, (int d, const char *a, mode_t m, int f), (d, a, m, f))
WRAP(utimensat, (int d, const char *a, const struct timespec t[2], int f), (d, a, t, f))
WRAP(ftruncate, (int d, off_t n), (d, n))
WRAP(fsync, (int d), (d))

#define OPENS(name, first, passed) \
    int name(first const char *path, int flags, ...) { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t m = va_arg(rest, mode_t); \
        va_end(rest); \
        static int (*real)(first const char *, int, ...); \
        if (!real) real = dlsym(RTLD_NEXT, #name); \
        if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && step()) return -1; \
        return real(passed path, flags, m); \
    }
#define NOTHING
#define FOLDER int folder,
#define PASSED folder,
OPENS(open, NOTHING, NOTHING)
OPENS(open64, NOTHING, NOTHING)
OPENS(openat, FOLDER, PASSED)
OPENS(openat64, FOLDER, PASSED)

ssize_t write(int file, const void *data, size_t size) {
    REAL(write);
    struct stat s;
    if (fstat(file, &s) || !S_ISREG(s.st_mode)) return real(file, data, size);
    if (at && count + 1 == at && mode == 1) (void)!real(file, data, size / 2);
    return step() ? -1 : real(file, data, size);
}
