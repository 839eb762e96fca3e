#include "workloads/frontend/onnx/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Messages of onnx.proto that can hold a tensor. */
enum message { MODEL, GRAPH, NODE, ATTRIBUTE, TENSOR, SPARSE_TENSOR, FUNCTION, OTHER };

/* What is done with a field: gone through as a message, left out, kept while small. */
enum handling { COPY, ENTER, DROP, PAYLOAD };

struct rule {
    enum message message;
    unsigned field;
    enum handling handling;
    enum message inner;
};

/* Field numbers of onnx.proto3 (IR version 10). */
static const struct rule rules[] = {
    {MODEL, 7, ENTER, GRAPH},
    {MODEL, 25, ENTER, FUNCTION},
    {MODEL, 6, DROP, OTHER},
    {MODEL, 14, DROP, OTHER},
    {MODEL, 20, DROP, OTHER},
    {GRAPH, 1, ENTER, NODE},
    {GRAPH, 5, ENTER, TENSOR},
    {GRAPH, 15, ENTER, SPARSE_TENSOR},
    {GRAPH, 10, DROP, OTHER},
    {GRAPH, 14, DROP, OTHER},
    {GRAPH, 16, DROP, OTHER},
    {FUNCTION, 7, ENTER, NODE},
    {FUNCTION, 8, DROP, OTHER},
    {NODE, 5, ENTER, ATTRIBUTE},
    {NODE, 6, DROP, OTHER},
    {NODE, 9, DROP, OTHER},
    {ATTRIBUTE, 5, ENTER, TENSOR},
    {ATTRIBUTE, 6, ENTER, GRAPH},
    {ATTRIBUTE, 10, ENTER, TENSOR},
    {ATTRIBUTE, 11, ENTER, GRAPH},
    {ATTRIBUTE, 13, DROP, OTHER},
    {ATTRIBUTE, 22, ENTER, SPARSE_TENSOR},
    {ATTRIBUTE, 23, ENTER, SPARSE_TENSOR},
    {SPARSE_TENSOR, 1, ENTER, TENSOR},
    {SPARSE_TENSOR, 2, ENTER, TENSOR},
    {TENSOR, 4, PAYLOAD, OTHER},
    {TENSOR, 5, PAYLOAD, OTHER},
    {TENSOR, 6, DROP, OTHER},
    {TENSOR, 7, PAYLOAD, OTHER},
    {TENSOR, 9, PAYLOAD, OTHER},
    {TENSOR, 10, PAYLOAD, OTHER},
    {TENSOR, 11, PAYLOAD, OTHER},
    {TENSOR, 12, DROP, OTHER},
};

enum { MAX_DEPTH = 48, LENGTH_BYTES = 5 };

/* An inner message longer than four bytes of length can tell is no model. */
#define MAX_STRIPPED_BYTES ((size_t)1 << 30)

struct walk {
    const char *path;
    const uint8_t *data;
    struct ts_onnx_bytes *out;
    struct ts_diagnostics *diagnostics;
};

static struct rule rule_for(enum message message, uint64_t field)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (rules[i].message == message && rules[i].field == field) {
            return rules[i];
        }
    }
    return (struct rule){message, 0, COPY, OTHER};
}

static bool broken(const struct walk *walk, size_t at, const char *what)
{
    struct ts_place place = {.file = walk->path};
    ts_diag_error(walk->diagnostics, TS_ERROR_SYNTAX, place, "no ONNX model: %s at byte %zu", what,
                  at);
    ts_diag_help(walk->diagnostics, "the file is damaged, cut short, or in another format");
    return false;
}

static bool append(const struct walk *walk, const uint8_t *data, size_t length)
{
    struct ts_onnx_bytes *out = walk->out;
    if (length > MAX_STRIPPED_BYTES - out->length) {
        return ts_diag_error(walk->diagnostics, TS_ERROR_LIMIT, (struct ts_place){walk->path, 0, 0},
                             "the model has more than 1 GiB beside its weights");
    }
    if (out->length + length > out->capacity) {
        size_t capacity = (out->length + length) * 2 + 4096;
        uint8_t *larger = realloc(out->data, capacity);
        if (!larger) {
            ts_bug("out of memory reading %s", walk->path);
        }
        out->data = larger;
        out->capacity = capacity;
    }
    if (length) {
        memcpy(out->data + out->length, data, length);
    }
    out->length += length;
    return true;
}

/* Base-128 number, least significant group first, at most ten bytes. */
static bool read_varint(const uint8_t *data, size_t end, size_t *at, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 70 && *at < end; shift += 7) {
        uint8_t byte = data[(*at)++];
        if (shift < 64) {
            *value |= (uint64_t)(byte & 0x7f) << shift;
        }
        if (!(byte & 0x80)) {
            return true;
        }
    }
    return false;
}

