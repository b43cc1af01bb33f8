// Blocks of 32 weights between ggml's layouts and the packed one.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/cpu/packed_layout.h"

namespace tandem::cpu {

// 32 consecutive weights of one row: unsigned values and the scales exactly as the file has them.
struct BlockValues {
  uint8_t q[kBlock];
  uint16_t scale;  // fp16; of the super-block where the format has one.
  uint16_t min;    // fp16; formats with minimums
  uint8_t
      sub[2];  // Sub-block scales (two's complement in kSuper16); both the same where there is one per 32.
  uint8_t sub_min[2];  // Likewise the minimums.
};

// Block `block` (of 32) of a row of ggml blocks.
void read_source_block(Format format, const std::byte* row, int64_t block, BlockValues& values);

// Writes block `block` of row `row` (0 to 15) into a zeroed panel, and reads it back.
void write_packed_block(Format format, uint8_t* panel, int64_t block, int row, const BlockValues& values);
void read_packed_block(Format format, const uint8_t* panel, int64_t block, int row, BlockValues& values);

// values -> out: [32]
void dequantize_block(Format format, const BlockValues& values, float* out);

// Bytes of a panel of `blocks` blocks.
[[nodiscard]] int64_t packed_panel_bytes(Format format, int64_t blocks);

}  // namespace tandem::cpu
