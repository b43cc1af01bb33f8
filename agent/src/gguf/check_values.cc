#include "gguf/check_values.h"

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "gguf/printable.h"

namespace tandem {
namespace {

// NaN and infinity have all exponent bits set, in every format.
template <typename Bits, Bits kExponent>
int64_t first_bad_number(std::span<const std::byte> bytes) {
  const size_t count = bytes.size() / sizeof(Bits);
  // Whole runs first, without a branch for each number, so that the compiler can use vectors.
  constexpr size_t kRun = 4096;
  for (size_t begin = 0; begin < count; begin += kRun) {
    const size_t end = begin + kRun < count ? begin + kRun : count;
    uint32_t bad = 0;
    for (size_t i = begin; i < end; i++) {
      bad |= (load<Bits>(bytes.data() + i * sizeof(Bits)) & kExponent) == kExponent ? 1 : 0;
    }
    if (bad == 0) continue;
    for (size_t i = begin; i < end; i++) {
      if ((load<Bits>(bytes.data() + i * sizeof(Bits)) & kExponent) == kExponent)
        return static_cast<int64_t>(i);
    }
  }
  return -1;
}

constexpr uint16_t kHalfExponent = 0x7C00;

struct ScaleLayout {
  TensorType type;
  std::array<int, 2> offsets;  // Of the fp16 scales in a block; the same twice where there is one.
};

constexpr std::array kScales{
    ScaleLayout{TensorType::kQ4_0, {0, 0}},     ScaleLayout{TensorType::kQ4_1, {0, 2}},
    ScaleLayout{TensorType::kQ5_0, {0, 0}},     ScaleLayout{TensorType::kQ5_1, {0, 2}},
    ScaleLayout{TensorType::kQ8_0, {0, 0}},     ScaleLayout{TensorType::kQ2_K, {80, 82}},
    ScaleLayout{TensorType::kQ3_K, {108, 108}}, ScaleLayout{TensorType::kQ4_K, {0, 2}},
    ScaleLayout{TensorType::kQ5_K, {0, 2}},     ScaleLayout{TensorType::kQ6_K, {208, 208}},
};

int64_t first_bad_block(const ScaleLayout& layout, const TensorView& view) {
  const size_t step = type_traits(view.type).block_bytes;
  for (size_t at = 0; at + step <= view.bytes.size(); at += step) {
    for (const int offset : layout.offsets) {
      const auto scale = load<uint16_t>(view.bytes.data() + at + offset);
      if ((scale & kHalfExponent) == kHalfExponent) return static_cast<int64_t>(at / step);
    }
  }
  return -1;
}

int64_t first_bad(const TensorView& view) {
  switch (view.type) {
    case TensorType::kF32:
      return first_bad_number<uint32_t, 0x7F800000u>(view.bytes);
    case TensorType::kF16:
      return first_bad_number<uint16_t, kHalfExponent>(view.bytes);
    case TensorType::kBF16:
      return first_bad_number<uint16_t, 0x7F80>(view.bytes);
    default:
      for (const ScaleLayout& layout : kScales) {
        if (layout.type == view.type) return first_bad_block(layout, view);
      }
      return -1;
  }
}

}  // namespace

Result<void> check_values(std::string_view name, const TensorView& view) {
  const int64_t bad = first_bad(view);
  if (bad < 0) return {};
  return Error{ErrorCode::kModelBadValues,
               "The tensor " + printable(name) + " holds a value that is not a finite number (" +
                   std::string(type_traits(view.type).name) + " block " + std::to_string(bad) +
                   "); the file is damaged or was converted wrongly, so get it again.",
               {{"tensor", std::string(name)}, {"block", std::to_string(bad)}}};
}

}  // namespace tandem
