#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace tandem {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return Error{ErrorCode::kInvalidArgument, "Give an even number.", {}};
  return n / 2;
}

Result<std::unique_ptr<int>> quarter(int n) {
  TANDEM_ASSIGN(const int once, half(n));
  TANDEM_ASSIGN(const int twice, half(once));
  return std::make_unique<int>(twice);
}

TEST(Result, CarriesValuesThatOnlyMove) {
  auto result = quarter(8);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(**result, 2);
}

TEST(Result, PassesTheFirstErrorOn) {
  auto result = quarter(6);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(error_code_name(result.error().code), "invalid-argument");
  EXPECT_EQ(result.error().message, "Give an even number.");
}

}  // namespace
}  // namespace tandem
