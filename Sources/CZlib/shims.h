// zlib as Swift sees it.
#ifndef ROADSTEAD_CZLIB_SHIMS_H
#define ROADSTEAD_CZLIB_SHIMS_H

#include <zlib.h>

#endif
