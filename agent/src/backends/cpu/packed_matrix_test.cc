#include "backends/cpu/packed_matrix.h"

#include <gtest/gtest.h>

#include "backends/cpu/test_support.h"

namespace tandem::cpu {
namespace {

constexpr TensorType kTypes[] = {TensorType::kF32,  TensorType::kF16,  TensorType::kBF16, TensorType::kQ4_0,
                                 TensorType::kQ4_1, TensorType::kQ5_0, TensorType::kQ5_1, TensorType::kQ8_0,
                                 TensorType::kQ2_K, TensorType::kQ3_K, TensorType::kQ4_K, TensorType::kQ5_K,
                                 TensorType::kQ6_K};

class PackedMatrixOf : public testing::TestWithParam<TensorType> {
 protected:
  ThreadPool pool_{{.threads = 2, .cores = {}}};
  Target target_{Isa::kScalar, pool_};
};

class PackedBlocksOf : public PackedMatrixOf {};

TEST_P(PackedMatrixOf, GivesBackEveryValueExactly) {
  for (const int64_t rows : {1, 16, 37}) {
    const int64_t columns = type_traits(GetParam()).block_size == 1 ? 171 : 512;
    const TestTensor tensor = random_tensor(GetParam(), rows, columns, 5);
    const auto packed = PackedMatrix::pack(tensor.view, target_);
    ASSERT_TRUE(packed.ok());
    std::vector<float> row(static_cast<size_t>(columns));
    for (int64_t r = 0; r < rows; ++r) {
      packed->dequantize_row(r, row.data());
      for (int64_t k = 0; k < columns; ++k) {
        ASSERT_EQ(row[static_cast<size_t>(k)], tensor.values[static_cast<size_t>(r * columns + k)])
            << r << ", " << k;
      }
    }
  }
}

// Every bit pattern counts, also those that a quantiser would not write.
TEST_P(PackedBlocksOf, GivesBackRandomBlocks) {
  const int64_t columns = 512;
  std::mt19937 generator(7);
  std::vector<std::byte> bytes(16 * row_bytes(GetParam(), columns));
  for (auto& byte : bytes) byte = static_cast<std::byte>(generator());
  const auto packed = PackedMatrix::pack({GetParam(), 16, columns, bytes}, target_);
  ASSERT_TRUE(packed.ok());
  std::vector<float> got(columns), wanted(columns);
  for (int64_t r = 0; r < 16; ++r) {
    packed->dequantize_row(r, got.data());
    dequantize_row(GetParam(), bytes.data() + static_cast<size_t>(r) * row_bytes(GetParam(), columns),
                   columns, wanted.data());
    for (size_t k = 0; k < got.size(); ++k) {
      if (std::isnan(wanted[k])) {
        ASSERT_TRUE(std::isnan(got[k]));
      } else {
        ASSERT_EQ(got[k], wanted[k]) << r << ", " << k;
      }
    }
  }
}

TEST_P(PackedMatrixOf, GrowsByAtMostFourPercent) {
  const TestTensor tensor = random_tensor(GetParam(), 32, 1024, 1);
  const auto packed = PackedMatrix::pack(tensor.view, target_);
  ASSERT_TRUE(packed.ok());
  EXPECT_GE(packed->bytes(), tensor.bytes.size());
  EXPECT_LE(static_cast<double>(packed->bytes()), 1.04 * static_cast<double>(tensor.bytes.size()));
}

std::string type_name(const testing::TestParamInfo<TensorType>& test) {
  return std::string(type_traits(test.param).name);
}

INSTANTIATE_TEST_SUITE_P(Types, PackedMatrixOf, testing::ValuesIn(kTypes), type_name);
INSTANTIATE_TEST_SUITE_P(Quantised, PackedBlocksOf, testing::ValuesIn(kTypes + 3, std::end(kTypes)),
                         type_name);

TEST(PackedMatrix, TellsWhenSlicesAreDone) {
  ThreadPool pool({.threads = 2, .cores = {}});
  const std::vector<std::byte> bytes(40000 * 1024);  // 40 MB: several slices.
  int64_t next = 0;
  int slices = 0;
  const auto packed = PackedMatrix::pack({TensorType::kF32, 40000, 256, bytes}, {Isa::kScalar, pool},
                                         [&](int64_t first, int64_t count) {
                                           EXPECT_EQ(first, next);
                                           next = first + count;
                                           ++slices;
                                         });
  ASSERT_TRUE(packed.ok());
  EXPECT_EQ(next, 40000);
  EXPECT_GT(slices, 1);
}

TEST(PackedMatrix, RefusesWhatItCannotPack) {
  ThreadPool pool({.threads = 1, .cores = {}});
  const Target target{Isa::kScalar, pool};
  const std::vector<std::byte> bytes(1000);
  const auto code = [&](TensorView view) {
    const auto packed = PackedMatrix::pack(view, target);
    return packed.ok() ? ErrorCode::kInternal : packed.error().code;
  };
  EXPECT_EQ(code({TensorType::kF32, 0, 4, bytes}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({TensorType::kF32, 1, 0, bytes}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({TensorType::kQ4_0, 1, 33, bytes}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({TensorType::kQ4_K, 1, 128, bytes}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({TensorType::kF32, 100, 100, bytes}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({TensorType::kF32, INT64_MAX, 4, bytes}), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace tandem::cpu
