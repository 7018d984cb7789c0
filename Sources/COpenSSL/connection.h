// One connection: each step clears the thread's error queue first, because all connections of a thread share that queue
// and SSL_get_error judges by it.
#ifndef ROADSTEAD_COPENSSL_CONNECTION_H
#define ROADSTEAD_COPENSSL_CONNECTION_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "channel.h"

// Peeking is a few loads, clearing some hundred stores, and the queue is nearly always empty.
static inline void roadstead_clear_errors(void) {
    if (ERR_peek_error() != 0) { ERR_clear_error(); }
}

// Whether the message, head and all, is a ServerHello and no HelloRetryRequest, which has this random (RFC 8446 section 4.1.3).
static inline int roadstead_is_server_hello(const void *bytes, size_t count) {
    static const unsigned char retry[32] = {
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    };
    const unsigned char *message = (const unsigned char *)bytes;
    return count > 0 && message[0] == SSL3_MT_SERVER_HELLO && (count < 38 || memcmp(message + 6, retry, sizeof retry) != 0);
}

// OpenSSL 3.0 takes any number of key updates (RFC 8446 section 4.6.3) in one call, each of which makes new keys, so the window is
// taken away from it when there were too many; it is not to be called again after that.
static inline void roadstead_message_callback(int is_sent, int version, int type, const void *bytes, size_t count, SSL *ssl, void *argument) {
    (void)version, (void)ssl;
    if (type != SSL3_RT_HANDSHAKE) { return; }
    roadstead_channel *channel = (roadstead_channel *)argument;
    if (is_sent) {
        if (roadstead_is_server_hello(bytes, count)) { channel->has_server_hello = 1; }
        return;
    }
    channel->messages += 1;
    if (channel->messages > channel->messages_allowed) { channel->incoming_count = 0; }
}

// NULL when there is no memory.
static inline SSL *roadstead_connection_create(SSL_CTX *context, roadstead_channel *channel, int is_client) {
    roadstead_clear_errors();
    SSL *ssl = SSL_new(context);
    if (ssl == NULL) { return NULL; }
    // SSL_set_bio takes one reference when both directions are the same BIO.
    BIO_up_ref(channel->bio);
    SSL_set_bio(ssl, channel->bio, channel->bio);
    SSL_set_msg_callback(ssl, roadstead_message_callback);
    SSL_set_msg_callback_arg(ssl, channel);
    if (is_client) {
        SSL_set_connect_state(ssl);
    } else {
        SSL_set_accept_state(ssl);
    }
    return ssl;
}

// Who the server must prove to be. RFC 6066 section 3: an address is never sent as a server name.
static inline int roadstead_connection_expect(SSL *ssl, const char *name, int verifies) {
    X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(name);
    roadstead_clear_errors();
    if (address != NULL) {
        ASN1_OCTET_STRING_free(address);
        return !verifies || X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1;
    }
    if (SSL_set_tlsext_host_name(ssl, name) != 1) { return 0; }
    if (!verifies) { return 1; }
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(parameters, name, 0) == 1;
}

static inline int roadstead_connection_handshake(SSL *ssl) {
    roadstead_clear_errors();
    return SSL_get_error(ssl, SSL_do_handshake(ssl));
}

static inline int roadstead_connection_read(SSL *ssl, void *bytes, size_t capacity, size_t *count) {
    roadstead_clear_errors();
    *count = 0;
    int result = SSL_read_ex(ssl, bytes, capacity, count);
    return result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
}

// A ticket or key update that arrives after the handshake makes OpenSSL 3.0 allocate a write buffer which, in spite of
// SSL_MODE_RELEASE_BUFFERS, it keeps until the next write. SSL_free_buffers itself looks for bytes left over, but not for a
// record whose head alone has been taken out of the buffer; that is what the state is asked for.
static inline void roadstead_connection_rest(SSL *ssl) {
    if (SSL_rstate_string(ssl)[1] == 'H') { SSL_free_buffers(ssl); }
}

static inline int roadstead_connection_write(SSL *ssl, const void *bytes, size_t count) {
    roadstead_clear_errors();
    size_t written = 0;
    int result = SSL_write_ex(ssl, bytes, count, &written);
    return result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl, result);
}

static inline void roadstead_connection_close(SSL *ssl) {
    roadstead_clear_errors();
    if ((SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN) == 0) { SSL_shutdown(ssl); }
    roadstead_clear_errors();
}

static inline void roadstead_connection_destroy(SSL *ssl) {
    // Without this SSL_free would mark the session as not to be resumed when no close_notify was exchanged, as SSL 3.0 asked.
    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
    roadstead_clear_errors();
}

// The first error that TLS itself raised, else the first of all; 0 if there is none. Leaves the queue empty.
static inline unsigned long roadstead_take_error(void) {
    unsigned long first = ERR_peek_error(), error;
    while ((error = ERR_get_error()) != 0) {
        if (ERR_GET_LIB(error) == ERR_LIB_SSL) {
            first = error;
            break;
        }
    }
    ERR_clear_error();
    return first;
}

static inline int roadstead_error_library(unsigned long error) { return ERR_GET_LIB(error); }
static inline int roadstead_error_reason(unsigned long error) { return ERR_GET_REASON(error); }

#endif
