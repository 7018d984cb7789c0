// Counts the heap allocations of a process that loads it with LD_PRELOAD: those of OpenSSL, which no caller can avoid, and all others.
// The counts are two integers of eight bytes, the others' first, in the file that ALLOCATIONS_FILE names, so that another process can
// read them at any moment.
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// What malloc and its relatives are beneath their public names; dlsym would itself allocate.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

// Present only in a process that has libcrypto.
extern int CRYPTO_set_mem_functions(void *(*)(size_t, const char *, int), void *(*)(void *, size_t, const char *, int),
                                    void (*)(void *, const char *, int)) __attribute__((weak));

struct counts {
    _Atomic uint64_t others, openssl;
};
static struct counts early;
static struct counts *counts = &early;

static void counted(_Atomic uint64_t *count) { atomic_fetch_add_explicit(count, 1, memory_order_relaxed); }

static void *openssl_malloc(size_t size, const char *file, int line) {
    counted(&counts->openssl);
    return __libc_malloc(size);
}

static void *openssl_realloc(void *memory, size_t size, const char *file, int line) {
    counted(&counts->openssl);
    return __libc_realloc(memory, size);
}

static void openssl_free(void *memory, const char *file, int line) { free(memory); }

__attribute__((constructor)) static void map_counts(void) {
    if (CRYPTO_set_mem_functions) CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free);
    const char *path = getenv("ALLOCATIONS_FILE");
    int descriptor = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (descriptor < 0 || ftruncate(descriptor, sizeof *counts) != 0) return;
    void *memory = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory != MAP_FAILED) counts = memory;
    close(descriptor);
}

void *malloc(size_t size) {
    counted(&counts->others);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    counted(&counts->others);
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    counted(&counts->others);
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    counted(&counts->others);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    *memory = memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}
