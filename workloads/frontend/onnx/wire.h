/* Reads an ONNX file without its weights.
 *
 * A model is a tree of protobuf messages (developers.google.com/protocol-buffers/docs/encoding).
 * Walking its wire format and leaving out the payload of every tensor above a small size gives a
 * short message that means the same but for these values; pages of the file that hold weights are
 * never touched.
 */
#ifndef TESSERA_ONNX_WIRE_H
#define TESSERA_ONNX_WIRE_H

#include "tessera/arena.h"
#include "tessera/diag.h"

#include <stdint.h>

/* Shape arithmetic works on a few numbers; masks and tables beyond this are data. */
enum { TS_ONNX_KEPT_BYTES = 8192 };

struct ts_onnx_bytes {
    uint8_t *data;
    size_t length, capacity;
};

/* Errors: SYNTAX with the byte where it stops being a message, LIMIT (nesting). */
bool ts_onnx_strip(const char *path, const uint8_t *data, size_t length,
                   struct ts_onnx_bytes *stripped, struct ts_diagnostics *diagnostics);

/* The same from a file. Error: FILE. */
bool ts_onnx_strip_file(const char *path, struct ts_onnx_bytes *stripped,
                        struct ts_diagnostics *diagnostics);

void ts_onnx_bytes_release(struct ts_onnx_bytes *bytes);

#endif
