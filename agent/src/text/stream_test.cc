#include "text/stream.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

// All pieces of a run, then its end: what a reader sees, piece by piece.
std::vector<std::string> run(std::vector<std::string> stops, const std::vector<std::string>& pieces) {
  TextStream stream(std::move(stops));
  std::vector<std::string> shown;
  for (const std::string& piece : pieces) shown.push_back(stream.push(piece));
  shown.push_back(stream.finish());
  return shown;
}

using Shown = std::vector<std::string>;

TEST(TextStream, ShowsWholeCharactersOnly) {
  EXPECT_EQ(run({}, {"a\xC3",
                     "\xBC"
                     "b"}),
            (Shown{"a", "\u00FCb", ""}));
  EXPECT_EQ(run({}, {"a\xF0\x9F"}), (Shown{"a", "\uFFFD"}));
}

TEST(TextStream, HoldsBackWhatMayBeAStopString) {
  EXPECT_EQ(run({"END"}, {"a E", "N", "x"}), (Shown{"a ", "", "ENx", ""}));
  EXPECT_EQ(run({"END"}, {"a E", "N"}), (Shown{"a ", "", "EN"}));
}

TEST(TextStream, EndsBeforeAStopStringThatStraddlesTokens) {
  EXPECT_EQ(run({"", "\n\n", "END"}, {"one E", "N", "D two", "three"}), (Shown{"one ", "", "", "", ""}));
  TextStream stream({"</s>"});
  EXPECT_EQ(stream.push("x</"), "x");
  EXPECT_FALSE(stream.stopped());
  EXPECT_EQ(stream.push("s>y"), "");
  EXPECT_TRUE(stream.stopped());
}

TEST(TextStream, TheFirstOfSeveralStopStringsWins) {
  EXPECT_EQ(run({"cd", "bc"}, {"abcd"}), (Shown{"a", ""}));
  // "abcd" may still come when "bc" is already there; it begins earlier.
  EXPECT_EQ(run({"bc", "abcd"}, {"xabc", "d"}), (Shown{"x", "", ""}));
  EXPECT_EQ(run({"bc", "abcd"}, {"xabc", "e"}), (Shown{"x", "a", ""}));
  EXPECT_EQ(run({"bc", "abcd"}, {"xabc"}), (Shown{"x", "a"}));
}

TEST(TextStream, AStopStringMayBeginInsideAFailedOne) {
  EXPECT_EQ(run({"aab"}, {"aa", "ab"}), (Shown{"", "a", ""}));
}

}  // namespace
}  // namespace tandem
