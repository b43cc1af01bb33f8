#include "tokenizer/tokenizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "tokenizer/testing.h"

namespace tandem {
namespace {

using testing_tokenizer::byte_level;
using testing_tokenizer::create;
using testing_tokenizer::space_marked;
using Tokens = std::vector<int32_t>;

Tokens encode(const Tokenizer& tokenizer, std::string_view text,
              EncodeOptions options = {AddBos::kNever, true}) {
  const auto tokens = tokenizer.encode(text, options);
  EXPECT_TRUE(tokens.ok()) << (tokens.ok() ? "" : tokens.error().message);
  return tokens.ok() ? *tokens : Tokens{};
}

std::string decode(const Tokenizer& tokenizer, const Tokens& tokens) {
  std::string text;
  for (const int32_t token : tokens) text += tokenizer.token_bytes(token);
  return text;
}

TEST(ByteLevelTokenizer, MergesInTheOrderOfTheList) {
  const auto tokenizer = create(byte_level());
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  EXPECT_EQ(encode(*tokenizer, "hello hell"), (Tokens{258, 'o', 259}));
  EXPECT_EQ(encode(*tokenizer, "lll"), (Tokens{257, 'l'}));
  EXPECT_EQ(encode(*tokenizer, ""), Tokens{});
}

TEST(ByteLevelTokenizer, NotesThatTheFileNamesNoPreTokenizer) {
  const auto unnamed = create(byte_level(""));
  ASSERT_TRUE(unnamed.ok()) << unnamed.error().message;
  ASSERT_EQ(unnamed->notes().size(), 1u);
  EXPECT_NE(unnamed->notes()[0].find("tokenizer.ggml.pre"), std::string::npos);
  EXPECT_TRUE(create(byte_level())->notes().empty());
}

TEST(ByteLevelTokenizer, BytesThatAreNotTextSurvive) {
  const auto tokenizer = create(byte_level());
  ASSERT_TRUE(tokenizer.ok());
  const std::string text("he\xFF\x80\0\xC3 ll\xE2\x82", 10);
  EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, text)), text);
}

TEST(ByteLevelTokenizer, SpecialTokensOnlyWhereWanted) {
  const auto tokenizer = create(byte_level());
  ASSERT_TRUE(tokenizer.ok());
  EXPECT_EQ(encode(*tokenizer, "<|user|>he[MARK]<|im_end|>"), (Tokens{260, 256, 262, 261}));
  const Tokens plain = encode(*tokenizer, "<|user|>he[MARK]", {AddBos::kNever, false});
  EXPECT_EQ(plain.size(), 8u + 2u);
  EXPECT_EQ(plain.back(), 262);  // User-defined tokens are text too.
  EXPECT_EQ(decode(*tokenizer, plain), "<|user|>he[MARK]");
  EXPECT_EQ(decode(*tokenizer, {260, 256, 262}), "he[MARK]");
  EXPECT_EQ(tokenizer->token_text(260), "<|user|>");
}

TEST(ByteLevelTokenizer, BosAsTheFileOrTheCallerSays) {
  GgufWriter says_yes = byte_level();
  says_yes.add_bool("tokenizer.ggml.add_bos_token", true);
  const auto yes = create(says_yes), silent = create(byte_level()), llama3 = create(byte_level("llama-bpe"));
  ASSERT_TRUE(yes.ok() && silent.ok() && llama3.ok());
  EXPECT_EQ(encode(*yes, "he", {}), (Tokens{263, 256}));
  EXPECT_EQ(encode(*yes, "<s>he", {}), (Tokens{263, 256}));
  EXPECT_EQ(encode(*yes, "<s>he", {AddBos::kAlways, true}), (Tokens{263, 263, 256}));
  EXPECT_EQ(encode(*silent, "he", {}), (Tokens{256}));
  EXPECT_EQ(encode(*silent, "he", {AddBos::kAlways, true}), (Tokens{263, 256}));
  EXPECT_EQ(encode(*llama3, "he", {}), (Tokens{263, 256}));
}

TEST(ByteLevelTokenizer, KnowsTheEndByIdAndByText) {
  GgufWriter writer = byte_level();
  writer.add_u32("tokenizer.ggml.eos_token_id", 262);
  const auto tokenizer = create(writer);
  ASSERT_TRUE(tokenizer.ok());
  EXPECT_EQ(tokenizer->eos(), 262);
  EXPECT_TRUE(tokenizer->is_end_of_generation(262));
  EXPECT_TRUE(tokenizer->is_end_of_generation(261));
  EXPECT_FALSE(tokenizer->is_end_of_generation(260));
  EXPECT_EQ(tokenizer->vocabulary_size(), 264);
  EXPECT_EQ(tokenizer->token_bytes(-1), "");
  EXPECT_EQ(tokenizer->token_bytes(264), "");
}

