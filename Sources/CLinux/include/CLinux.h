// Linux as Swift sees it: system headers, and static-inline functions for what they offer only as macros.
#ifndef ROADSTEAD_CLINUX_H
#define ROADSTEAD_CLINUX_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#endif
