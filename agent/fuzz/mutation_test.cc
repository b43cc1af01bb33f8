// Some thousand mutations of small valid inputs, the same each time, in process: quick enough for every test
// run, and under the sanitizers a search for reads and writes outside.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "gguf/testing.h"
#include "sample/random.h"
#include "targets.h"
#include "tokenizer/testing.h"

namespace tandem::fuzz {
namespace {

constexpr std::array<uint64_t, 12> kValues{0,          1,          2,          7,          31,         255,
                                           0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1ull << 32, 1ull << 63, ~0ull};

// One to four changes: a bit, a byte, a number of 1, 2, 4 or 8 bytes, a cut, or a piece moved elsewhere.
std::string mutate(std::string bytes, Random& random) {
  const auto below = [&](size_t limit) {
    return static_cast<size_t>(random.next() % std::max<size_t>(limit, 1));
  };
  for (size_t changes = 1 + below(4); changes > 0 && !bytes.empty(); changes--) {
    const size_t at = below(bytes.size());
    switch (below(6)) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(random.next());
        break;
      case 2:
      case 3: {
        const uint64_t value = kValues[below(kValues.size())];
        const size_t size = std::min(size_t{1} << below(4), bytes.size() - at);
        std::memcpy(bytes.data() + at, &value, size);
        break;
      }
      case 4:
        if (below(4) == 0) bytes.resize(at);
        break;
      default: {
        const std::string piece = bytes.substr(at, 1 + below(32));
        bytes.insert(below(bytes.size()), piece);
      }
    }
  }
  return bytes;
}

std::span<const std::byte> view(const std::string& bytes) {
  return std::as_bytes(std::span(bytes.data(), bytes.size()));
}

TEST(Mutation, GgufFilesNeverBreakAPromise) {
  Random random(1);
  std::map<std::string, int> outcomes;
  for (const std::string& seed : {testing_gguf::small_file(), testing_tokenizer::space_marked(true).header(),
                                  testing_tokenizer::byte_level().header()}) {
    ASSERT_NE(fuzz_gguf(view(seed)), "gguf-truncated");
    for (int i = 0; i < 3000; i++) {
      // A copy of exactly the right size: one byte too far is seen by the sanitizer.
      const std::string mutated = mutate(seed, random);
      const std::vector<char> exact(mutated.begin(), mutated.end());
      outcomes[fuzz_gguf(std::as_bytes(std::span(exact)))]++;
    }
  }
  // The loop would be worth little if it always stopped at the same place.
  EXPECT_GT(outcomes["ok"], 100);
  EXPECT_GT(outcomes.size(), 10u);
}

TEST(Mutation, PromptsSurviveTheRoundTrip) {
  Random random(2);
  const std::string seed = "Hello hell, it's 1234 <|user|> \u00FC\u65E5\u672C \r\n\t [MARK]  ll\xE2\x82";
  for (int i = 0; i < 5000; i++) {
    const std::string mutated = mutate(seed, random);
    fuzz_prompt(view(mutated));
  }
}

}  // namespace
}  // namespace tandem::fuzz
