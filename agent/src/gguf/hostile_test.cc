// What damaged and hostile files get: an error of its own, never a crash.
#include <gtest/gtest.h>

#include "gguf/file.h"
#include "gguf/testing.h"

namespace tandem {
namespace {

using testing_gguf::as_bytes;
using testing_gguf::RawFile;
using testing_gguf::small_file;

constexpr uint32_t kU32 = 4, kString = 8, kArray = 9;
constexpr uint32_t kF32Tensor = 0, kQ4_0Tensor = 2;

std::string code(const std::string& bytes) {
  const auto file = GgufFile::parse(as_bytes(bytes));
  if (file.ok()) return "ok";
  EXPECT_EQ(file.error().message.back(), '.');
  EXPECT_NE(file.error().message.find(';'), std::string::npos) << file.error().message;
  return std::string(error_code_name(file.error().code));
}

// One F32 tensor of 8 weights and what comes before it; then room for its data.
std::string with_tensor(std::vector<uint64_t> dims, uint32_t type, uint64_t offset) {
  RawFile file = RawFile::start(1, 0);
  file.tensor("t", std::move(dims), type, offset).pad(32);
  file.bytes.append(64, '\0');
  return file.bytes;
}

TEST(HostileGguf, Preamble) {
  EXPECT_EQ(code(""), "gguf-bad-magic");
  EXPECT_EQ(code("ggml....."), "gguf-bad-magic");
  EXPECT_EQ(code("GGUF\3"), "gguf-truncated");
  EXPECT_EQ(code(RawFile::start(0, 0, 1).bytes), "gguf-bad-version");
  EXPECT_EQ(code(RawFile::start(0, 0, 99).bytes), "gguf-bad-version");
  EXPECT_EQ(code(RawFile::start(0, 0, 0).bytes), "gguf-bad-version");
  EXPECT_EQ(code(RawFile::start(0, 0, 0x03000000).bytes), "gguf-big-endian");
  EXPECT_EQ(code(RawFile::start(0, 0, 2).bytes), "ok");
}

TEST(HostileGguf, CountsNearTheLimit) {
  EXPECT_EQ(code(RawFile::start(~uint64_t{0}, 0).bytes), "gguf-bad-count");
  EXPECT_EQ(code(RawFile::start(0, ~uint64_t{0}).bytes), "gguf-bad-count");
  RawFile array = RawFile::start(0, 1);
  array.text("k").put(kArray).put(kU32).put(~uint64_t{0} / 4 + 2);
  EXPECT_EQ(code(array.bytes), "gguf-bad-count");
  RawFile texts = RawFile::start(0, 1);
  texts.text("k").put(kArray).put(kString).put(~uint64_t{0});
  EXPECT_EQ(code(texts.bytes), "gguf-bad-count");
}

TEST(HostileGguf, StringsPastTheEnd) {
  RawFile key = RawFile::start(0, 1);
  key.put(~uint64_t{0}).put(uint64_t{0});
  EXPECT_EQ(code(key.bytes), "gguf-bad-string");
  RawFile value = RawFile::start(0, 1);
  value.text("k").put(kString).put(uint64_t{1000});
  EXPECT_EQ(code(value.bytes), "gguf-bad-string");
  RawFile element = RawFile::start(0, 1);
  element.text("k").put(kArray).put(kString).put(uint64_t{2}).text("a").put(~uint64_t{0} - 7);
  EXPECT_EQ(code(element.bytes), "gguf-bad-string");
}

TEST(HostileGguf, Metadata) {
  RawFile nested = RawFile::start(0, 1);
  nested.text("k").put(kArray).put(kArray).put(uint64_t{1}).put(kU32).put(uint64_t{0});
  EXPECT_EQ(code(nested.bytes), "gguf-too-deep");
  RawFile unknown = RawFile::start(0, 1);
  unknown.text("k").put(uint32_t{77}).put(uint32_t{0});
  EXPECT_EQ(code(unknown.bytes), "gguf-bad-metadata");
  RawFile unknown_element = RawFile::start(0, 1);
  unknown_element.text("k").put(kArray).put(uint32_t{77}).put(uint64_t{0});
  EXPECT_EQ(code(unknown_element.bytes), "gguf-bad-metadata");
  RawFile twice = RawFile::start(0, 2);
  twice.text("k").put(kU32).put(uint32_t{1}).text("k").put(kU32).put(uint32_t{2});
  EXPECT_EQ(code(twice.bytes), "gguf-duplicate-key");
}

TEST(HostileGguf, Alignment) {
  for (const uint32_t alignment : {0u, 3u, 48u, 1u << 31}) {
    RawFile file = RawFile::start(0, 1);
    file.text("general.alignment").put(kU32).put(alignment);
    EXPECT_EQ(code(file.bytes), "gguf-bad-alignment") << alignment;
  }
  RawFile text = RawFile::start(0, 1);
  text.text("general.alignment").put(kString).text("32");
  EXPECT_EQ(code(text.bytes), "gguf-bad-metadata");
}

TEST(HostileGguf, Tensors) {
  EXPECT_EQ(code(with_tensor({8}, kF32Tensor, 0)), "ok");
  EXPECT_EQ(code(with_tensor({8}, kF32Tensor, 4)), "gguf-misaligned");
  EXPECT_EQ(code(with_tensor({8}, 23, 0)), "gguf-unknown-type");  // IQ4_XS
  EXPECT_EQ(code(with_tensor({8}, 0xFFFFFFFF, 0)), "gguf-unknown-type");
  EXPECT_EQ(code(with_tensor({33}, kQ4_0Tensor, 0)), "gguf-bad-shape");
  EXPECT_EQ(code(with_tensor({}, kF32Tensor, 0)), "gguf-bad-shape");
  EXPECT_EQ(code(with_tensor({1, 1, 1, 1, 1}, kF32Tensor, 0)), "gguf-bad-shape");
  EXPECT_EQ(code(with_tensor({8, 0}, kF32Tensor, 0)), "gguf-bad-shape");
  EXPECT_EQ(code(with_tensor({1ull << 32, 1ull << 32}, kF32Tensor, 0)), "gguf-bad-shape");
  EXPECT_EQ(code(with_tensor({~0ull}, kF32Tensor, 0)), "gguf-bad-shape");
  EXPECT_EQ(code(with_tensor({1000}, kF32Tensor, 0)), "gguf-truncated");
  EXPECT_EQ(code(with_tensor({8}, kF32Tensor, 1024)), "gguf-truncated");
  EXPECT_EQ(code(with_tensor({8}, kF32Tensor, ~0ull - 31)), "gguf-outside");
}

TEST(HostileGguf, TensorsThatCollide) {
  RawFile twice = RawFile::start(2, 0);
  twice.tensor("t", {8}, kF32Tensor, 0).tensor("t", {8}, kF32Tensor, 32).pad(32).bytes.append(64, '\0');
  EXPECT_EQ(code(twice.bytes), "gguf-duplicate-tensor");
  RawFile overlap = RawFile::start(2, 0);
  overlap.tensor("a", {16}, kF32Tensor, 0).tensor("b", {8}, kF32Tensor, 32).pad(32).bytes.append(96, '\0');
  EXPECT_EQ(code(overlap.bytes), "gguf-overlap");
  RawFile same = RawFile::start(2, 0);
  same.tensor("a", {8}, kF32Tensor, 0).tensor("b", {8}, kF32Tensor, 0).pad(32).bytes.append(32, '\0');
  EXPECT_EQ(code(same.bytes), "gguf-overlap");
}

TEST(HostileGguf, EveryTruncationIsAnError) {
  const std::string whole = small_file();
  for (size_t size = 0; size + 32 < whole.size(); size++)
    EXPECT_NE(code(whole.substr(0, size)), "ok") << size;
}

TEST(HostileGguf, NamesInMessagesArePrintable) {
  RawFile file = RawFile::start(1, 0);
  file.tensor(std::string("\x1b[2J\xff\n") + std::string(500, 'x'), {0}, 0, 0);
  const auto parsed = GgufFile::parse(as_bytes(file.bytes));
  ASSERT_FALSE(parsed.ok());
  EXPECT_LT(parsed.error().message.size(), 300u);
  for (const char c : parsed.error().message) EXPECT_TRUE(c >= 0x20 && c <= 0x7E);
}

}  // namespace
}  // namespace tandem
