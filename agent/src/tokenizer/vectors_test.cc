// Vocabularies of real models with texts and the tokens that their authors' tokenizers give.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tokenizer/tokenizer.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The parts that `separator` ends.
std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  size_t from = 0;
  while (true) {
    const size_t to = text.find(separator, from);
    if (to == std::string::npos) return parts;
    parts.push_back(text.substr(from, to - from));
    from = to + separator.size();
  }
}

class Vectors : public testing::TestWithParam<std::string> {};

TEST_P(Vectors, EveryLine) {
  const fs::path model = fs::path(TANDEM_SHARED_DATA) / "vocab" / ("ggml-vocab-" + GetParam() + ".gguf");
  if (!fs::exists(model)) GTEST_SKIP() << "no vocabulary at " << model;
  const auto file = GgufFile::open(model.string());
  ASSERT_TRUE(file.ok()) << file.error().message;
  const auto tokenizer = Tokenizer::create(*file);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;

  const auto texts = split(read_file(model.string() + ".inp"), "\n__ggml_vocab_test__\n");
  const auto lines = split(read_file(model.string() + ".out"), "\n");
  ASSERT_GT(texts.size(), 40u);
  ASSERT_EQ(lines.size(), texts.size());
  for (size_t i = 0; i < texts.size(); i++) {
    std::istringstream numbers(lines[i]);
    const std::vector<int32_t> expected{std::istream_iterator<int32_t>(numbers), {}};
    const auto tokens = tokenizer->encode(texts[i], {AddBos::kNever, false});
    ASSERT_TRUE(tokens.ok()) << tokens.error().message;
    EXPECT_EQ(*tokens, expected) << "text " << i << ": " << texts[i];
  }
}

INSTANTIATE_TEST_SUITE_P(AllVocabularies, Vectors,
                         testing::Values("deepseek-coder", "falcon", "gpt-2", "llama-spm", "phi-3"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tandem
