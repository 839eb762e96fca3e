/* Rules for normalisations (norms.c). */
#ifndef TESSERA_ONNX_NORMS_H
#define TESSERA_ONNX_NORMS_H

#include "workloads/frontend/onnx/import.h"

bool onnx_map_batchnorm(struct onnx_import *m, const struct onnx_node *node,
                        const struct onnx_operator *row);
bool onnx_map_rownorm(struct onnx_import *m, const struct onnx_node *node,
                      const struct onnx_operator *row);
bool onnx_map_groupnorm(struct onnx_import *m, const struct onnx_node *node,
                        const struct onnx_operator *row);
bool onnx_map_lrn(struct onnx_import *m, const struct onnx_node *node,
                  const struct onnx_operator *row);

#endif
