// Q2_K, Q4_K, Q5_K: super-blocks of 256 weights. weight = d * scale[s] * code - dmin * minimum[s], with
// unsigned codes, fp16 d and dmin, and small integer scales and minimums for each sub-block s.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/bytes.h"
#include "tensor/codecs.h"
#include "tensor/half.h"

namespace tandem {
namespace {

constexpr int kSuper = 256;

// A super-block with everything in its own place.
struct Unpacked {
  uint16_t d = 0;     // fp16
  uint16_t dmin = 0;  // fp16
  std::array<uint8_t, 16> scales{};
  std::array<uint8_t, 16> minimums{};
  std::array<uint8_t, kSuper> codes{};
};

uint8_t at(const std::byte* bytes, int i) { return static_cast<uint8_t>(bytes[i]); }

// Layout: scales[16] (scale low nibble, minimum high), codes[64], d, dmin. Each half of 128 weights has 32
// bytes of codes; byte l holds weights l, l + 32, l + 64, l + 96 of the half, lowest bits first.
struct Q2K {
  static constexpr TensorType kType = TensorType::kQ2_K;
  static constexpr int kBytes = 84, kSubBlock = 16, kMaxScale = 15, kMaxCode = 3;

  static Unpacked unpack(const std::byte* b) {
    Unpacked u{load<uint16_t>(b + 80), load<uint16_t>(b + 82), {}, {}, {}};
    for (size_t s = 0; s < 16; s++) {
      u.scales[s] = static_cast<uint8_t>(at(b, static_cast<int>(s)) & 0xF);
      u.minimums[s] = static_cast<uint8_t>(at(b, static_cast<int>(s)) >> 4);
    }
    for (int i = 0; i < kSuper; i++) {
      u.codes[static_cast<size_t>(i)] =
          static_cast<uint8_t>(at(b, 16 + i / 128 * 32 + i % 32) >> (i % 128 / 32 * 2) & 3);
    }
    return u;
  }

  static void pack(const Unpacked& u, std::byte* b) {
    std::memset(b, 0, kBytes);
    for (size_t s = 0; s < 16; s++) b[s] = static_cast<std::byte>(u.scales[s] | u.minimums[s] << 4);
    for (int i = 0; i < kSuper; i++) {
      b[16 + i / 128 * 32 + i % 32] |=
          static_cast<std::byte>(u.codes[static_cast<size_t>(i)] << (i % 128 / 32 * 2));
    }
    std::memcpy(b + 80, &u.d, 2);
    std::memcpy(b + 82, &u.dmin, 2);
  }
};

// 8 scales and 8 minimums of 6 bits in 12 bytes: bytes 0-3 and 4-7 hold the first four of each in their low 6
// bits; bytes 8-11 the low nibbles of the last four (scale low, minimum high), whose upper 2 bits are at the
// top of bytes 0-7.
void unpack_six_bits(const std::byte* b, Unpacked& u) {
  for (int s = 0; s < 4; s++) {
    const auto i = static_cast<size_t>(s);
    u.scales[i] = at(b, s) & 63;
    u.minimums[i] = at(b, s + 4) & 63;
    u.scales[i + 4] = static_cast<uint8_t>((at(b, s + 8) & 0xF) | at(b, s) >> 6 << 4);
    u.minimums[i + 4] = static_cast<uint8_t>(at(b, s + 8) >> 4 | at(b, s + 4) >> 6 << 4);
  }
}

void pack_six_bits(const Unpacked& u, std::byte* b) {
  for (size_t s = 0; s < 4; s++) {
    b[s] = static_cast<std::byte>(u.scales[s] | u.scales[s + 4] >> 4 << 6);
    b[s + 4] = static_cast<std::byte>(u.minimums[s] | u.minimums[s + 4] >> 4 << 6);
    b[s + 8] = static_cast<std::byte>((u.scales[s + 4] & 0xF) | (u.minimums[s + 4] & 0xF) << 4);
  }
}

// Layout: d, dmin, scales[12], [Q5_K: fifth bits[32]], nibbles[128]. Each run of 64 weights has 32 bytes of
// nibbles: weights l in the low nibbles, l + 32 in the high ones. Fifth bit of weight i: bit i / 32 of byte i
// % 32.
template <int kBits>
struct Q45K {
  static constexpr TensorType kType = kBits == 4 ? TensorType::kQ4_K : TensorType::kQ5_K;
  static constexpr int kNibbles = kBits == 4 ? 16 : 48;
  static constexpr int kBytes = kNibbles + 128, kSubBlock = 32, kMaxScale = 63, kMaxCode = (1 << kBits) - 1;

