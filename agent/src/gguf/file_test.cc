#include "gguf/file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "gguf/testing.h"

namespace tandem {
namespace {

using testing_gguf::as_bytes;
using testing_gguf::small_file;

TEST(GgufFile, ReadsWhatTheWriterWrote) {
  const std::string bytes = small_file();
  const auto file = GgufFile::parse(as_bytes(bytes));
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->version(), 3u);
  EXPECT_EQ(*file->get_string("general.architecture"), "llama");
  EXPECT_EQ(*file->get_u32("llama.block_count"), 2u);
  EXPECT_EQ(*file->get_f32("llama.rope.freq_base"), 10000.0f);
  EXPECT_EQ(*file->get_f32("llama.block_count"), 2.0f);
  EXPECT_EQ(*file->get_bool("tokenizer.ggml.add_bos_token"), true);
  EXPECT_EQ(*file->get_u32_or("llama.none", 7), 7u);

  const auto tokens = file->get_strings("tokenizer.ggml.tokens");
  ASSERT_TRUE(tokens.ok());
  EXPECT_EQ(std::vector<std::string>(tokens->begin(), tokens->end()),
            (std::vector<std::string>{"a", "", "bc"}));
  const auto scores = file->get_f32s("tokenizer.ggml.scores");
  ASSERT_TRUE(scores.ok());
  ASSERT_EQ(scores->size(), 3u);
  EXPECT_EQ((*scores)[2], 2.5f);
  EXPECT_EQ((*file->get_i32s("tokenizer.ggml.token_type"))[2], -1);
}

TEST(GgufFile, TensorsAreViewsOfTheirRows) {
  const std::string bytes = small_file();
  const auto file = GgufFile::parse(as_bytes(bytes));
  ASSERT_TRUE(file.ok());
  ASSERT_EQ(file->tensors().size(), 2u);
  const auto matrix = file->get_tensor("blk.0.ffn_down.weight");
  ASSERT_TRUE(matrix.ok());
  EXPECT_EQ(matrix->rows, 3);
  EXPECT_EQ(matrix->columns, 64);
  EXPECT_EQ(matrix->bytes.size(), 3u * 36);
  std::vector<float> row(64);
  dequantize_row(matrix->type, matrix->bytes.data() + 36, 64, row.data());
  EXPECT_NEAR(row[0], -32, 2);
  const auto vector = file->get_tensor("output_norm.weight");
  ASSERT_TRUE(vector.ok());
  EXPECT_EQ(load<float>(vector->bytes.data() + 4), -31.0f);
}

TEST(GgufFile, TellsAbsentFromWrong) {
  const std::string bytes = small_file();
  const auto file = GgufFile::parse(as_bytes(bytes));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->get_u32("llama.none").error().code, ErrorCode::kModelIncomplete);
  EXPECT_EQ(file->get_u32("general.architecture").error().code, ErrorCode::kGgufBadMetadata);
  EXPECT_EQ(file->get_u32_or("general.architecture", 1).error().code, ErrorCode::kGgufBadMetadata);
  EXPECT_EQ(file->get_strings("tokenizer.ggml.scores").error().code, ErrorCode::kGgufBadMetadata);
  EXPECT_EQ(file->get_tensor("output.weight").error().code, ErrorCode::kModelIncomplete);
}

TEST(GgufFile, OpensFromDiskAndNamesThePathInErrors) {
  std::string path = (std::filesystem::temp_directory_path() / "tandem_gguf_test_XXXXXX").string();
  const int fd = mkstemp(path.data());
  ASSERT_GE(fd, 0);
  close(fd);
  std::ofstream(path, std::ios::binary) << small_file();
  auto file = GgufFile::open(path);
  ASSERT_TRUE(file.ok());
  const GgufFile moved = std::move(file).value();
  moved.release(*moved.get_tensor("blk.0.ffn_down.weight"));
  EXPECT_EQ(*moved.get_string("general.architecture"), "llama");

  std::ofstream(path, std::ios::binary) << "GG";
  EXPECT_EQ(GgufFile::open(path).error().context.at("path"), path);
  std::filesystem::remove(path);
  EXPECT_EQ(GgufFile::open(path).error().code, ErrorCode::kFileNotFound);
}

TEST(GgufFile, ReadsModelsMadeByOthers) {
  const std::filesystem::path folder = std::filesystem::path(TANDEM_SHARED_DATA) / "stories260K";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no model files at " << folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto file = GgufFile::open(entry.path().string());
    ASSERT_TRUE(file.ok()) << entry.path() << ": " << file.error().message;
    EXPECT_EQ(*file->get_string("general.architecture"), "llama");
    EXPECT_EQ(file->get_tensor("token_embd.weight")->columns, 64);
  }
}

}  // namespace
}  // namespace tandem
