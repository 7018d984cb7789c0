// Certificates and keys: reading them from PEM, asking them for names, and issuing them.
#ifndef ROADSTEAD_COPENSSL_CERTIFICATES_H
#define ROADSTEAD_COPENSSL_CERTIFICATES_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <time.h>

static inline EVP_PKEY *roadstead_key_generate_p256(void) { return EVP_EC_gen("P-256"); }
static inline EVP_PKEY *roadstead_key_generate_rsa(void) { return EVP_RSA_gen(2048); }

static inline long roadstead_memory_bytes(BIO *bio, const char **bytes) {
    char *start = NULL;
    long count = BIO_get_mem_data(bio, &start);
    *bytes = start;
    return count;
}

// An encrypted key must fail rather than ask for its passphrase on the terminal.
static inline int roadstead_no_passphrase(char *buffer, int size, int encrypts, void *argument) {
    (void)buffer, (void)size, (void)encrypts, (void)argument;
    return -1;
}

// NULL if the text holds no key without a passphrase.
static inline EVP_PKEY *roadstead_key_from_pem(const void *bytes, size_t count) {
    BIO *bio = BIO_new_mem_buf(bytes, (int)count);
    if (bio == NULL) { return NULL; }
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, roadstead_no_passphrase, NULL);
    BIO_free(bio);
    ERR_clear_error();
    return key;
}

// Whether the last PEM_read stopped at the end of the text rather than at something damaged. Empties the error queue.
static inline int roadstead_pem_ended(void) {
    unsigned long error = ERR_peek_last_error();
    ERR_clear_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

// Each of these returns a memory BIO with the text, for the caller to free, or NULL.
static inline BIO *roadstead_text(BIO *bio, int isWritten) {
    if (isWritten) { return bio; }
    BIO_free(bio);
    return NULL;
}

static inline BIO *roadstead_key_text(EVP_PKEY *key) {
    BIO *bio = BIO_new(BIO_s_mem());
    return roadstead_text(bio, bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1);
}

static inline BIO *roadstead_certificate_text(X509 *certificate) {
    BIO *bio = BIO_new(BIO_s_mem());
    return roadstead_text(bio, bio != NULL && PEM_write_bio_X509(bio, certificate) == 1);
}

static inline BIO *roadstead_subject_text(X509 *certificate) {
    BIO *bio = BIO_new(BIO_s_mem());
    return roadstead_text(bio, bio != NULL && X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0);
}

// SHA-256 of the bytes; 32 of them.
static inline int roadstead_digest(const unsigned char *bytes, size_t count, unsigned char *digest) {
    return EVP_Digest(bytes, count, digest, NULL, EVP_sha256(), NULL) == 1;
}

// Seconds since 1970.
static inline int64_t roadstead_now(void) { return (int64_t)time(NULL); }

static inline int64_t roadstead_time(const ASN1_TIME *moment) {
    struct tm parts;
    if (moment == NULL || ASN1_TIME_to_tm(moment, &parts) != 1) { return 0; }
    return (int64_t)timegm(&parts);
}

// The `index`th DNS name (kind 2) or address (kind 7) of the subject's alternative names; NULL past the end.
// The bytes live as long as `names`.
static inline const unsigned char *roadstead_alternative_name(const GENERAL_NAMES *names, int index, int *kind, int *count) {
    if (names == NULL || index >= sk_GENERAL_NAME_num(names)) { return NULL; }
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    const ASN1_STRING *text = NULL;
    *kind = name->type;
    if (name->type == GEN_DNS) { text = name->d.dNSName; }
    if (name->type == GEN_IPADD) { text = name->d.iPAddress; }
    *count = text == NULL ? 0 : ASN1_STRING_length(text);
    return text == NULL ? (const unsigned char *)"" : ASN1_STRING_get0_data(text);
}

static inline GENERAL_NAMES *roadstead_alternative_names(X509 *certificate) {
    return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline void roadstead_alternative_names_free(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

static inline int roadstead_is_authority(X509 *certificate) { return X509_check_ca(certificate) == 1; }

static inline int roadstead_add_extension(X509 *certificate, X509 *issuer, int kind, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    if (extension == NULL) { return 0; }
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added == 1;
}

// RFC 5280 section 4.1.2.2: positive, at most 20 octets; random so that a reissued certificate never repeats one.
static inline int roadstead_set_serial(X509 *certificate) {
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1) { return 0; }
    bytes[0] = (bytes[0] & 0x7F) | 0x40;
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    int set = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
    BN_free(number);
    return set;
}

// Everything but the extensions and the signature. `issuer` NULL: it will sign itself.
static inline X509 *roadstead_certificate_prepare(EVP_PKEY *key, X509 *issuer, const char *name, int64_t not_before, int64_t not_after) {
    X509 *certificate = X509_new();
    if (certificate == NULL) { return NULL; }
    X509_NAME *subject = X509_get_subject_name(certificate);
    if (X509_set_version(certificate, X509_VERSION_3) == 1 && roadstead_set_serial(certificate)
        && ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)not_before) != NULL
        && ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)not_after) != NULL
        && X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)"Roadstead", -1, -1, 0) == 1
        && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1
        && X509_set_issuer_name(certificate, issuer == NULL ? subject : X509_get_subject_name(issuer)) == 1
        && X509_set_pubkey(certificate, key) == 1) {
        return certificate;
    }
    X509_free(certificate);
    return NULL;
}

static inline int roadstead_certificate_sign(X509 *certificate, EVP_PKEY *key) { return X509_sign(certificate, key, EVP_sha256()) > 0; }

#endif
