// OpenSSL as Swift sees it: the headers, and static-inline functions for what they offer only as macros, callbacks or
// choreography of many pointers. RoadsteadTLS is the only target that imports this module.
#ifndef ROADSTEAD_COPENSSL_SHIMS_H
#define ROADSTEAD_COPENSSL_SHIMS_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "certificates.h"
#include "channel.h"
#include "connection.h"
#include "context.h"
#include "heap.h"
#include "staples.h"
#include "tickets.h"

#endif
