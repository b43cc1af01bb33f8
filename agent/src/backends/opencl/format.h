// Which form each tensor type takes on the device (kernels/weights.cl says how a form lies in memory).
#pragma once

#include <cstdint>
#include <string>

#include "tensor/type.h"

namespace tandem::opencl {

// Numbers are those of SCALES_* in kernels/weights.cl.
enum class Scales : uint8_t { kHalf, kHalfMin, kSuper16, kSuperMin32, kSuperMin16, kNone };

struct Format {
  int bits = 32;  // Of a code: 4, 8; of a float: 16 (fp16), 17 (bf16), 32.
  Scales scales = Scales::kNone;
  bool is_signed = false;  // 8-bit codes of symmetrical types.
  int offset = 0;          // What 4-bit codes are too large by.

  friend bool operator==(const Format&, const Format&) = default;
};

inline constexpr int64_t kPanelRows = 16;

[[nodiscard]] Format format_of(TensorType type);
// Codes are wider on the device than in the file, because the device has no kernel for their width.
[[nodiscard]] bool is_widened(TensorType type);
// The sentence for it; nothing is lost.
[[nodiscard]] std::string widened_note(TensorType type);

// 32-bit words of a panel of 16 rows.
[[nodiscard]] int64_t panel_words(const Format& format, int64_t columns);

// Options for the compiler: "-DBITS=4 ...".
[[nodiscard]] std::string defines(const Format& format);

// Rows [first_row, first_row + 16) of a tensor, as far as it has them, into a panel. `rows` are ggml's blocks
// from row 0 on.
void pack_panel(TensorType type, const std::byte* rows, int64_t total_rows, int64_t columns,
                int64_t first_row, uint32_t* panel);

}  // namespace tandem::opencl
