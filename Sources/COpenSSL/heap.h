// How much the C heap holds: for the test that keeps an idle connection within its budget.
#ifndef ROADSTEAD_COPENSSL_HEAP_H
#define ROADSTEAD_COPENSSL_HEAP_H

#include <malloc.h>

static inline long long roadstead_heap_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return (long long)(info.uordblks + info.hblkhd);
}

#endif
