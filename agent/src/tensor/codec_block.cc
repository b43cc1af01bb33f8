// Q4_0, Q4_1, Q5_0, Q5_1, Q8_0: blocks of 32 weights with one fp16 scale, and with one fp16 minimum in the _1
// types.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/bytes.h"
#include "tensor/codecs.h"
#include "tensor/half.h"

namespace tandem {
namespace {

constexpr int kBlock = 32;

// Layout: fp16 scale, [fp16 minimum], [32 fifth bits], 16 bytes of nibbles. Byte j holds weight j in its low
// nibble and weight j + 16 in its high one; fifth bit j belongs to weight j.
template <int kBits, bool kMinimum>
struct Nibbles {
  static constexpr int kHighBits = kMinimum ? 4 : 2;  // Offset of the fifth bits.
  static constexpr int kQuants = kHighBits + (kBits == 5 ? 4 : 0);
  static constexpr int kBytes = kQuants + kBlock / 2;
  static constexpr int kLevels = 1 << kBits;

  static void dequantize(const std::byte* blocks, int64_t count, float* out) {
    for (int64_t i = 0; i < count; i += kBlock, blocks += kBytes) {
      const float scale = half_to_float(load<uint16_t>(blocks));
      const float minimum = kMinimum ? half_to_float(load<uint16_t>(blocks + 2)) : 0;
      const uint32_t high = kBits == 5 ? load<uint32_t>(blocks + kHighBits) : 0;
      for (int j = 0; j < kBlock; j++) {
        const auto byte = static_cast<uint32_t>(blocks[kQuants + j % 16]);
        const uint32_t code = (j < 16 ? byte & 0xF : byte >> 4) | (high >> j & 1) << 4;
        out[i + j] = kMinimum ? static_cast<float>(code) * scale + minimum
                              : static_cast<float>(static_cast<int>(code) - kLevels / 2) * scale;
      }
    }
  }

  static void quantize(const float* values, int64_t count, std::byte* blocks) {
    for (int64_t i = 0; i < count; i += kBlock, blocks += kBytes) {
      const float* x = values + i;
      const auto [low, high] = std::minmax_element(x, x + kBlock);
      // Without a minimum the weight of the largest magnitude gets the lowest code, the one that has no
      // mirror image.
      const float extreme = -*low > *high ? *low : *high;
      const float scale = kMinimum ? (*high - *low) / (kLevels - 1) : extreme / (-kLevels / 2);
      const uint16_t scale_bits = float_to_half(scale);
      std::memcpy(blocks, &scale_bits, sizeof(scale_bits));
      if (kMinimum) {
        const uint16_t minimum_bits = float_to_half(*low);
        std::memcpy(blocks + 2, &minimum_bits, sizeof(minimum_bits));
      }
      const float inverse = half_to_float(scale_bits) != 0 ? 1 / scale : 0;
      const float offset = kMinimum ? -*low * inverse : kLevels / 2;
      uint32_t high_bits = 0;
      std::memset(blocks + kQuants, 0, kBlock / 2);
      for (int j = 0; j < kBlock; j++) {
        const int rounded = static_cast<int>(std::lround(x[j] * inverse + offset));
        const auto code = static_cast<uint32_t>(std::clamp(rounded, 0, kLevels - 1));
        blocks[kQuants + j % 16] |= static_cast<std::byte>((code & 0xF) << (j < 16 ? 0 : 4));
        high_bits |= (code >> 4) << j;
      }
      if (kBits == 5) std::memcpy(blocks + kHighBits, &high_bits, sizeof(high_bits));
    }
  }
};

static_assert(Nibbles<4, false>::kBytes == 18 && Nibbles<4, true>::kBytes == 20);
static_assert(Nibbles<5, false>::kBytes == 22 && Nibbles<5, true>::kBytes == 24);

// Layout: fp16 scale, 32 signed bytes.
constexpr int kQ8Bytes = 34;

void dequantize_q8(const std::byte* blocks, int64_t count, float* out) {
  for (int64_t i = 0; i < count; i += kBlock, blocks += kQ8Bytes) {
    const float scale = half_to_float(load<uint16_t>(blocks));
    for (int j = 0; j < kBlock; j++) out[i + j] = static_cast<float>(load<int8_t>(blocks + 2 + j)) * scale;
  }
}

void quantize_q8(const float* values, int64_t count, std::byte* blocks) {
  for (int64_t i = 0; i < count; i += kBlock, blocks += kQ8Bytes) {
    float largest = 0;
    for (int j = 0; j < kBlock; j++) largest = std::max(largest, std::fabs(values[i + j]));
    const float scale = largest / 127;
    const uint16_t scale_bits = float_to_half(scale);
    std::memcpy(blocks, &scale_bits, sizeof(scale_bits));
    const float inverse = half_to_float(scale_bits) != 0 ? 1 / scale : 0;
    for (int j = 0; j < kBlock; j++)
      blocks[2 + j] = static_cast<std::byte>(std::lround(values[i + j] * inverse));
  }
}

}  // namespace

const std::array<Codec, 5> kBlockCodecs{{
    {TensorType::kQ4_0, Nibbles<4, false>::dequantize, Nibbles<4, false>::quantize},
    {TensorType::kQ4_1, Nibbles<4, true>::dequantize, Nibbles<4, true>::quantize},
    {TensorType::kQ5_0, Nibbles<5, false>::dequantize, Nibbles<5, false>::quantize},
    {TensorType::kQ5_1, Nibbles<5, true>::dequantize, Nibbles<5, true>::quantize},
    {TensorType::kQ8_0, dequantize_q8, quantize_q8},
}};

}  // namespace tandem