/* Passes a field's value; *body and *length are set for length-delimited ones. */
static bool pass_value(const struct walk *walk, unsigned wire_type, size_t end, size_t *at,
                       size_t *length)
{
    uint64_t value = 0;
    size_t begin = *at;
    *length = 0;
    switch (wire_type) {
    case 0:
        if (!read_varint(walk->data, end, at, &value)) {
            return broken(walk, begin, "a number is cut off");
        }
        return true;
    case 1:
    case 5:
        value = wire_type == 1 ? 8 : 4;
        break;
    case 2:
        if (!read_varint(walk->data, end, at, &value)) {
            return broken(walk, begin, "a length is cut off");
        }
        *length = value > end - *at ? 0 : (size_t)value;
        break;
    default:
        return broken(walk, begin, "an unknown field type");
    }
    if (value > end - *at) {
        return broken(walk, begin, "a field reaches past its end");
    }
    *at += (size_t)value;
    return true;
}

static bool copy_message(const struct walk *walk, enum message message, size_t begin, size_t end,
                         int depth);

/* The inner message with a length of five bytes, which is filled in afterwards. */
static bool enter(const struct walk *walk, struct rule rule, const uint8_t *tag, size_t tag_length,
                  size_t begin, size_t end, int depth)
{
    static const uint8_t room[LENGTH_BYTES];
    if (!append(walk, tag, tag_length) || !append(walk, room, LENGTH_BYTES)) {
        return false;
    }
    size_t body = walk->out->length;
    if (!copy_message(walk, rule.inner, begin, end, depth + 1)) {
        return false;
    }
    size_t length = walk->out->length - body;
    for (int i = 0; i < LENGTH_BYTES; i++) {
        uint8_t more = i + 1 < LENGTH_BYTES ? 0x80 : 0;
        walk->out->data[body - LENGTH_BYTES + (size_t)i] = (uint8_t)((length & 0x7f) | more);
        length >>= 7;
    }
    return true;
}

static bool copy_message(const struct walk *walk, enum message message, size_t begin, size_t end,
                         int depth)
{
    size_t kept = 0;
    if (depth > MAX_DEPTH) {
        return ts_diag_error(walk->diagnostics, TS_ERROR_LIMIT, (struct ts_place){walk->path, 0, 0},
                             "graphs are nested more than %d deep", MAX_DEPTH / 3);
    }
    for (size_t at = begin; at < end;) {
        size_t tag_begin = at, length;
        uint64_t tag;
        if (!read_varint(walk->data, end, &at, &tag) || tag >> 3 == 0) {
            return broken(walk, tag_begin, "a field has no number");
        }
        size_t tag_length = at - tag_begin;
        if (!pass_value(walk, (unsigned)(tag & 7), end, &at, &length)) {
            return false;
        }
        struct rule rule = rule_for(message, tag >> 3);
        if (rule.handling == DROP) {
            continue;
        }
        if (rule.handling == ENTER && (tag & 7) == 2) {
            if (!enter(walk, rule, walk->data + tag_begin, tag_length, at - length, at, depth)) {
                return false;
            }
            continue;
        }
        size_t size = at - tag_begin;
        if (rule.handling == PAYLOAD) {
            kept += size;
            if (kept > TS_ONNX_KEPT_BYTES) {
                continue;
            }
        }
        if (!append(walk, walk->data + tag_begin, size)) {
            return false;
        }
    }
    return true;
}

bool ts_onnx_strip(const char *path, const uint8_t *data, size_t length,
                   struct ts_onnx_bytes *stripped, struct ts_diagnostics *diagnostics)
{
    struct walk walk = {path, data, stripped, diagnostics};
    *stripped = (struct ts_onnx_bytes){0};
    if (!length) {
        return ts_diag_error(diagnostics, TS_ERROR_SYNTAX, (struct ts_place){path, 0, 0},
                             "no ONNX model: the file is empty");
    }
    if (copy_message(&walk, MODEL, 0, length, 0)) {
        return true;
    }
    ts_onnx_bytes_release(stripped);
    return false;
}

static bool file_error(const char *path, const char *why, struct ts_diagnostics *diagnostics)
{
    return ts_diag_error(diagnostics, TS_ERROR_FILE, (struct ts_place){path, 0, 0},
                         "cannot read it: %s", why);
}

bool ts_onnx_strip_file(const char *path, struct ts_onnx_bytes *stripped,
                        struct ts_diagnostics *diagnostics)
{
    struct stat status;
    *stripped = (struct ts_onnx_bytes){0};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) != 0) {
        const char *why = strerror(errno);
        if (file >= 0) {
            close(file);
        }
        return file_error(path, why, diagnostics);
    }
    size_t length = (size_t)status.st_size;
    if (!S_ISREG(status.st_mode) || length == 0) {
        close(file);
        return S_ISREG(status.st_mode) ? ts_onnx_strip(path, NULL, 0, stripped, diagnostics)
                                       : file_error(path, "not a regular file", diagnostics);
    }
    void *data = mmap(NULL, length, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (data == MAP_FAILED) {
        return file_error(path, strerror(errno), diagnostics);
    }
    /* Weights are skipped: reading ahead would fetch them. */
    madvise(data, length, MADV_RANDOM);
    bool ok = ts_onnx_strip(path, data, length, stripped, diagnostics);
    munmap(data, length);
    return ok;
}

void ts_onnx_bytes_release(struct ts_onnx_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct ts_onnx_bytes){0};
}
