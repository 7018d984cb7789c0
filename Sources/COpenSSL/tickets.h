// Session ticket keys (RFC 5077 section 4, RFC 8446 section 4.6.1) that rotate by themselves: the key of an SSL_CTX that
// OpenSSL makes by itself would live as long as the process, and with it the secrecy of every resumed connection.
#ifndef ROADSTEAD_COPENSSL_TICKETS_H
#define ROADSTEAD_COPENSSL_TICKETS_H

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

typedef struct roadstead_ticket_key {
    unsigned char name[16];
    unsigned char cipher_key[32];
    unsigned char mac_key[32];
} roadstead_ticket_key;

// `current` encrypts; `previous` only decrypts what was issued before the last rotation. All loops share one, hence the lock.
typedef struct roadstead_ticket_keys {
    pthread_mutex_t lock;
    time_t rotated;
    time_t period;
    int has_previous;
    roadstead_ticket_key current;
    roadstead_ticket_key previous;
} roadstead_ticket_keys;

static inline time_t roadstead_ticket_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

// With the lock held. A failure of the random generator leaves the old keys in use.
static inline int roadstead_ticket_keys_replace(roadstead_ticket_keys *keys, int keeps_previous) {
    roadstead_ticket_key fresh;
    if (RAND_bytes(fresh.name, sizeof fresh.name) != 1
        || RAND_priv_bytes(fresh.cipher_key, sizeof fresh.cipher_key) != 1
        || RAND_priv_bytes(fresh.mac_key, sizeof fresh.mac_key) != 1) {
        return 0;
    }
    keys->previous = keys->current;
    keys->has_previous = keeps_previous;
    keys->current = fresh;
    keys->rotated = roadstead_ticket_clock();
    OPENSSL_cleanse(&fresh, sizeof fresh);
    return 1;
}

static inline roadstead_ticket_keys *roadstead_ticket_keys_create(int64_t period_seconds) {
    roadstead_ticket_keys *keys = (roadstead_ticket_keys *)calloc(1, sizeof *keys);
    if (keys == NULL) { return NULL; }
    keys->period = (time_t)period_seconds;
    if (pthread_mutex_init(&keys->lock, NULL) != 0 || !roadstead_ticket_keys_replace(keys, 0)) {
        free(keys);
        return NULL;
    }
    return keys;
}

static inline void roadstead_ticket_keys_destroy(roadstead_ticket_keys *keys) {
    if (keys == NULL) { return; }
    pthread_mutex_destroy(&keys->lock);
    OPENSSL_cleanse(keys, sizeof *keys);
    free(keys);
}

static inline void roadstead_ticket_keys_rotate(roadstead_ticket_keys *keys) {
    pthread_mutex_lock(&keys->lock);
    roadstead_ticket_keys_replace(keys, 1);
    pthread_mutex_unlock(&keys->lock);
}

// After one period the keys move on; after two without a handshake the previous key is too old as well.
static inline void roadstead_ticket_keys_rotate_if_due(roadstead_ticket_keys *keys) {
    time_t age = roadstead_ticket_clock() - keys->rotated;
    if (age >= keys->period) { roadstead_ticket_keys_replace(keys, age < 2 * keys->period); }
}

static inline int roadstead_ticket_mac(EVP_MAC_CTX *mac, roadstead_ticket_key *key) {
    OSSL_PARAM parameters[3];
    parameters[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->mac_key, sizeof key->mac_key);
    parameters[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0);
    parameters[2] = OSSL_PARAM_construct_end();
    return EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

static inline int roadstead_ticket_encrypt(roadstead_ticket_keys *keys, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac) {
    pthread_mutex_lock(&keys->lock);
    roadstead_ticket_keys_rotate_if_due(keys);
    roadstead_ticket_key key = keys->current;
    pthread_mutex_unlock(&keys->lock);
    memcpy(name, key.name, sizeof key.name);
    int done = RAND_bytes(iv, EVP_MAX_IV_LENGTH) == 1
        && EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher_key, iv) == 1
        && roadstead_ticket_mac(mac, &key);
    OPENSSL_cleanse(&key, sizeof key);
    return done ? 1 : -1;
}

static inline int roadstead_ticket_decrypt(roadstead_ticket_keys *keys, const unsigned char *name, const unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac) {
    roadstead_ticket_key key;
    int found = 0;
    pthread_mutex_lock(&keys->lock);
    roadstead_ticket_keys_rotate_if_due(keys);
    // 1: accept, 2: accept and issue a new ticket, 0: not ours or too old, so a full handshake.
    if (memcmp(name, keys->current.name, sizeof key.name) == 0) {
        key = keys->current;
        found = 1;
    } else if (keys->has_previous && memcmp(name, keys->previous.name, sizeof key.name) == 0) {
        key = keys->previous;
        found = 2;
    }
    pthread_mutex_unlock(&keys->lock);
    if (found == 0) { return 0; }
    int done = EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key.cipher_key, iv) == 1 && roadstead_ticket_mac(mac, &key);
    OPENSSL_cleanse(&key, sizeof key);
    return done ? found : -1;
}

static inline int roadstead_ticket_callback(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypts) {
    roadstead_ticket_keys *keys = (roadstead_ticket_keys *)SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    return encrypts ? roadstead_ticket_encrypt(keys, name, iv, cipher, mac) : roadstead_ticket_decrypt(keys, name, iv, cipher, mac);
}

// What becomes of a ticket that could be read. Its client certificate is not verified again, so one that has expired meanwhile gets a full
// handshake, and so does a ticket without one where one is required: OpenSSL itself would let both pass. Under TLS 1.3 each ticket is for
// one connection (RFC 8446 appendix C.4): whoever uses one gets the next, or could resume only every second time.
static inline SSL_TICKET_RETURN roadstead_ticket_judge(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t size, SSL_TICKET_STATUS status, void *argument) {
    (void)name, (void)size, (void)argument;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW) { return SSL_TICKET_RETURN_IGNORE_RENEW; }
    X509 *peer = SSL_SESSION_get0_peer(session);
    int isGood = peer == NULL ? (SSL_get_verify_mode(ssl) & SSL_VERIFY_FAIL_IF_NO_PEER_CERT) == 0
                              : X509_cmp_current_time(X509_get0_notAfter(peer)) > 0;
    if (!isGood) { return SSL_TICKET_RETURN_IGNORE_RENEW; }
    int renews = status == SSL_TICKET_SUCCESS_RENEW || SSL_version(ssl) == TLS1_3_VERSION;
    return renews ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

#endif