TEST(ByteLevelTokenizer, AMegabyteInOneWord) {
  const auto tokenizer = create(byte_level());
  ASSERT_TRUE(tokenizer.ok());
  std::string text;
  while (text.size() < 1 << 20) text += "hellhe";
  EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, text)), text);
  EXPECT_EQ(encode(*tokenizer, text).size(), text.size() / 3);
}

TEST(SpaceMarkedTokenizer, TheBestScoreMergesFirst) {
  const auto tokenizer = create(space_marked(true));
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  EXPECT_EQ(encode(*tokenizer, "abab"), (Tokens{7, 6}));
  EXPECT_EQ(encode(*tokenizer, "babab"), (Tokens{5, 4, 8}));
  EXPECT_EQ(encode(*tokenizer, "ab", {}), (Tokens{1, 7}));
  EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, "a b  ab")), " a b  ab");
}

TEST(SpaceMarkedTokenizer, OtherCharactersBecomeBytes) {
  const auto tokenizer = create(space_marked(true));
  ASSERT_TRUE(tokenizer.ok());
  EXPECT_EQ(encode(*tokenizer, "a\u00FC"), (Tokens{5, 3, 9 + 0xC3, 9 + 0xBC}));
  EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, "\xFF\xFE")), " \xFF\xFE");
}

TEST(SpaceMarkedTokenizer, WithoutByteTokensOtherBytesAreAnError) {
  const auto tokenizer = create(space_marked(false));
  ASSERT_TRUE(tokenizer.ok());
  EXPECT_EQ(tokenizer->encode("a\xFF").error().code, ErrorCode::kInvalidUtf8);
  EXPECT_EQ(tokenizer->encode("a\u00FC").error().code, ErrorCode::kTokenizerUnsupported);

  GgufWriter with_unknown = space_marked(false);
  with_unknown.add_u32("tokenizer.ggml.unknown_token_id", 0);
  const auto knows = create(with_unknown);
  ASSERT_TRUE(knows.ok());
  EXPECT_EQ(encode(*knows, "a\u00FCb"), (Tokens{5, 3, 0, 4}));
  EXPECT_EQ(knows->encode("a\xFF").error().code, ErrorCode::kInvalidUtf8);
}

TEST(SpaceMarkedTokenizer, SpecialTokensSwallowWhiteSpaceInPhi3Only) {
  GgufWriter phi3 = space_marked(true);
  phi3.add_string("general.name", "Phi-3-mini");
  const auto stripped = create(phi3), plain = create(space_marked(true));
  ASSERT_TRUE(stripped.ok() && plain.ok());
  EXPECT_EQ(encode(*stripped, "</s> \n ab"), (Tokens{2, 7}));
  EXPECT_EQ(encode(*stripped, "<s> ab"), (Tokens{1, 5, 7}));
  EXPECT_EQ(encode(*plain, "</s> ab"), (Tokens{2, 5, 7}));
}

// Gemma's files: no space before the text, runs of white space as user-defined tokens (the longest first, and
// written as spaces), other characters as bytes, turns as control tokens.
TEST(SpaceMarkedTokenizer, ReadsWhiteSpaceAndTurnsOfGemma) {
  constexpr int32_t kFirst = 9 + 256, kControl = 3, kUserDefined = 4;
  GgufWriter gemma = space_marked(true, {{"  ", kUserDefined},
                                         {"   ", kUserDefined},
                                         {"\n\n", kUserDefined},
                                         {"<start_of_turn>", kControl},
                                         {"<end_of_turn>", kControl}});
  gemma.add_string("general.architecture", "gemma2");
  gemma.add_string("tokenizer.ggml.pre", "default");
  gemma.add_bool("tokenizer.ggml.add_space_prefix", false);
  gemma.add_bool("tokenizer.ggml.add_bos_token", true);
  const auto tokenizer = create(gemma);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  EXPECT_EQ(encode(*tokenizer, "ab ab"), (Tokens{6, 7}));
  EXPECT_EQ(encode(*tokenizer, "ab  ab"), (Tokens{6, kFirst, 6}));
  EXPECT_EQ(encode(*tokenizer, "ab     ab"), (Tokens{6, kFirst + 1, kFirst, 6}));
  EXPECT_EQ(encode(*tokenizer, "a\n\nb\n"), (Tokens{3, kFirst + 2, 4, 9 + '\n'}));
  EXPECT_EQ(encode(*tokenizer, "a\u00FC"), (Tokens{3, 9 + 0xC3, 9 + 0xBC}));
  EXPECT_EQ(encode(*tokenizer, "<s><start_of_turn>ab<end_of_turn>\n", {}),
            (Tokens{1, kFirst + 3, 6, kFirst + 4, 9 + '\n'}));
  EXPECT_TRUE(tokenizer->is_end_of_generation(kFirst + 4));
  EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, "ab   b\n\n\u00FC")), "ab   b\n\n\u00FC");
}

