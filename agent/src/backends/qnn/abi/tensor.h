// Tensors, ops and registered memory as the QNN C interface passes them (64-bit pointers).
#pragma once

#include <cstddef>

#include "backends/qnn/abi/values.h"

namespace tandem::qnn::abi {

using MemoryHandle = void*;

struct ScaleOffset {
  float scale;  // value = scale * (stored + offset)
  int32_t offset;
};

struct AxisScaleOffset {
  int32_t axis;
  uint32_t count;
  ScaleOffset* scales;  // [count]
};

struct WidthAxisScaleOffset {
  uint32_t width;  // Bits of each stored value, below its data type's.
  int32_t axis;
  uint32_t count;
  float* scales;     // [count]
  int32_t* offsets;  // [count], or null: all 0.
};

struct Quantization {
  Definition definition;
  Encoding encoding;
  union {
    ScaleOffset scale_offset;
    AxisScaleOffset axis;
    WidthAxisScaleOffset width_axis;
  };
};

struct ClientBuffer {
  void* data;
  uint32_t bytes;
};

struct TensorV1 {
  uint32_t id;
  const char* name;
  TensorType type;
  uint32_t format;
  DataType data_type;
  Quantization quantization;
  uint32_t rank;
  uint32_t* dimensions;
  MemoryType memory_type;
  union {
    ClientBuffer client;
    MemoryHandle handle;
  };
};

// Begins as TensorV1 does.
struct TensorV2 {
  TensorV1 first;
  uint8_t* dynamic_dimensions;  // [rank], or null: all static.
  struct {
    uint32_t type;
    uint32_t specified, sparse_dimensions;
  } sparse;
  uint8_t produced;
};

struct Tensor {
  uint32_t version;
  union {
    TensorV1 v1;
    TensorV2 v2;
  };
};

struct Scalar {
  DataType type;
  union {
    float float_value;
    double double_value;
    uint64_t uint64_value;
    uint32_t uint32_value;
    uint8_t bool8_value;
    const char* text_value;
  };
};

struct Param {
  ParamType type;
  const char* name;
  union {
    Scalar scalar;
    Tensor tensor;
  };
};

struct Op {
  uint32_t version;
  struct {
    const char* name;
    const char* package;
    const char* type;
    uint32_t param_count;
    Param* params;
    uint32_t input_count;
    Tensor* inputs;
    uint32_t output_count;
    Tensor* outputs;
  } v1;
};

struct DmaBuffer {
  int32_t fd;
  void* data;
};

struct MemoryDescriptor {
  struct {
    uint32_t rank;
    uint32_t* dimensions;
    const char* config;
  } shape;
  DataType data_type;
  RegisteredMemory type;
  union {
    int32_t ion_fd;
    void* custom;  // HtpMemory, abi/htp.h.
    DmaBuffer dma_buf;
  };
};

// Platform facts (LP64, API 2.27).
static_assert(sizeof(Quantization) == 40 && sizeof(ClientBuffer) == 16);
static_assert(sizeof(TensorV1) == 112 && sizeof(TensorV2) == 136 && sizeof(Tensor) == 144);
static_assert(offsetof(Tensor, v1) == 8 && offsetof(TensorV1, quantization) == 32);
static_assert(offsetof(TensorV1, rank) == 72 && offsetof(TensorV1, client) == 96);
static_assert(sizeof(Scalar) == 16 && sizeof(Param) == 160 && sizeof(Op) == 80);
static_assert(sizeof(MemoryDescriptor) == 48);

inline constexpr const char* kOpPackage = "qti.aisw";
inline constexpr const char* kFullyConnected = "FullyConnected";  // in [M, K], weight [N, K], bias [N]
inline constexpr const char* kMatMul = "MatMul";
inline constexpr const char* kCast = "Cast";
inline constexpr const char* kTransposeSecond = "transpose_in1";

}  // namespace tandem::qnn::abi
