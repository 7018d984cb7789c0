// OCSP responses that a server hands out with its certificates (RFC 6066 section 8, RFC 6960), read from files by the caller.
#ifndef ROADSTEAD_COPENSSL_STAPLES_H
#define ROADSTEAD_COPENSSL_STAPLES_H

#include <openssl/crypto.h>
#include <openssl/ocsp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "certificates.h"

// What a response says of one certificate; times in seconds since 1970, `until` 0 if there is no end.
typedef struct roadstead_ocsp_facts {
    int64_t from;
    int64_t until;
    int is_revoked;
} roadstead_ocsp_facts;

// One entry is this certificate's if serial number and issuer are (RFC 6960 section 4.1.1). The issuer's key can be compared only if
// its certificate is at hand, as it is when the file has the chain.
static inline int roadstead_ocsp_is_for(const OCSP_CERTID *id, X509 *certificate, X509 *issuer) {
    ASN1_OCTET_STRING *name = NULL, *key = NULL;
    ASN1_OBJECT *algorithm = NULL;
    ASN1_INTEGER *serial = NULL;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (OCSP_id_get0_info(&name, &algorithm, &key, &serial, (OCSP_CERTID *)id) != 1) { return 0; }
    const EVP_MD *hash = EVP_get_digestbyobj(algorithm);
    if (hash == NULL || ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(certificate)) != 0) { return 0; }
    if (X509_NAME_digest(X509_get_issuer_name(certificate), hash, digest, &size) != 1 || (int)size != ASN1_STRING_length(name)
        || memcmp(digest, ASN1_STRING_get0_data(name), size) != 0) {
        return 0;
    }
    if (issuer == NULL) { return 1; }
    return X509_pubkey_digest(issuer, hash, digest, &size) == 1 && (int)size == ASN1_STRING_length(key)
        && memcmp(digest, ASN1_STRING_get0_data(key), size) == 0;
}

static inline int roadstead_ocsp_find(OCSP_BASICRESP *basic, X509 *certificate, X509 *issuer, roadstead_ocsp_facts *facts) {
    for (int index = 0; index < OCSP_resp_count(basic); index += 1) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, index);
        if (!roadstead_ocsp_is_for(OCSP_SINGLERESP_get0_id(single), certificate, issuer)) { continue; }
        ASN1_GENERALIZEDTIME *from = NULL, *until = NULL;
        facts->is_revoked = OCSP_single_get0_status(single, NULL, NULL, &from, &until) == V_OCSP_CERTSTATUS_REVOKED;
        facts->from = roadstead_time(from);
        facts->until = roadstead_time(until);
        return 1;
    }
    return 0;
}

// 0: found. 1: no DER response. 2: a response without an answer (RFC 6960 section 2.3). 3: an answer about other certificates.
static inline int roadstead_ocsp_read(const unsigned char *bytes, size_t count, X509 *certificate, X509 *issuer, roadstead_ocsp_facts *facts) {
    const unsigned char *end = bytes;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &end, (long)count);
    int result = 1;
    if (response != NULL && end == bytes + count) {
        OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
        if (OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
            result = 2;
        } else if (basic != NULL) {
            result = roadstead_ocsp_find(basic, certificate, issuer, facts) ? 0 : 3;
        }
        OCSP_BASICRESP_free(basic);
    }
    OCSP_RESPONSE_free(response);
    ERR_clear_error();
    return result;
}

typedef struct roadstead_staple {
    X509 *certificate;
    unsigned char *bytes;
    size_t count;
    int64_t from;
    int64_t until;
} roadstead_staple;

// Of one SSL_CTX, which has one certificate for each kind of key, and OpenSSL knows fewer kinds than this.
#define ROADSTEAD_STAPLES 8

typedef struct roadstead_staples {
    int count;
    roadstead_staple all[ROADSTEAD_STAPLES];
} roadstead_staples;

static inline roadstead_staples *roadstead_staples_create(void) { return (roadstead_staples *)calloc(1, sizeof(roadstead_staples)); }

static inline void roadstead_staples_destroy(roadstead_staples *staples) {
    if (staples == NULL) { return; }
    for (int index = 0; index < staples->count; index += 1) {
        X509_free(staples->all[index].certificate);
        OPENSSL_free(staples->all[index].bytes);
    }
    free(staples);
}

// Copies the bytes and takes a reference of its own to the certificate.
static inline int roadstead_staples_add(roadstead_staples *staples, X509 *certificate, const unsigned char *bytes, size_t count, roadstead_ocsp_facts facts) {
    if (staples->count == ROADSTEAD_STAPLES) { return 0; }
    unsigned char *copy = (unsigned char *)OPENSSL_memdup(bytes, count);
    if (copy == NULL) { return 0; }
    X509_up_ref(certificate);
    staples->all[staples->count] = (roadstead_staple){certificate, copy, count, facts.from, facts.until};
    staples->count += 1;
    return 1;
}

// OpenSSL calls it when the client asked, once the certificate is chosen. A response outside its time is worse than none: clients
// would refuse the connection.
static inline int roadstead_staple_callback(SSL *ssl, void *argument) {
    roadstead_staples *staples = (roadstead_staples *)argument;
    X509 *shown = SSL_get_certificate(ssl);
    int64_t now = roadstead_now();
    for (int index = 0; index < staples->count; index += 1) {
        roadstead_staple *staple = &staples->all[index];
        if (staple->certificate != shown) { continue; }
        if (now < staple->from || (staple->until != 0 && now >= staple->until)) { break; }
        unsigned char *copy = (unsigned char *)OPENSSL_memdup(staple->bytes, staple->count);
        if (copy == NULL) { break; }
        // The connection frees it.
        SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)staple->count);
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_NOACK;
}

// The staples must live as long as any connection of the context.
static inline void roadstead_context_staple(SSL_CTX *context, roadstead_staples *staples) {
    SSL_CTX_set_tlsext_status_cb(context, roadstead_staple_callback);
    SSL_CTX_set_tlsext_status_arg(context, staples);
}

#endif
