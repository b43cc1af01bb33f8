#include "backends/opencl/format.h"

#include <algorithm>
#include <cstring>

#include "backends/cpu/pack_block.h"
#include "backends/cpu/tensor_format.h"

namespace tandem::opencl {
namespace {

constexpr int64_t kBlock = 32;
constexpr int64_t kSuper = 8;  // Blocks that share a header.

bool quantised(const Format& format) { return format.bits <= 8; }
int64_t code_words(const Format& format) { return format.bits * 16; }
int64_t scale_words(const Format& format) { return format.scales == Scales::kHalfMin ? 16 : 8; }
int64_t header_words(const Format& format) {
  if (format.scales == Scales::kHalf || format.scales == Scales::kHalfMin) return 0;
  return format.scales == Scales::kSuper16 ? 8 : 16;
}

// A byte or a half of a panel's scales.
void set_byte(uint32_t* words, int64_t index, uint8_t value) {
  std::memcpy(reinterpret_cast<uint8_t*>(words) + index, &value, sizeof(value));
}
void set_half(uint32_t* words, int64_t index, uint16_t value) {
  std::memcpy(reinterpret_cast<uint16_t*>(words) + index, &value, sizeof(value));
}

void pack_codes(const Format& format, const uint8_t* q, int64_t row, uint32_t* codes) {
  if (format.bits == 4) {
    for (int64_t plane = 0; plane < 4; ++plane, q += 8) {
      uint32_t word = 0;
      for (int i = 0; i < 4; ++i)
        word |= static_cast<uint32_t>(q[i]) << (8 * i) | static_cast<uint32_t>(q[i + 4]) << (8 * i + 4);
      codes[plane * 16 + row] = word;
    }
    return;
  }
  for (int64_t plane = 0; plane < 8; ++plane, q += 4) {
    uint32_t word = 0;
    for (int i = 0; i < 4; ++i) word |= static_cast<uint32_t>(q[i]) << (8 * i);
    codes[plane * 16 + row] = word;
  }
}

void pack_scales(const Format& format, const cpu::BlockValues& values, int64_t row, uint32_t* scales,
                 uint32_t* header) {
  switch (format.scales) {
    case Scales::kHalfMin:
      set_half(scales, 16 + row, values.min);
      [[fallthrough]];
    case Scales::kHalf:
      return set_half(scales, row, values.scale);
    case Scales::kSuper16:
      set_half(header, row, values.scale);
      for (int64_t half = 0; half < 2; ++half) set_byte(scales, 16 * half + row, values.sub[half]);
      return;
    case Scales::kSuperMin32:
      set_half(header, row, values.scale);
      set_half(header, 16 + row, values.min);
      set_byte(scales, row, values.sub[0]);
      set_byte(scales, 16 + row, values.sub_min[0]);
      return;
    case Scales::kSuperMin16:
      set_half(header, row, values.scale);
      set_half(header, 16 + row, values.min);
      for (int64_t half = 0; half < 2; ++half) {
        set_byte(scales, 16 * half + row, static_cast<uint8_t>(values.sub[half] | values.sub_min[half] << 4));
      }
      return;
    case Scales::kNone:
      return;
  }
}

void pack_quantised_row(TensorType type, const Format& format, const std::byte* from, int64_t columns,
                        int64_t row, uint32_t* panel) {
  const cpu::Format source = *cpu::format_of(type);
  const int64_t blocks = columns / kBlock;
  uint32_t* scales = panel + blocks / kSuper * header_words(format);
  uint32_t* codes = scales + blocks * scale_words(format);
  // Unsigned codes of symmetrical types are too large by half their range; 8-bit ones are stored signed.
  const int excess = type == TensorType::kQ8_0 ? 128 : type == TensorType::kQ6_K ? 32 : 16;
  for (int64_t b = 0; b < blocks; ++b) {
    cpu::BlockValues values;
    cpu::read_source_block(source, from, b, values);
    if (format.is_signed) {
      for (uint8_t& q : values.q) q = static_cast<uint8_t>(q - excess);
    }
    pack_codes(format, values.q, row, codes + b * code_words(format));
    pack_scales(format, values, row, scales + b * scale_words(format),
                panel + b / kSuper * header_words(format));
  }
}

template <typename T>
void pack_float_row(const std::byte* from, int64_t columns, int64_t row, uint32_t* panel) {
  auto* to = reinterpret_cast<T*>(panel) + row;
  for (int64_t c = 0; c < columns; ++c)
    std::memcpy(to + c * kPanelRows, from + c * static_cast<int64_t>(sizeof(T)), sizeof(T));
}

}  // namespace

Format format_of(TensorType type) {
  switch (type) {
    case TensorType::kF32:
      return {.bits = 32};
    case TensorType::kF16:
      return {.bits = 16};
    case TensorType::kBF16:
      return {.bits = 17};
    case TensorType::kQ4_0:
      return {.bits = 4, .scales = Scales::kHalf, .offset = 8};
    case TensorType::kQ4_1:
      return {.bits = 4, .scales = Scales::kHalfMin};
    case TensorType::kQ5_0:
    case TensorType::kQ8_0:
      return {.bits = 8, .scales = Scales::kHalf, .is_signed = true};
    case TensorType::kQ5_1:
      return {.bits = 8, .scales = Scales::kHalfMin};
    case TensorType::kQ2_K:
      return {.bits = 4, .scales = Scales::kSuperMin16};
    case TensorType::kQ3_K:
      return {.bits = 4, .scales = Scales::kSuper16, .offset = 4};
    case TensorType::kQ4_K:
      return {.bits = 4, .scales = Scales::kSuperMin32};
    case TensorType::kQ5_K:
      return {.bits = 8, .scales = Scales::kSuperMin32};
    case TensorType::kQ6_K:
      return {.bits = 8, .scales = Scales::kSuper16, .is_signed = true};
  }
  return {};
}

bool is_widened(TensorType type) {
  switch (type) {
    case TensorType::kQ5_0:
    case TensorType::kQ5_1:
    case TensorType::kQ2_K:
    case TensorType::kQ3_K:
    case TensorType::kQ5_K:
    case TensorType::kQ6_K:
      return true;
    default:
      return false;
  }
}

std::string widened_note(TensorType type) {
  return "The GPU holds " + std::string(type_traits(type).name) + " weights with " +
         std::to_string(format_of(type).bits) +
         " bits per code, at no loss: they take more memory than in the file.";
}

int64_t panel_words(const Format& format, int64_t columns) {
  if (!quantised(format)) return columns * (format.bits == 32 ? 16 : 8);
  const int64_t blocks = columns / kBlock;
  return blocks * (code_words(format) + scale_words(format)) + blocks / kSuper * header_words(format);
}

std::string defines(const Format& format) {
  return "-DBITS=" + std::to_string(format.bits) +
         " -DSCALES=" + std::to_string(static_cast<int>(format.scales)) +
         " -DSIGNED=" + std::to_string(format.is_signed ? 1 : 0) +
         " -DOFFSET=" + std::to_string(format.offset);
}

void pack_panel(TensorType type, const std::byte* rows, int64_t total_rows, int64_t columns,
                int64_t first_row, uint32_t* panel) {
  const Format format = format_of(type);
  std::fill(panel, panel + panel_words(format, columns), 0U);
  const auto stride = static_cast<int64_t>(row_bytes(type, static_cast<uint64_t>(columns)));
  for (int64_t row = 0; row < std::min(kPanelRows, total_rows - first_row); ++row) {
    const std::byte* from = rows + (first_row + row) * stride;
    if (quantised(format)) {
      pack_quantised_row(type, format, from, columns, row, panel);
    } else if (format.bits == 32) {
      pack_float_row<uint32_t>(from, columns, row, panel);
    } else {
      pack_float_row<uint16_t>(from, columns, row, panel);
    }
  }
}

}  // namespace tandem::opencl
