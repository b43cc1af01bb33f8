#include "rpc/framing.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace tandem::rpc {
namespace {

// "=body" for a frame, "!" for bad bytes.
std::vector<std::string> all(FrameReader& reader) {
  std::vector<std::string> events;
  while (const auto event = reader.next()) {
    const Frame* frame = std::get_if<Frame>(&*event);
    events.push_back(frame != nullptr ? "=" + frame->body : "!");
  }
  return events;
}

std::vector<std::string> read(const std::string& bytes) {
  FrameReader reader;
  reader.feed(bytes);
  return all(reader);
}

std::string frame(const std::string& body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

using Events = std::vector<std::string>;

TEST(FrameReader, ReadsFrames) {
  EXPECT_EQ(read(frame("{}") + frame("") + frame("[1]")), (Events{"={}", "=", "=[1]"}));
  EXPECT_EQ(read("content-length:2\r\nContent-Type: x\r\n\r\n{}"), Events{"={}"});
}

TEST(FrameReader, ReadsByteByByte) {
  const std::string bytes = frame("{\"a\":1}") + "nonsense\r\n\r\n" + frame("[]");
  FrameReader reader;
  Events events;
  for (const char byte : bytes) {
    reader.feed({&byte, 1});
    for (std::string& event : all(reader)) events.push_back(std::move(event));
  }
  EXPECT_EQ(events, (Events{"={\"a\":1}", "!", "=[]"}));
}

TEST(FrameReader, ReportsBadBytesOnceAndFindsTheNextFrame) {
  const std::string good = frame("{}");
  for (const std::string& bad :
       {std::string("Content-Length: abc\r\n\r\n"), std::string("Content-Length: -5\r\n\r\n"),
        std::string("Content-Length: 99999999999999999999999\r\n\r\n"),
        std::string("Content-Length:\r\n\r\n"), std::string("Content-Length: 1000000000000\r\n\r\n"),
        std::string("Content-Length: 5 6\r\n\r\n"), std::string("Content-Type: text\r\n\r\n"),
        std::string("\r\n\r\n"), std::string("no header\r\n\r\n"), std::string(10000, 'x'),
        std::string(10000, '\0') + "\r\n\r\n",
        std::string("Content-Length: x\r\n\r\n") + std::string("Content-Length: y\r\n\r\n")}) {
    EXPECT_EQ(read(bad + good + good), (Events{"!", "={}", "={}"})) << bad.substr(0, 50);
  }
}

TEST(FrameReader, SurvivesAFloodOfBadHeaders) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += "Content-Length: x\r\n\r\n";
  EXPECT_EQ(read(bytes + frame("{}")), (Events{"!", "={}"}));
}

TEST(FrameReader, WaitsForWhatIsMissing) {
  EXPECT_EQ(read("Content-Len"), Events{});
  EXPECT_EQ(read("Content-Length: 3\r\n\r\n{}"), Events{});
}

// Random bytes made of the pieces of headers: it ends, and good frames behind a clean border are found.
TEST(FrameReader, TakesAnything) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {"Content-Length", ":",  " ",    "7", "\r\n",
                                           "\r\n\r\n",       "{}", "\xff", "x"};
  for (int round = 0; round < 2000; ++round) {
    FrameReader reader;
    for (int i = 0; i < 40; ++i) {
      reader.feed(pieces[random() % pieces.size()]);
      (void)all(reader);
    }
  }
}

}  // namespace
}  // namespace tandem::rpc
