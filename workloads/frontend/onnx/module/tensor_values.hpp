// The numbers that a tensor of an ONNX file holds, whatever its type and packing.
#ifndef TESSERA_ONNX_TENSOR_VALUES_HPP
#define TESSERA_ONNX_TENSOR_VALUES_HPP

#include <onnx/onnx_pb.h>

#include <cstdint>

namespace tessera_onnx
{

// Elements a shape holds, -1 when that is no sensible number.
int64_t count_of(const onnx::TensorProto &from);

// Its `count` values; false when it does not have as many.
bool tensor_values(const onnx::TensorProto &from, double *to, int64_t count);

} // namespace tessera_onnx

#endif
