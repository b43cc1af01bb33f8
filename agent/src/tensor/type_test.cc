#include "tensor/type.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(TensorType, BlocksHaveTheSizesOfTheFormat) {
  EXPECT_EQ(row_bytes(TensorType::kQ4_0, 4096), 4096u / 32 * 18);
  EXPECT_EQ(row_bytes(TensorType::kQ6_K, 4096), 4096u / 256 * 210);
  EXPECT_EQ(row_bytes(TensorType::kBF16, 10), 20u);
}

TEST(TensorType, UnknownIdsAreNotTypes) {
  EXPECT_FALSE(type_traits(4u).has_value());  // Q4_2, withdrawn long ago
  EXPECT_FALSE(type_traits(0xffffffffu).has_value());
  EXPECT_EQ(type_by_name("Q4_K"), TensorType::kQ4_K);
}

}  // namespace
}  // namespace tandem
