#include "workloads/frontend/onnx/module/infer.hpp"

#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <climits>
#include <unordered_map>

namespace tessera_onnx
{

using onnx::TensorProto;

bool is_standard(const std::string &domain)
{
    return domain.empty() || domain == "ai.onnx";
}

namespace
{

// The newest version of an operator that is not newer than the model's opset.
const onnx::OpSchema *find_schema(const ts_onnx_model &model, const onnx::NodeProto &node)
{
    std::string domain = is_standard(node.domain()) ? "" : node.domain();
    if (!domain.empty() || model.opset <= 0) {
        return onnx::OpSchemaRegistry::Schema(node.op_type(), domain);
    }
    int version = static_cast<int>(std::min<int64_t>(model.opset, INT_MAX));
    return onnx::OpSchemaRegistry::Schema(node.op_type(), version, domain);
}

void set_type(const ts_onnx_shape &from, onnx::TypeProto *to)
{
    to->mutable_tensor_type()->set_elem_type(from.type ? from.type : TensorProto::FLOAT);
    if (from.rank < 0) {
        return;
    }
    onnx::TensorShapeProto *shape = to->mutable_tensor_type()->mutable_shape();
    for (int i = 0; i < from.rank; i++) {
        onnx::TensorShapeProto_Dimension *dim = shape->add_dim();
        if (from.dims[i] >= 0) {
            dim->set_dim_value(from.dims[i]);
        }
    }
}

int64_t whole(double value)
{
    if (value >= 9.2e18) {
        return INT64_MAX;
    }
    return value > -9.2e18 ? static_cast<int64_t>(value) : INT64_MIN;
}

void set_data(const ts_onnx_shape &from, TensorProto *to)
{
    int64_t count = 1;
    to->set_data_type(from.type);
    for (int i = 0; i < from.rank; i++) {
        to->add_dims(from.dims[i]);
        count *= from.dims[i];
    }
    for (int64_t i = 0; i < count; i++) {
        if (from.type == TensorProto::INT64) {
            to->add_int64_data(whole(from.values[i]));
        } else if (from.type == TensorProto::FLOAT) {
            to->add_float_data(static_cast<float>(from.values[i]));
        } else {
            to->add_int32_data(static_cast<int32_t>(
                std::clamp<int64_t>(whole(from.values[i]), INT32_MIN, INT32_MAX)));
        }
    }
}

bool get_type(const onnx::TypeProto &from, ts_onnx_shape *to)
{
    *to = {};
    to->rank = -1;
    if (!from.has_tensor_type() || !from.tensor_type().has_shape() ||
        from.tensor_type().shape().dim_size() > TS_ONNX_MAX_RANK) {
        return false;
    }
    to->type = from.tensor_type().elem_type();
    to->rank = from.tensor_type().shape().dim_size();
    for (int i = 0; i < to->rank; i++) {
        const auto &dim = from.tensor_type().shape().dim(i);
        to->dims[i] = dim.has_dim_value() ? dim.dim_value() : -1;
    }
    return true;
}

bool has_data(const ts_onnx_shape &shape)
{
    return shape.values && (shape.type == TensorProto::INT64 || shape.type == TensorProto::INT32 ||
                            shape.type == TensorProto::FLOAT || shape.type == TensorProto::BOOL);
}

} // namespace

bool infer(const ts_onnx_model *model, const ts_onnx_node *node, const ts_onnx_shape *inputs,
           int input_count, ts_onnx_shape *outputs, int output_count)
{
    try {
        onnx::NodeProto copy = *static_cast<const onnx::NodeProto *>(node->handle);
        const onnx::OpSchema *schema = find_schema(*model, copy);
        if (!schema || !schema->has_type_and_shape_inference_function()) {
            return false;
        }
        schema->Verify(copy);
        std::unordered_map<std::string, onnx::TypeProto> types;
        std::unordered_map<std::string, TensorProto> data;
        std::unordered_map<std::string, onnx::TypeProto *> type_of_name;
        std::unordered_map<std::string, const TensorProto *> data_of_name;
        for (int i = 0; i < input_count && i < copy.input_size(); i++) {
            if (copy.input(i).empty()) {
                continue;
            }
            std::string name = "input" + std::to_string(i);
            copy.set_input(i, name);
            set_type(inputs[i], &types[name]);
            if (has_data(inputs[i])) {
                set_data(inputs[i], &data[name]);
            }
        }
        for (auto &entry : types) {
            type_of_name[entry.first] = &entry.second;
        }
        for (auto &entry : data) {
            data_of_name[entry.first] = &entry.second;
        }
        onnx::shape_inference::InferenceContextImpl context(copy, type_of_name, data_of_name, {});
        schema->GetTypeAndShapeInferenceFunction()(context);
        bool known = output_count > 0;
        for (int i = 0; i < output_count; i++) {
            known &= static_cast<size_t>(i) < context.getNumOutputs() &&
                     get_type(*context.getOutputType(static_cast<size_t>(i)), &outputs[i]);
        }
        return known;
    } catch (const std::exception &) {
        return false;
    }
}

} // namespace tessera_onnx
