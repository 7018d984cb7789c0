// Linux as Swift sees it: system headers, and functions for what those offer only as macros, as GNU extensions, or through
// structures that would need pointers in Swift. _GNU_SOURCE is not defined here: Swift's own view of the headers lacks it, and
// two views of one header in one program are an error. What needs it stands in CLinux.c.
#ifndef ROADSTEAD_CLINUX_H
#define ROADSTEAD_CLINUX_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// epoll_ctl(2) by value. Returns 0, or errno.
static inline int clinux_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t data) {
    struct epoll_event event;
    memset(&event, 0, sizeof event);
    event.events = events;
    event.data.u64 = data;
    return epoll_ctl(epoll, operation, descriptor, &event) == 0 ? 0 : errno;
}

// epoll_event is packed and holds a union, neither of which Swift reads well.
static inline uint64_t clinux_epoll_data(const struct epoll_event *event) { return event->data.u64; }

// A socket of the given family, non-blocking and close-on-exec. Returns the descriptor, or -errno.
static inline int clinux_stream_socket(int family) {
    int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return descriptor >= 0 ? descriptor : -errno;
}

// accept4(2), non-blocking and close-on-exec. Returns the descriptor, or -errno.
int clinux_accept(int listener, struct sockaddr *address, socklen_t *length);

// Names the calling thread in tools such as top; the kernel takes 15 bytes.
void clinux_name_thread(const char *name);

// setsockopt(2) for the options that are an int. Returns 0, or errno.
static inline int clinux_set_option(int descriptor, int level, int name, int value) {
    return setsockopt(descriptor, level, name, &value, sizeof value) == 0 ? 0 : errno;
}

// getsockopt(2) for the options that are an int. Returns the value, or -errno.
static inline int clinux_option(int descriptor, int level, int name) {
    int value = 0;
    socklen_t length = sizeof value;
    return getsockopt(descriptor, level, name, &value, &length) == 0 ? value : -errno;
}

// Makes close(2) send a reset and drop what is unsent (SO_LINGER of zero seconds). Returns 0, or errno.
static inline int clinux_set_abortive_close(int descriptor) {
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    return setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0 ? 0 : errno;
}

// Whether the path is a socket, itself and not through a symbolic link.
static inline int clinux_is_socket(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

// The same file by another descriptor, the lowest that is free; close-on-exec. Returns it, or -errno.
static inline int clinux_duplicate(int descriptor) {
    int other = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    return other >= 0 ? other : -errno;
}

// The soft RLIMIT_NOFILE.
uint64_t clinux_descriptor_limit(void);

// The file at the path itself, whatever it is, to be told from others. Returns a descriptor that nothing can be done with, or -errno.
int clinux_open_path(const char *path);

// Whether the path leads to the file of the descriptor.
static inline bool clinux_is_file(const char *path, int descriptor) {
    struct stat found, wanted;
    return lstat(path, &found) == 0 && fstat(descriptor, &wanted) == 0 && found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino;
}

// Raises the soft RLIMIT_NOFILE to the hard one. Returns the soft limit now in force.
uint64_t clinux_raise_descriptor_limit(void);

// Signals are passed as a mask: bit n is signal n (1 to 63).
static inline sigset_t clinux_signal_set(uint64_t mask) {
    sigset_t set;
    sigemptyset(&set);
    for (int signal = 1; signal < 64; signal++)
        if (mask & (1ull << signal)) sigaddset(&set, signal);
    return set;
}

static inline void clinux_block_signals(uint64_t mask) {
    sigset_t set = clinux_signal_set(mask);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static inline int clinux_wait_for_signal(uint64_t mask) {
    sigset_t set = clinux_signal_set(mask);
    int signal = 0;
    while (sigwait(&set, &signal) != 0) {}
    return signal;
}

static inline void clinux_ignore_signal(int number) { signal(number, SIG_IGN); }

#endif
