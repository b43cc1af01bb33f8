#include "gguf/check_values.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tensor/convert.h"

namespace tandem {
namespace {

// Every byte pattern that follows is decoded as well: the scan must agree with the decoder for each 16-bit
// place.
TEST(CheckValues, FindsExactlyWhatTheDecoderWouldShow) {
  for (uint32_t id = 0; id < 64; id++) {
    const auto traits = type_traits(id);
    if (!traits) continue;
    const int64_t columns = traits->block_size * 3;
    const std::vector<float> ones(static_cast<size_t>(columns), 1.0f);
    std::vector<std::byte> good(row_bytes(traits->type, static_cast<uint64_t>(columns)));
    quantize_row(traits->type, ones.data(), columns, good.data());
    EXPECT_TRUE(check_values("t", {traits->type, 1, columns, good}).ok()) << traits->name;

    bool found_one = false;
    for (size_t at = 0; at + 2 <= good.size(); at += 2) {
      std::vector<std::byte> bytes = good;
      bytes[at] = std::byte{0x80};
      bytes[at + 1] = std::byte{0x7F};  // NaN in fp16, infinity in bf16 and (upper half) in fp32
      std::vector<float> out(ones.size());
      dequantize_row(traits->type, bytes.data(), columns, out.data());
      bool bad = false;
      for (const float value : out) bad |= !std::isfinite(value);
      EXPECT_EQ(!check_values("t", {traits->type, 1, columns, bytes}).ok(), bad)
          << traits->name << " at " << at;
      found_one |= bad;
    }
    EXPECT_TRUE(found_one) << traits->name;
  }
}

TEST(CheckValues, NamesTheTensorAndThePlace) {
  std::vector<float> values(10000, 0.5f);
  values[9876] = -std::numeric_limits<float>::infinity();
  const auto bytes = std::as_bytes(std::span(values));
  const auto result = check_values("blk.1.attn_q.weight", {TensorType::kF32, 100, 100, bytes});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, ErrorCode::kModelBadValues);
  EXPECT_EQ(result.error().context.at("tensor"), "blk.1.attn_q.weight");
  EXPECT_EQ(result.error().context.at("block"), "9876");
}

}  // namespace
}  // namespace tandem
