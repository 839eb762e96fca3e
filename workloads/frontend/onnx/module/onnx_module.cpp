// The module that knows the ONNX project's library: bytes → plain structs, and its shape inference.
// Loaded on demand (module.c); exports one symbol. No exception leaves it.
#include "workloads/frontend/onnx/module/infer.hpp"
#include "workloads/frontend/onnx/module/maker.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <climits>
#include <memory>

namespace tessera_onnx
{

namespace
{

ts_onnx_model *open_model(const void *bytes, size_t length, const ts_onnx_memory *memory,
                          const char **error)
{
    enum { MAX_NESTING = 200 };
    Maker maker(*memory);
    try {
        google::protobuf::SetLogHandler(nullptr);
        auto model = std::make_unique<onnx::ModelProto>();
        google::protobuf::io::ArrayInputStream input(bytes, static_cast<int>(length));
        google::protobuf::io::CodedInputStream coded(&input);
        coded.SetTotalBytesLimit(INT_MAX);
        coded.SetRecursionLimit(MAX_NESTING);
        if (!model->ParseFromCodedStream(&coded) || !coded.ConsumedEntireMessage()) {
            *error = "its fields are not those of an ONNX model";
            return nullptr;
        }
        if (!model->has_graph()) {
            *error = "it has no graph";
            return nullptr;
        }
        ts_onnx_model *to = maker.array<ts_onnx_model>(1);
        to->ir_version = model->ir_version();
        to->producer = maker.text(model->producer_name());
        for (const auto &opset : model->opset_import()) {
            if (is_standard(opset.domain())) {
                to->opset = opset.version();
            }
        }
        to->graph = maker.graph(model->graph());
        ts_onnx_function *functions = maker.array<ts_onnx_function>(model->functions_size());
        for (int i = 0; i < model->functions_size(); i++) {
            maker.function(model->functions(i), &functions[i]);
        }
        to->functions = functions;
        to->function_count = model->functions_size();
        to->handle = model.release();
        return to;
    } catch (const std::exception &failure) {
        *error = maker.text(failure.what());
        return nullptr;
    }
}

void close_model(ts_onnx_model *model)
{
    delete static_cast<onnx::ModelProto *>(model->handle);
    model->handle = nullptr;
}

} // namespace

} // namespace tessera_onnx

extern "C" __attribute__((visibility("default"))) const ts_onnx_module *tessera_onnx_module(void);

extern "C" const ts_onnx_module *tessera_onnx_module(void)
{
    static const ts_onnx_module module = {TS_ONNX_MODULE_VERSION, tessera_onnx::open_model,
                                          tessera_onnx::close_model, tessera_onnx::infer};
    return &module;
}