// InternLM2's: a space before the text as the file says, and turns of ChatML.
TEST(SpaceMarkedTokenizer, ReadsTurnsOfInternLm2) {
  constexpr int32_t kFirst = 9 + 256, kControl = 3;
  GgufWriter internlm2 = space_marked(true, {{"<|im_start|>", kControl}, {"<|im_end|>", kControl}});
  internlm2.add_string("general.architecture", "internlm2");
  internlm2.add_bool("tokenizer.ggml.add_space_prefix", false);
  const auto tokenizer = create(internlm2);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  EXPECT_EQ(encode(*tokenizer, "<|im_start|>ab<|im_end|>\n"), (Tokens{kFirst, 6, kFirst + 1, 9 + '\n'}));
  EXPECT_TRUE(tokenizer->is_end_of_generation(kFirst + 1));
  EXPECT_TRUE(tokenizer->is_end_of_generation(2));
}

TEST(Tokenizer, SaysWhatItCannotRun) {
  GgufWriter unknown_model;
  unknown_model.add_string("tokenizer.ggml.model", "bert");
  EXPECT_EQ(create(unknown_model).error().code, ErrorCode::kTokenizerUnsupported);
  EXPECT_EQ(create(byte_level("tekken")).error().code, ErrorCode::kTokenizerUnsupported);
  EXPECT_EQ(create(GgufWriter()).error().code, ErrorCode::kModelIncomplete);
  GgufWriter id_outside = byte_level();
  id_outside.add_u32("tokenizer.ggml.eos_token_id", 9999);
  EXPECT_EQ(create(id_outside).error().code, ErrorCode::kGgufBadMetadata);
}

TEST(Tokenizer, DamagedVocabulariesAreErrors) {
  const std::vector<std::string> tokens{"a", "b"};
  const auto with = [&](std::vector<int32_t> kinds, std::vector<float> scores) {
    GgufWriter writer;
    writer.add_string("tokenizer.ggml.model", "llama");
    writer.add_strings("tokenizer.ggml.tokens", tokens);
    writer.add_i32s("tokenizer.ggml.token_type", kinds);
    writer.add_f32s("tokenizer.ggml.scores", scores);
    const auto result = create(writer);
    return result.ok() ? std::string("ok") : std::string(error_code_name(result.error().code));
  };
  EXPECT_EQ(with({1, 1}, {0, 0}), "ok");
  EXPECT_EQ(with({1}, {0, 0}), "gguf-bad-metadata");
  EXPECT_EQ(with({1, 9}, {0, 0}), "gguf-bad-metadata");
  EXPECT_EQ(with({1, 1}, {0}), "gguf-bad-metadata");
  EXPECT_EQ(with({1, 1}, {0, std::nanf("")}), "gguf-bad-metadata");
}

TEST(Tokenizer, TheDemoModelReadsWhatItWrites) {
  const std::filesystem::path path = std::filesystem::path(TANDEM_MEDIA) / "demo-model" / "tandem-demo.gguf";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no demo model at " << path;
  const auto file = GgufFile::open(path.string());
  ASSERT_TRUE(file.ok()) << file.error().message;
  const auto tokenizer = Tokenizer::create(*file);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.error().message;
  for (const char* text : {"What is a join?", "  GPU and NPU\n\nat once: 100 %", "na\u00EFve \u65E5\u672C"}) {
    EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, text)), text);
  }
  ASSERT_TRUE(tokenizer->eos().has_value());
  EXPECT_TRUE(tokenizer->is_end_of_generation(*tokenizer->eos()));
}

}  // namespace
}  // namespace tandem
