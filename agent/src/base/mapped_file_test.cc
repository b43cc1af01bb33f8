#include "base/mapped_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "base/system.h"

namespace tandem {
namespace {

class MappedFileTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / "tandem_mapped_file_test_XXXXXX").string();
    const int fd = mkstemp(path_.data());
    ASSERT_GE(fd, 0);
    close(fd);
  }
  void TearDown() override { std::filesystem::remove(path_); }
  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }

  std::string path_;
};

TEST_F(MappedFileTest, ShowsTheBytesAlsoAfterAMoveAndARelease) {
  const std::string text(3 * page_size() + 5, 'x');
  write(text);
  auto opened = MappedFile::open(path_);
  ASSERT_TRUE(opened.ok());
  const MappedFile file = std::move(opened).value();
  EXPECT_EQ(as_text(file.bytes()), text);
  file.release(file.bytes().subspan(100));
  EXPECT_EQ(as_text(file.bytes()), text);
}

TEST_F(MappedFileTest, AnEmptyFileHasNoBytes) {
  const auto file = MappedFile::open(path_);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->bytes().empty());
}

TEST_F(MappedFileTest, SaysWhichFileIsMissingOrCannotBeRead) {
  const auto missing = MappedFile::open(path_ + ".none");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kFileNotFound);
  EXPECT_NE(missing.error().message.find(path_ + ".none"), std::string::npos);

  const auto folder = MappedFile::open(std::filesystem::temp_directory_path().string());
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().code, ErrorCode::kFileUnreadable);
}

TEST(ByteReader, NeverReadsPastTheEnd) {
  const std::array bytes{std::byte{1}, std::byte{2}, std::byte{3}};
  ByteReader reader(bytes);
  EXPECT_EQ(reader.read<uint16_t>(), 0x0201);
  EXPECT_FALSE(reader.read<uint16_t>().has_value());
  EXPECT_FALSE(reader.take(~uint64_t{0}).has_value());
  EXPECT_EQ(reader.take(1)->size(), 1u);
  EXPECT_EQ(reader.left(), 0u);
}

}  // namespace
}  // namespace tandem
