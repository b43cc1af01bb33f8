// F32, F16, BF16: one number per weight.
#include <cstring>

#include "base/bytes.h"
#include "tensor/codecs.h"
#include "tensor/half.h"

namespace tandem {
namespace {

void read_f32(const std::byte* blocks, int64_t count, float* out) {
  std::memcpy(out, blocks, static_cast<size_t>(count) * sizeof(float));
}

void write_f32(const float* values, int64_t count, std::byte* blocks) {
  std::memcpy(blocks, values, static_cast<size_t>(count) * sizeof(float));
}

template <float (*kConvert)(uint16_t)>
void read_16(const std::byte* blocks, int64_t count, float* out) {
  for (int64_t i = 0; i < count; i++) out[i] = kConvert(load<uint16_t>(blocks + 2 * i));
}

template <uint16_t (*kConvert)(float)>
void write_16(const float* values, int64_t count, std::byte* blocks) {
  for (int64_t i = 0; i < count; i++) {
    const uint16_t bits = kConvert(values[i]);
    std::memcpy(blocks + 2 * i, &bits, sizeof(bits));
  }
}

}  // namespace

const std::array<Codec, 3> kFloatCodecs{{
    {TensorType::kF32, read_f32, write_f32},
    {TensorType::kF16, read_16<half_to_float>, write_16<float_to_half>},
    {TensorType::kBF16, read_16<bf16_to_float>, write_16<float_to_bf16>},
}};

}  // namespace tandem
