// The memory that every TLS connection of one event loop shares, and the BIO that lets OpenSSL read and write it.
#ifndef ROADSTEAD_COPENSSL_CHANNEL_H
#define ROADSTEAD_COPENSSL_CHANNEL_H

#include <openssl/bio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// One BIO serves all connections of the channel, each of which holds a reference: the window of incoming bytes is set
// just before a call into OpenSSL and cleared after it, so that at any time it belongs to one connection only.
typedef struct roadstead_channel {
    const uint8_t *incoming;
    size_t incoming_count;
    uint8_t *outgoing;
    size_t outgoing_start;
    size_t outgoing_end;
    size_t outgoing_capacity;
    // How many handshake messages the connection that is being served may still bring in this window, and how many it brought.
    uint32_t messages_allowed;
    uint32_t messages;
    // Whether a ServerHello was written meanwhile that is no HelloRetryRequest: what the peer sends next may be encrypted.
    int has_server_hello;
    BIO_METHOD *method;
    BIO *bio;
} roadstead_channel;

static inline int roadstead_channel_read(BIO *bio, char *bytes, size_t capacity, size_t *count) {
    roadstead_channel *channel = (roadstead_channel *)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (channel->incoming_count == 0) {
        BIO_set_retry_read(bio);
        *count = 0;
        return -1;
    }
    size_t taken = capacity < channel->incoming_count ? capacity : channel->incoming_count;
    memcpy(bytes, channel->incoming, taken);
    channel->incoming += taken;
    channel->incoming_count -= taken;
    *count = taken;
    return 1;
}

// Makes room for `count` more bytes: first by moving what is there to the front, then by doubling.
static inline int roadstead_channel_reserve(roadstead_channel *channel, size_t count) {
    size_t used = channel->outgoing_end - channel->outgoing_start;
    if (count > SIZE_MAX / 4 - used) { return 0; }
    if (channel->outgoing_start > 0) {
        memmove(channel->outgoing, channel->outgoing + channel->outgoing_start, used);
        channel->outgoing_start = 0;
        channel->outgoing_end = used;
    }
    size_t capacity = channel->outgoing_capacity;
    while (capacity - used < count) { capacity *= 2; }
    if (capacity == channel->outgoing_capacity) { return 1; }
    uint8_t *grown = (uint8_t *)realloc(channel->outgoing, capacity);
    if (grown == NULL) { return 0; }
    channel->outgoing = grown;
    channel->outgoing_capacity = capacity;
    return 1;
}

static inline int roadstead_channel_write(BIO *bio, const char *bytes, size_t size, size_t *count) {
    roadstead_channel *channel = (roadstead_channel *)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    *count = 0;
    if (channel->outgoing_capacity - channel->outgoing_end < size && !roadstead_channel_reserve(channel, size)) {
        return -1;
    }
    memcpy(channel->outgoing + channel->outgoing_end, bytes, size);
    channel->outgoing_end += size;
    *count = size;
    return 1;
}

// A fatal illegal_parameter (RFC 8446 section 6), in clear. Without memory for it there is none.
static inline void roadstead_channel_refuse(roadstead_channel *channel) {
    static const char alert[7] = {21, 3, 3, 0, 2, 2, 47};
    size_t count;
    roadstead_channel_write(channel->bio, alert, sizeof alert, &count);
}

static inline long roadstead_channel_control(BIO *bio, int command, long number, void *pointer) {
    (void)bio, (void)number, (void)pointer;
    // Nothing is buffered below the channel, so a flush has always happened already. Everything else is not supported.
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static inline void roadstead_channel_destroy(roadstead_channel *channel) {
    if (channel == NULL) { return; }
    BIO_free(channel->bio);
    BIO_meth_free(channel->method);
    free(channel->outgoing);
    free(channel);
}

// NULL when there is no memory.
static inline roadstead_channel *roadstead_channel_create(size_t capacity) {
    roadstead_channel *channel = (roadstead_channel *)calloc(1, sizeof *channel);
    if (channel == NULL) { return NULL; }
    channel->outgoing = (uint8_t *)malloc(capacity);
    channel->outgoing_capacity = capacity;
    // A method for each channel rather than one for the process: 100 bytes a loop, and no global state.
    channel->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 0xFE, "roadstead channel");
    if (channel->outgoing == NULL || channel->method == NULL
        || !BIO_meth_set_read_ex(channel->method, roadstead_channel_read)
        || !BIO_meth_set_write_ex(channel->method, roadstead_channel_write)
        || !BIO_meth_set_ctrl(channel->method, roadstead_channel_control)
        || (channel->bio = BIO_new(channel->method)) == NULL) {
        roadstead_channel_destroy(channel);
        return NULL;
    }
    BIO_set_data(channel->bio, channel);
    BIO_set_init(channel->bio, 1);
    return channel;
}

// Gives memory above `capacity` back; only for a drained channel.
static inline void roadstead_channel_shrink(roadstead_channel *channel, size_t capacity) {
    if (channel->outgoing_end != channel->outgoing_start || channel->outgoing_capacity <= capacity) { return; }
    uint8_t *smaller = (uint8_t *)malloc(capacity);
    if (smaller == NULL) { return; }
    free(channel->outgoing);
    channel->outgoing = smaller;
    channel->outgoing_capacity = capacity;
    channel->outgoing_start = channel->outgoing_end = 0;
}

#endif
