#include "backends/cpu/isa.h"

#include <gtest/gtest.h>

#include <iostream>

namespace tandem::cpu {
namespace {

TEST(Isa, NamesRoundTrip) {
  for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512Vnni, Isa::kNeon, Isa::kDotprod, Isa::kI8mm}) {
    EXPECT_EQ(isa_by_name(isa_name(isa)), isa);
  }
  EXPECT_EQ(isa_by_name("sse9"), std::nullopt);
}

TEST(Isa, ScalarIsAlwaysThereAndLast) {
  ASSERT_FALSE(available_isas().empty());
  EXPECT_EQ(available_isas().back(), Isa::kScalar);
  EXPECT_EQ(best_isa(), available_isas().front());
  for (const Isa isa : available_isas()) {
    EXPECT_TRUE(isa_available(isa));
    std::cout << "available: " << isa_name(isa) << "\n";
  }
}

TEST(Isa, BelongsToTheArchitecture) {
#if defined(__x86_64__)
  EXPECT_FALSE(isa_available(Isa::kNeon));
#elif defined(__aarch64__)
  EXPECT_TRUE(isa_available(Isa::kNeon));
  EXPECT_FALSE(isa_available(Isa::kAvx2));
#endif
  EXPECT_LE(isa_available(Isa::kI8mm), isa_available(Isa::kDotprod));
  EXPECT_LE(isa_available(Isa::kAvx512Vnni), isa_available(Isa::kAvx2));
}

}  // namespace
}  // namespace tandem::cpu
