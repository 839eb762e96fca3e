// The ONNX library's own inference of shapes, an operator at a time.
#ifndef TESSERA_ONNX_INFER_HPP
#define TESSERA_ONNX_INFER_HPP

#include "workloads/frontend/onnx/onnx_model.h"

#include <string>

namespace tessera_onnx
{

// The domain of ONNX's own operators.
bool is_standard(const std::string &domain);

// As ts_onnx_module says.
bool infer(const ts_onnx_model *model, const ts_onnx_node *node, const ts_onnx_shape *inputs,
           int input_count, ts_onnx_shape *outputs, int output_count);

} // namespace tessera_onnx

#endif
