// Q3_K, Q6_K: super-blocks of 256 weights. weight = d * scale[s] * code, with signed codes and 16 signed
// scales.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/bytes.h"
#include "tensor/codecs.h"
#include "tensor/half.h"

namespace tandem {
namespace {

constexpr int kSuper = 256;
constexpr int kSubBlock = 16;

struct Unpacked {
  uint16_t d = 0;  // fp16
  std::array<int8_t, kSuper / kSubBlock> scales{};
  std::array<int8_t, kSuper> codes{};
};

int at(const std::byte* bytes, int i) { return static_cast<int>(bytes[i]); }

// Layout: third bits[32], low bits[64], scales[12], d. Low bits as in Q2_K; third bit of weight i: bit i / 32
// of byte i % 32, set for codes >= 0. Scale s + 32 in 6 bits: 4 low bits in bytes 0-7 (s % 8, high nibble for
// s >= 8), 2 upper bits in byte 8 + s % 4 at 2 * (s / 4).
struct Q3K {
  static constexpr TensorType kType = TensorType::kQ3_K;
  static constexpr int kBytes = 110, kHalfScales = 32, kHalfCodes = 4;

  static Unpacked unpack(const std::byte* b) {
    Unpacked u{load<uint16_t>(b + 108), {}, {}};
    for (int s = 0; s < 16; s++) {
      const int low = at(b, 96 + s % 8) >> (s / 8 * 4) & 0xF;
      const int high = at(b, 104 + s % 4) >> (s / 4 * 2) & 3;
      u.scales[static_cast<size_t>(s)] = static_cast<int8_t>((low | high << 4) - 32);
    }
    for (int i = 0; i < kSuper; i++) {
      const int low = at(b, 32 + i / 128 * 32 + i % 32) >> (i % 128 / 32 * 2) & 3;
      const int high = at(b, i % 32) >> (i / 32) & 1;
      u.codes[static_cast<size_t>(i)] = static_cast<int8_t>((low | high << 2) - 4);
    }
    return u;
  }

  static void pack(const Unpacked& u, std::byte* b) {
    std::memset(b, 0, kBytes);
    for (int s = 0; s < 16; s++) {
      const int scale = u.scales[static_cast<size_t>(s)] + 32;
      b[96 + s % 8] |= static_cast<std::byte>((scale & 0xF) << (s / 8 * 4));
      b[104 + s % 4] |= static_cast<std::byte>((scale >> 4) << (s / 4 * 2));
    }
    for (int i = 0; i < kSuper; i++) {
      const int code = u.codes[static_cast<size_t>(i)] + 4;
      b[32 + i / 128 * 32 + i % 32] |= static_cast<std::byte>((code & 3) << (i % 128 / 32 * 2));
      b[i % 32] |= static_cast<std::byte>((code >> 2) << (i / 32));
    }
    std::memcpy(b + 108, &u.d, 2);
  }
};

// Layout: low nibbles[128], upper bits[64], scales[16], d. Of each half of 128 weights, weight l (l % 64 =
// byte) has its nibble in the low half of the byte for l < 64, in the high one above; its 2 upper bits are in
// byte l % 32 at 2 * (l / 32).
struct Q6K {
  static constexpr TensorType kType = TensorType::kQ6_K;
  static constexpr int kBytes = 210, kHalfScales = 128, kHalfCodes = 32;

  static Unpacked unpack(const std::byte* b) {
    Unpacked u{load<uint16_t>(b + 208), {}, {}};
    std::memcpy(u.scales.data(), b + 192, u.scales.size());
    for (int i = 0; i < kSuper; i++) {
      const int l = i % 128;
      const int low = at(b, i / 128 * 64 + l % 64) >> (l / 64 * 4) & 0xF;
      const int high = at(b, 128 + i / 128 * 32 + l % 32) >> (l / 32 * 2) & 3;
      u.codes[static_cast<size_t>(i)] = static_cast<int8_t>((low | high << 4) - 32);
    }
    return u;
  }

  static void pack(const Unpacked& u, std::byte* b) {
    std::memset(b, 0, kBytes);
    for (int i = 0; i < kSuper; i++) {
      const int l = i % 128;
      const int code = u.codes[static_cast<size_t>(i)] + 32;
      b[i / 128 * 64 + l % 64] |= static_cast<std::byte>((code & 0xF) << (l / 64 * 4));
      b[128 + i / 128 * 32 + l % 32] |= static_cast<std::byte>((code >> 4) << (l / 32 * 2));
    }
    std::memcpy(b + 192, u.scales.data(), u.scales.size());
    std::memcpy(b + 208, &u.d, 2);
  }
};

template <typename Layout>
void dequantize(const std::byte* blocks, int64_t count, float* out) {
  for (int64_t i = 0; i < count; i += kSuper, blocks += Layout::kBytes) {
    const Unpacked u = Layout::unpack(blocks);
    const float d = half_to_float(u.d);
    for (size_t j = 0; j < kSuper; j++)
      out[static_cast<size_t>(i) + j] = d * u.scales[j / kSubBlock] * u.codes[j];
  }
}

float extreme(const float* values, size_t count) {
  return *std::max_element(values, values + count,
                           [](float a, float b) { return std::fabs(a) < std::fabs(b); });
}

// The extreme of each sub-block gets the lowest code, the extreme scale the lowest integer: those have no
// mirror image.
template <typename Layout>
Unpacked encode(const float* x) {
  std::array<float, kSuper / kSubBlock> scales{};
  for (size_t s = 0; s < scales.size(); s++)
    scales[s] = extreme(x + s * kSubBlock, kSubBlock) / -Layout::kHalfCodes;
  Unpacked u;
  u.d = float_to_half(extreme(scales.data(), scales.size()) / -Layout::kHalfScales);
  const float d = half_to_float(u.d);
  const auto to_integer = [](float value, float unit, int half) {
    return static_cast<int8_t>(unit != 0 ? std::clamp<long>(std::lround(value / unit), -half, half - 1) : 0);
  };
  for (size_t s = 0; s < scales.size(); s++) u.scales[s] = to_integer(scales[s], d, Layout::kHalfScales);
  for (size_t j = 0; j < kSuper; j++) {
    u.codes[j] = to_integer(x[j], d * u.scales[j / kSubBlock], Layout::kHalfCodes);
  }
  return u;
}

template <typename Layout>
void quantize(const float* values, int64_t count, std::byte* blocks) {
  for (int64_t i = 0; i < count; i += kSuper, blocks += Layout::kBytes)
    Layout::pack(encode<Layout>(values + i), blocks);
}

}  // namespace

const std::array<Codec, 2> kSignedCodecs{{
    {Q3K::kType, dequantize<Q3K>, quantize<Q3K>},
    {Q6K::kType, dequantize<Q6K>, quantize<Q6K>},
}};

}  // namespace tandem
