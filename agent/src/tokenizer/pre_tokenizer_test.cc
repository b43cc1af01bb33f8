#include "tokenizer/pre_tokenizer.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace tandem {
namespace {

TEST(PreTokenizer, SplitsAsThePublishedRegularExpressionsDo) {
  std::ifstream file(TANDEM_SOURCE "/src/tokenizer/words.golden.json");
  const auto cases = nlohmann::json::parse(file);
  ASSERT_GT(cases.size(), 50u);
  for (const auto& entry : cases) {
    const std::string text = entry["text"];
    for (const auto& [name, expected] : entry["words"].items()) {
      const auto pre_tokenizer = pre_tokenizer_by_name(name);
      ASSERT_TRUE(pre_tokenizer.has_value()) << name;
      std::vector<std::string> words;
      for (const std::string_view word : split_words(*pre_tokenizer, text)) words.emplace_back(word);
      EXPECT_EQ(words, expected.get<std::vector<std::string>>()) << name << ": " << entry["text"];
    }
  }
}

TEST(PreTokenizer, WordsAreTheWholeTextAlsoWhereItIsNotUtf8) {
  std::string text;
  for (int i = 0; i < 2000; i++) text.push_back(static_cast<char>(i * 7919 % 251 + i % 5));
  for (const char* name :
       {"default", "gpt-2", "llama-bpe", "qwen2", "deepseek-coder", "falcon", "starcoder"}) {
    std::string joined;
    for (const std::string_view word : split_words(*pre_tokenizer_by_name(name), text)) {
      EXPECT_FALSE(word.empty());
      joined += word;
    }
    EXPECT_EQ(joined, text) << name;
  }
}

TEST(PreTokenizer, UnknownNamesAreNotGuessed) {
  EXPECT_FALSE(pre_tokenizer_by_name("llama-9").has_value());
  EXPECT_FALSE(pre_tokenizer_by_name("").has_value());
}

TEST(Unicode, ClassesOfSomeCharacters) {
  EXPECT_EQ(character_classes(U'a'), kLetter);
  EXPECT_EQ(character_classes(U'7'), kNumber);
  EXPECT_EQ(character_classes(U'\u0301'), kMark);
  EXPECT_EQ(character_classes(U'!'), kPunctuation);
  EXPECT_EQ(character_classes(U'$'), kSymbol);
  EXPECT_EQ(character_classes(U'\u3000'), kSpace);
  EXPECT_EQ(character_classes(U'\U0001F680'), kSymbol);
  EXPECT_EQ(character_classes(0), 0);
  EXPECT_EQ(character_classes(0x10FFFF), 0);
}

}  // namespace
}  // namespace tandem
