#include "base/utf8.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Utf8, DecodesWhatItEncodes) {
  for (char32_t c = 1; c <= 0x10FFFF; c += 7) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    append_utf8(c, text);
    const auto decoded = decode_utf8(text);
    ASSERT_EQ(decoded.code_point, c);
    ASSERT_EQ(decoded.length, text.size());
  }
}

TEST(Utf8, RefusesWhatTheStandardForbids) {
  for (const char* bytes : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                            "\xF4\x90\x80\x80", "\xFF", "\x80", "\xE2\x82"}) {
    EXPECT_EQ(decode_utf8(bytes).length, 0u);
  }
  EXPECT_EQ(valid_utf8_prefix("ab\xC3\xBC\xFFz"), 4u);
}

TEST(Utf8Splitter, GivesOnlyWholeCharacters) {
  Utf8Splitter splitter;
  std::string out;
  splitter.push("a\xE2", out);
  EXPECT_EQ(out, "a");
  splitter.push("\x82", out);
  EXPECT_EQ(out, "a");
  splitter.push("\xAC\xF0\x9F", out);
  EXPECT_EQ(out, "a\u20AC");
  splitter.finish(out);
  EXPECT_EQ(out, "a\u20AC\uFFFD");
}

TEST(Utf8Splitter, ReplacesEachPartThatCannotBeText) {
  Utf8Splitter splitter;
  std::string out;
  splitter.push("\xFFx\xE2\x82z\xED\xA0\x80", out);
  EXPECT_EQ(out, "\uFFFDx\uFFFDz\uFFFD\uFFFD\uFFFD");
}

}  // namespace
}  // namespace tandem