  static Unpacked unpack(const std::byte* b) {
    Unpacked u{load<uint16_t>(b), load<uint16_t>(b + 2), {}, {}, {}};
    unpack_six_bits(b + 4, u);
    for (int i = 0; i < kSuper; i++) {
      const int low = at(b, kNibbles + i / 64 * 32 + i % 32) >> (i % 64 / 32 * 4) & 0xF;
      const int high = kBits == 5 ? at(b, 16 + i % 32) >> (i / 32) & 1 : 0;
      u.codes[static_cast<size_t>(i)] = static_cast<uint8_t>(low | high << 4);
    }
    return u;
  }

  static void pack(const Unpacked& u, std::byte* b) {
    std::memset(b, 0, kBytes);
    std::memcpy(b, &u.d, 2);
    std::memcpy(b + 2, &u.dmin, 2);
    pack_six_bits(u, b + 4);
    for (int i = 0; i < kSuper; i++) {
      const int code = u.codes[static_cast<size_t>(i)];
      b[kNibbles + i / 64 * 32 + i % 32] |= static_cast<std::byte>((code & 0xF) << (i % 64 / 32 * 4));
      if (kBits == 5) b[16 + i % 32] |= static_cast<std::byte>((code >> 4) << (i / 32));
    }
  }
};

static_assert(Q45K<4>::kBytes == 144 && Q45K<5>::kBytes == 176);

template <typename Layout>
void dequantize(const std::byte* blocks, int64_t count, float* out) {
  for (int64_t i = 0; i < count; i += kSuper, blocks += Layout::kBytes) {
    const Unpacked u = Layout::unpack(blocks);
    const float d = half_to_float(u.d);
    const float dmin = half_to_float(u.dmin);
    for (size_t j = 0; j < kSuper; j++) {
      const size_t s = j / Layout::kSubBlock;
      out[static_cast<size_t>(i) + j] = d * u.scales[s] * u.codes[j] - dmin * u.minimums[s];
    }
  }
}

// Each sub-block spans from its smallest weight (or 0) to its largest; scales and minimums are then rounded
// to integers.
template <typename Layout>
Unpacked encode(const float* x) {
  constexpr size_t kCount = kSuper / Layout::kSubBlock;
  std::array<float, kCount> scales{}, minimums{};
  for (size_t s = 0; s < kCount; s++) {
    const float* sub = x + s * Layout::kSubBlock;
    const auto [low, high] = std::minmax_element(sub, sub + Layout::kSubBlock);
    minimums[s] = std::max(0.0f, -*low);
    scales[s] = std::max(0.0f, *high + minimums[s]) / Layout::kMaxCode;
  }
  Unpacked u;
  u.d = float_to_half(*std::max_element(scales.begin(), scales.end()) / Layout::kMaxScale);
  u.dmin = float_to_half(*std::max_element(minimums.begin(), minimums.end()) / Layout::kMaxScale);
  const float d = half_to_float(u.d);
  const float dmin = half_to_float(u.dmin);
  const auto to_integer = [](float value, float unit, int most) {
    return static_cast<uint8_t>(unit > 0 ? std::clamp<long>(std::lround(value / unit), 0, most) : 0);
  };
  for (size_t s = 0; s < kCount; s++) {
    u.scales[s] = to_integer(scales[s], d, Layout::kMaxScale);
    u.minimums[s] = to_integer(minimums[s], dmin, Layout::kMaxScale);
  }
  for (size_t j = 0; j < kSuper; j++) {
    const size_t s = j / Layout::kSubBlock;
    u.codes[j] = to_integer(x[j] + dmin * u.minimums[s], d * u.scales[s], Layout::kMaxCode);
  }
  return u;
}

template <typename Layout>
void quantize(const float* values, int64_t count, std::byte* blocks) {
  for (int64_t i = 0; i < count; i += kSuper, blocks += Layout::kBytes)
    Layout::pack(encode<Layout>(values + i), blocks);
}

}  // namespace

const std::array<Codec, 3> kMinimumCodecs{{
    {Q2K::kType, dequantize<Q2K>, quantize<Q2K>},
    {Q45K<4>::kType, dequantize<Q45K<4>>, quantize<Q45K<4>>},
    {Q45K<5>::kType, dequantize<Q45K<5>>, quantize<Q45K<5>>},
}};

}  // namespace tandem
