// Everything an SSL_CTX is told once, for both roles.
#ifndef ROADSTEAD_COPENSSL_CONTEXT_H
#define ROADSTEAD_COPENSSL_CONTEXT_H

#include <openssl/ssl.h>
#include <string.h>

#include "tickets.h"

// Modern browsers speak all of these; AES-128 first because it is the cheapest and nothing it protects needs more.
#define ROADSTEAD_SUITES_1_3 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define ROADSTEAD_CIPHERS_1_2 \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" \
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

// RFC 7301: the gateway speaks only HTTP/1.1, and a peer that insists on something else is told so.
static inline int roadstead_choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *size, const unsigned char *offered, unsigned int count, void *argument) {
    (void)ssl, (void)argument;
    for (unsigned int at = 0; at < count;) {
        unsigned int length = offered[at];
        if (length >= count - at) { break; }
        if (length == 8 && memcmp(offered + at + 1, "http/1.1", 8) == 0) {
            *chosen = offered + at + 1;
            *size = 8;
            return SSL_TLSEXT_ERR_OK;
        }
        at += 1 + length;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static inline SSL_CTX *roadstead_context_create(int is_client, int minimum_version, const char *ciphers) {
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(is_client ? TLS_client_method() : TLS_server_method());
    if (context == NULL) { return NULL; }
    // No idle connection keeps a record buffer: 14 KB instead of 48 KB each.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_set_min_proto_version(context, minimum_version) != 1
        || SSL_CTX_set_ciphersuites(context, ROADSTEAD_SUITES_1_3) != 1
        || SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") != 1
        || SSL_CTX_set_cipher_list(context, ciphers[0] != 0 ? ciphers : ROADSTEAD_CIPHERS_1_2) != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

// `keys` NULL: no tickets at all, stateful ones of TLS 1.3 included. `scope` has SHA-256's 32 bytes: a ticket from another scope is
// answered with a full handshake, whoever's keys it was made with.
static inline int roadstead_context_serve(SSL_CTX *context, roadstead_ticket_keys *keys, const unsigned char *scope) {
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    // A client's chain; OpenSSL's own limit is 100 KiB.
    SSL_CTX_set_max_cert_list(context, 32 * 1024);
    SSL_CTX_set_alpn_select_cb(context, roadstead_choose_protocol, NULL);
    SSL_CTX_set_app_data(context, keys);
    // Without an id context a server that asks for client certificates refuses every resumption.
    if (SSL_CTX_set_session_id_context(context, scope, 32) != 1) { return 0; }
    if (keys == NULL) {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
        return SSL_CTX_set_num_tickets(context, 0) == 1;
    }
    return SSL_CTX_set_tlsext_ticket_key_evp_cb(context, roadstead_ticket_callback) == 1
        && SSL_CTX_set_session_ticket_cb(context, NULL, roadstead_ticket_judge, NULL) == 1 && SSL_CTX_set_num_tickets(context, 1) == 1;
}

static inline void roadstead_context_on_server_name(SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *argument) {
    SSL_CTX_set_tlsext_servername_callback(context, callback);
    SSL_CTX_set_tlsext_servername_arg(context, argument);
}

// Whom to trust: the file's certificates, or the system's store when `authority` is empty.
static inline int roadstead_context_trust(SSL_CTX *context, const char *authority) {
    ERR_clear_error();
    return authority[0] != 0 ? SSL_CTX_load_verify_file(context, authority) : SSL_CTX_set_default_verify_paths(context);
}

// Trusts one authority for client certificates, and names it when a server asks for one (RFC 8446 section 4.2.4).
static inline int roadstead_context_welcome(SSL_CTX *context, X509 *authority) {
    ERR_clear_error();
    return X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority) == 1 && SSL_CTX_add_client_CA(context, authority) == 1;
}

static inline void roadstead_context_limit(SSL_CTX *context, int version) { SSL_CTX_set_max_proto_version(context, version); }

static inline void roadstead_context_verify(SSL_CTX *context, int mode) { SSL_CTX_set_verify(context, mode, NULL); }

static inline int roadstead_context_add_chain(SSL_CTX *context, X509 *certificate) { return SSL_CTX_add1_chain_cert(context, certificate) == 1; }

#endif
