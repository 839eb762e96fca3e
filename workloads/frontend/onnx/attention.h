/* Rules for attention that is one operator. */
#ifndef TESSERA_ONNX_ATTENTION_H
#define TESSERA_ONNX_ATTENTION_H

#include "workloads/frontend/onnx/import.h"

bool onnx_map_attention(struct onnx_import *m, const struct onnx_node *node,
                        const struct onnx_operator *row); /* Attention, opset 23 */
bool onnx_map_multi_head(struct onnx_import *m, const struct onnx_node *node,
                         const struct onnx_operator *row); /* MultiHeadAttention */
bool onnx_map_grouped_query(struct onnx_import *m, const struct onnx_node *node,
                            const struct onnx_operator *row); /* GroupQueryAttention */
bool onnx_map_packed_attention(struct onnx_import *m, const struct onnx_node *node,
                               const struct onnx_operator *row); /* com.microsoft Attention */

#endif
