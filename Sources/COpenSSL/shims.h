// OpenSSL as Swift sees it: the headers, and static-inline functions for what they offer only as macros.
#ifndef ROADSTEAD_COPENSSL_SHIMS_H
#define ROADSTEAD_COPENSSL_SHIMS_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#endif
