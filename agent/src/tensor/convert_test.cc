#include "tensor/convert.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "tensor/half.h"

namespace tandem {
namespace {

constexpr uint8_t kOneLow = 0x00, kOneHigh = 0x3C;  // 1.0 in fp16, little-endian.

// Bytes in the order of the format -> weights.
std::vector<float> decode(TensorType type, const std::vector<uint8_t>& bytes) {
  const TypeTraits traits = type_traits(type);
  EXPECT_EQ(bytes.size(), traits.block_bytes);
  std::vector<float> out(traits.block_size);
  dequantize_row(type, reinterpret_cast<const std::byte*>(bytes.data()), traits.block_size, out.data());
  return out;
}

TEST(Convert, Q4_0ByHand) {
  std::vector<uint8_t> block(18, 0x88);
  block[0] = kOneLow, block[1] = kOneHigh;
  block[2] = 0xF0;
  const auto x = decode(TensorType::kQ4_0, block);
  EXPECT_EQ(x[0], -8);
  EXPECT_EQ(x[16], 7);
  EXPECT_EQ(x[1], 0);
}

TEST(Convert, Q4_1ByHand) {
  std::vector<uint8_t> block(20, 0);
  block[1] = 0x40;                   // scale 2
  block[2] = 0x00, block[3] = 0xC2;  // minimum -3
  block[4 + 15] = 0x5F;
  const auto x = decode(TensorType::kQ4_1, block);
  EXPECT_EQ(x[0], -3);
  EXPECT_EQ(x[15], 2 * 15 - 3);
  EXPECT_EQ(x[31], 2 * 5 - 3);
}

TEST(Convert, Q5_0ByHand) {
  std::vector<uint8_t> block(22, 0);
  block[1] = kOneHigh;
  block[2] = 0x02, block[5] = 0x80;  // fifth bits of weights 1 and 31
  block[6 + 1] = 0x01, block[6 + 15] = 0xF0;
  const auto x = decode(TensorType::kQ5_0, block);
  EXPECT_EQ(x[0], -16);
  EXPECT_EQ(x[1], 16 + 1 - 16);
  EXPECT_EQ(x[31], 16 + 15 - 16);
}

TEST(Convert, Q5_1ByHand) {
  std::vector<uint8_t> block(24, 0);
  block[1] = kOneHigh;
  block[3] = kOneHigh;
  block[4] = 0x01, block[6] = 0x01;  // weights 0 and 16
  block[8] = 0x32;
  const auto x = decode(TensorType::kQ5_1, block);
  EXPECT_EQ(x[0], 16 + 2 + 1);
  EXPECT_EQ(x[16], 16 + 3 + 1);
  EXPECT_EQ(x[2], 1);
}

TEST(Convert, Q8_0ByHand) {
  std::vector<uint8_t> block(34, 0);
  block[1] = 0x38;  // 0.5
  block[2] = 0x81, block[33] = 127;
  const auto x = decode(TensorType::kQ8_0, block);
  EXPECT_EQ(x[0], -63.5f);
  EXPECT_EQ(x[31], 63.5f);
}

TEST(Convert, Q2_KByHand) {
  std::vector<uint8_t> block(84, 0);
  block[0] = 0x52;             // sub-block 0: scale 2, minimum 5
  block[3] = 0x01;             // sub-block 3 (weights 48..63): scale 1
  block[8] = 0x03;             // sub-block 8 (weights 128..143): scale 3
  block[16] = 0x03;            // weight 0: 3; weights 32, 64, 96: 0
  block[16 + 17] = 0x02 << 2;  // weight 32 + 17 = 49: 2
  block[16 + 32 + 1] = 0x01;   // weight 129: 1
  block[81] = kOneHigh, block[83] = kOneHigh;
  const auto x = decode(TensorType::kQ2_K, block);
  EXPECT_EQ(x[0], 2 * 3 - 5);
  EXPECT_EQ(x[1], -5);
  EXPECT_EQ(x[49], 2);
  EXPECT_EQ(x[129], 3);
  EXPECT_EQ(x[200], 0);
}

TEST(Convert, Q3_KByHand) {
  std::vector<uint8_t> block(110, 0);
  block[109] = kOneHigh;
  block[96] = 0x51;        // scales 0 (low nibble 1) and 8 (low nibble 5)
  block[104] = 0x32;       // upper bits of scale 0: 2, of 4: 0, of 8: 3
  block[0] = 0x01;         // third bit of weight 0
  block[32] = 0x02;        // weight 0: low bits 2
  block[32 + 32 + 5] = 3;  // weight 133: low bits 3, third bit absent
  const auto x = decode(TensorType::kQ3_K, block);
  EXPECT_EQ(x[0], (0x21 - 32) * 2);
  EXPECT_EQ(x[1], (0x21 - 32) * -4);
  EXPECT_EQ(x[133], (0x35 - 32) * -1);
  EXPECT_EQ(x[64], -32 * -4);  // scale 4 is 0 - 32
}

TEST(Convert, Q4_KByHand) {
  std::vector<uint8_t> block(144, 0);
  block[1] = kOneHigh, block[3] = kOneHigh;
  block[4 + 0] = 0xC0 | 7;    // scale 0 = 7, upper bits of scale 4 = 3
  block[4 + 4] = 0x40 | 9;    // minimum 0 = 9, upper bits of minimum 4 = 1
  block[4 + 8] = 0x21;        // scale 4 low = 1, minimum 4 low = 2
  block[16] = 0x0F;           // weight 0: 15, weight 32: 0
  block[16 + 64 + 3] = 0x04;  // weight 128 + 3: 4
  const auto x = decode(TensorType::kQ4_K, block);
  EXPECT_EQ(x[0], 7 * 15 - 9);
  EXPECT_EQ(x[1], -9);
  EXPECT_EQ(x[32], 0);
  EXPECT_EQ(x[131], (1 + 48) * 4 - (2 + 16));
}

TEST(Convert, Q5_KByHand) {
  std::vector<uint8_t> block(176, 0);
  block[1] = kOneHigh, block[3] = kOneHigh;
  block[4 + 1] = 2;      // scale 1 = 2 (weights 32..63)
  block[16 + 4] = 0x02;  // fifth bit of weight 36
  block[48 + 4] = 0xA0;  // weight 36: nibble 10
  const auto x = decode(TensorType::kQ5_K, block);
  EXPECT_EQ(x[36], 2 * 26);
  EXPECT_EQ(x[4], 0);
}

TEST(Convert, Q6_KByHand) {
  std::vector<uint8_t> block(210, 0);
  block[209] = kOneHigh;
  block[192] = 2, block[192 + 5] = 0xFD, block[192 + 8] = 1;  // scales 0, 5 (-3), 8
  block[0] = 0x0F, block[128] = 0x01;                         // weight 0: 15 | 1 << 4
  block[16] = 0x70, block[128 + 16] = 0x30;                   // weight 64 + 16: 7 | 3 << 4
  block[64] = 0x03;                                           // weight 128: 3
  const auto x = decode(TensorType::kQ6_K, block);
  EXPECT_EQ(x[0], 2 * (31 - 32));
  EXPECT_EQ(x[1], 2 * -32);
  EXPECT_EQ(x[80], -3 * (55 - 32));
  EXPECT_EQ(x[128], 3 - 32);
}

struct Bound {
  TensorType type;
  double worst;  // Error of one weight, relative to the largest weight of its row: half a step, and scale
                 // rounding.
};

class RoundTrip : public testing::TestWithParam<Bound> {};

TEST_P(RoundTrip, StaysWithinHalfAStep) {
  constexpr int64_t kColumns = 1024;
  std::mt19937 random(7);
  std::uniform_real_distribution<float> values(-1, 1);
  std::vector<float> x(kColumns), y(kColumns);
  for (float& value : x) value = values(random);
  std::vector<std::byte> blocks(row_bytes(GetParam().type, kColumns));
  quantize_row(GetParam().type, x.data(), kColumns, blocks.data());
  dequantize_row(GetParam().type, blocks.data(), kColumns, y.data());
  double worst = 0;
  for (size_t i = 0; i < x.size(); i++) worst = std::max(worst, std::fabs(double{x[i]} - y[i]));
  EXPECT_LE(worst, GetParam().worst) << type_traits(GetParam().type).name;

  // What is on the grid already stays there.
  std::vector<float> again(kColumns);
  quantize_row(GetParam().type, y.data(), kColumns, blocks.data());
  dequantize_row(GetParam().type, blocks.data(), kColumns, again.data());
  worst = 0;
  for (size_t i = 0; i < y.size(); i++) worst = std::max(worst, std::fabs(double{again[i]} - y[i]));
  EXPECT_LE(worst, GetParam().worst) << type_traits(GetParam().type).name;
}

INSTANTIATE_TEST_SUITE_P(AllTypes, RoundTrip,
                         testing::Values(Bound{TensorType::kF32, 0}, Bound{TensorType::kF16, 0x1p-12},
                                         Bound{TensorType::kBF16, 0x1p-9}, Bound{TensorType::kQ4_0, 0.126},
                                         Bound{TensorType::kQ4_1, 0.068}, Bound{TensorType::kQ5_0, 0.064},
                                         Bound{TensorType::kQ5_1, 0.034}, Bound{TensorType::kQ8_0, 0.0045},
                                         Bound{TensorType::kQ2_K, 0.42}, Bound{TensorType::kQ3_K, 0.27},
                                         Bound{TensorType::kQ4_K, 0.08}, Bound{TensorType::kQ5_K, 0.045},
                                         Bound{TensorType::kQ6_K, 0.033}),
                         [](const auto& tested) { return std::string(type_traits(tested.param.type).name); });

TEST(Convert, ZerosStayZeros) {
  const std::vector<float> zeros(256, 0.0f);
  for (uint32_t id = 0; id < 64; id++) {
    const auto traits = type_traits(id);
    if (!traits) continue;
    std::vector<std::byte> blocks(row_bytes(traits->type, 256));
    std::vector<float> out(256, 1.0f);
    quantize_row(traits->type, zeros.data(), 256, blocks.data());
    dequantize_row(traits->type, blocks.data(), 256, out.data());
    EXPECT_EQ(out, zeros) << traits->name;
  }
}

}  // namespace
}  // namespace tandem
