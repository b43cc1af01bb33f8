// The receiver at the other end of two pipes, as the host has it.
#include "app/receive.h"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "app/receive_store.h"

namespace tandem::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr uint64_t kBlock = 100'000;

uint64_t hash_of(std::string_view data) {
  BlockHash hash;
  hash.update(std::as_bytes(std::span(data)));
  return hash.digest();
}

std::string some_data(size_t size, uint32_t seed) {
  std::string data(size, '\0');
  for (char& c : data) c = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  return data;
}

class Host {
 public:
  explicit Host(const std::string& path) {
    if (pipe(to_.data()) != 0 || pipe(from_.data()) != 0) std::abort();
    agent_ = std::thread([this, path] {
      status_ = receive_main(path, to_[0], from_[1]);
      close(to_[0]);
      close(from_[1]);
    });
  }
  ~Host() { end(); }

  void say(const json& message) { send(message.dump() + "\n"); }
  void send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t count = write(to_[1], data.data(), data.size());
      if (count <= 0) return;
      data.remove_prefix(static_cast<size_t>(count));
    }
  }
  void send_block(std::string_view data, uint64_t hash) {
    send(data);
    send({reinterpret_cast<const char*>(&hash), sizeof(hash)});
  }
  // The next line; null where the agent has ended.
  json hear() {
    std::string line;
    for (char c = 0; read(from_[0], &c, 1) == 1 && c != '\n';) line.push_back(c);
    return line.empty() ? json() : json::parse(line);
  }
  void hang_up() {
    if (to_[1] >= 0) close(to_[1]);
    to_[1] = -1;
  }
  int end() {
    hang_up();
    if (agent_.joinable()) {
      agent_.join();
      close(from_[0]);
    }
    return status_;
  }

  // The whole conversation, from what the agent does not have. Gives the offset where it began.
  uint64_t push(const std::string& data) {
    say({{"size", data.size()}, {"blockBytes", kBlock}});
    const json state = hear();
    uint64_t from = 0;
    for (const auto& hash : state["blocks"]) {
      const auto block = std::string_view(data).substr(from, kBlock);
      if (hash != hash_text(hash_of(block))) break;
      from += block.size();
    }
    say({{"from", from}});
    for (uint64_t at = from; at < data.size(); at += kBlock) {
      const auto block = std::string_view(data).substr(at, kBlock);
      send_block(block, hash_of(block));
      EXPECT_EQ(hear(), (json{{"received", at + block.size()}}));
    }
    EXPECT_EQ(hear(), (json{{"done", true}, {"bytes", data.size()}}));
    EXPECT_EQ(end(), 0);
    return from;
  }

 private:
  std::array<int, 2> to_{}, from_{};
  std::thread agent_;
  int status_ = -1;
};

class ReceiveTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (fs::temp_directory_path() / "tandem_receive_test_XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    path_ = folder_ + "/models/m.gguf";
  }
  void TearDown() override { fs::remove_all(folder_); }
  [[nodiscard]] std::string content(const std::string& path) const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Sends the first blocks and then half of the next one.
  void push_until(const std::string& data, uint64_t bytes) {
    Host host(path_);
    host.say({{"size", data.size()}, {"blockBytes", kBlock}});
    host.hear();
    host.say({{"from", 0}});
    for (uint64_t at = 0; at < bytes; at += kBlock) {
      host.send_block(std::string_view(data).substr(at, kBlock),
                      hash_of(std::string_view(data).substr(at, kBlock)));
      host.hear();
    }
    host.send(std::string_view(data).substr(bytes, kBlock / 2));
    host.hang_up();
    EXPECT_EQ(host.hear()["error"]["code"], "cancelled");
    EXPECT_EQ(host.end(), 1);
  }

  std::string folder_, path_;
  const std::string data_ = some_data(3 * kBlock + 777, 1);
};

TEST_F(ReceiveTest, TakesANewFileAndThenSkipsIt) {
  EXPECT_EQ(Host(path_).push(data_), 0u);
  EXPECT_EQ(content(path_), data_);
  EXPECT_FALSE(fs::exists(path_ + ".part"));
  EXPECT_EQ(Host(path_).push(data_), data_.size());
  EXPECT_EQ(content(path_), data_);
}

TEST_F(ReceiveTest, SaysHowMuchRoomThereIs) {
  Host host(path_);
  host.say({{"size", 5}, {"blockBytes", kBlock}});
  const json state = host.hear();
  EXPECT_EQ(state["state"], "new");
  EXPECT_EQ(state["blocks"], json::array());
  EXPECT_GT(state["freeBytes"].get<uint64_t>(), 0u);
}

TEST_F(ReceiveTest, GoesOnAfterAnInterruption) {
  push_until(data_, 2 * kBlock);
  EXPECT_EQ(fs::file_size(path_ + ".part"), 2 * kBlock);
  EXPECT_EQ(Host(path_).push(data_), 2 * kBlock);
  EXPECT_EQ(content(path_), data_);
}

TEST_F(ReceiveTest, CountsOnlyWholeBlocksOfATornPart) {
  push_until(data_, 2 * kBlock);
  std::ofstream(path_ + ".part", std::ios::app) << "torn";
  EXPECT_EQ(Host(path_).push(data_), 2 * kBlock);
  EXPECT_EQ(content(path_), data_);
}

TEST_F(ReceiveTest, APartOfAnotherFileIsReplaced) {
  push_until(some_data(data_.size(), 2), 2 * kBlock);
  EXPECT_EQ(Host(path_).push(data_), 0u);
  EXPECT_EQ(content(path_), data_);
}

TEST_F(ReceiveTest, AnotherFinishedFileIsReplacedFromWhereItDiffers) {
  std::string old = data_;
  old[2 * kBlock + 5] ^= 1;
  EXPECT_EQ(Host(path_).push(old), 0u);
  EXPECT_EQ(Host(path_).push(data_), 2 * kBlock);
  EXPECT_EQ(content(path_), data_);
}

TEST_F(ReceiveTest, AFinishedFileWithoutItsHashesIsHashedAgain) {
  fs::create_directories(fs::path(path_).parent_path());
  std::ofstream(path_, std::ios::binary) << data_;
  EXPECT_EQ(Host(path_).push(data_), data_.size());
  EXPECT_TRUE(fs::exists(path_ + ".blocks"));
}

TEST_F(ReceiveTest, ADamagedFinishedFileIsNoticed) {
  EXPECT_EQ(Host(path_).push(data_), 0u);
  std::string damaged = data_;
  damaged[kBlock + 1] ^= 1;
  std::ofstream(path_, std::ios::binary) << damaged;
  fs::last_write_time(path_, fs::last_write_time(path_) + std::chrono::seconds(2));
  EXPECT_EQ(Host(path_).push(data_), kBlock);
  EXPECT_EQ(content(path_), data_);
}

TEST_F(ReceiveTest, EmptyFilesAndFilesOfWholeBlocks) {
  EXPECT_EQ(Host(path_).push(""), 0u);
  EXPECT_TRUE(fs::exists(path_));
  EXPECT_EQ(Host(path_).push(""), 0u);
  const std::string whole = some_data(2 * kBlock, 3);
  EXPECT_EQ(Host(path_).push(whole), 0u);
  EXPECT_EQ(Host(path_).push(whole), whole.size());
}

TEST_F(ReceiveTest, AChangedBlockIsRefusedAndTheOnesBeforeItStay) {
  {
    Host host(path_);
    host.say({{"size", data_.size()}, {"blockBytes", kBlock}});
    host.hear();
    host.say({{"from", 0}});
    host.send_block(data_.substr(0, kBlock), hash_of(data_.substr(0, kBlock)));
    host.hear();
    host.send_block(data_.substr(kBlock, kBlock), 12345);
    EXPECT_EQ(host.hear()["error"]["code"], "hash-mismatch");
    EXPECT_EQ(host.end(), 1);
  }
  EXPECT_EQ(fs::file_size(path_ + ".part"), kBlock);
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_EQ(Host(path_).push(data_), kBlock);
}

// What the agent answers to these lines.
TEST_F(ReceiveTest, RefusesWhatItDoesNotUnderstand) {
  const auto code = [&](const std::string& first, const std::string& second = "") {
    Host host(path_);
    host.send(first + "\n" + second + "\n");
    json answer = host.hear();
    if (answer.contains("state")) answer = host.hear();
    EXPECT_EQ(host.end(), 1);
    return answer["error"]["code"];
  };
  EXPECT_EQ(code("not json"), "invalid-argument");
  EXPECT_EQ(code("[]"), "invalid-argument");
  EXPECT_EQ(code(R"({"size":-1,"blockBytes":10})"), "invalid-argument");
  EXPECT_EQ(code(R"({"size":10,"blockBytes":0})"), "invalid-argument");
  EXPECT_EQ(code(R"({"size":10,"blockBytes":10})", R"({"from":10})"), "invalid-argument");
  EXPECT_EQ(code(R"({"size":10,"blockBytes":10})", R"({"from":"0"})"), "invalid-argument");
  EXPECT_EQ(code(std::string(100'000, 'x')), "invalid-argument");
  EXPECT_FALSE(fs::exists(path_ + ".part"));
}

TEST_F(ReceiveTest, AFileThatDoesNotFitIsRefusedBeforeAnythingIsWritten) {
  Host host(path_);
  host.say({{"size", uint64_t{1} << 60}, {"blockBytes", kBlock}});
  host.hear();
  host.say({{"from", 0}});
  const json answer = host.hear();
  EXPECT_EQ(answer["error"]["code"], "disk-full");
  EXPECT_TRUE(answer["error"]["context"].contains("neededBytes"));
  EXPECT_EQ(host.end(), 1);
  EXPECT_FALSE(fs::exists(path_ + ".part"));
}

// A file system of its own, which fills up while the second block is under way.
TEST_F(ReceiveTest, StorageThatFillsUpKeepsTheWholeBlocks) {
  const std::string disk = folder_ + "/disk";
  fs::create_directory(disk);
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "no small file system can be mounted here (" << std::strerror(errno) << "); root can.";
  }
  const std::string path = disk + "/m.gguf";
  const std::string_view data = data_;
  {
    Host host(path);
    host.say({{"size", data.size()}, {"blockBytes", kBlock}});
    host.hear();
    host.say({{"from", 0}});
    host.send_block(data.substr(0, kBlock), hash_of(data.substr(0, kBlock)));
    EXPECT_EQ(host.hear(), (json{{"received", kBlock}}));
    std::ofstream(disk + "/other") << std::string(size_t{8} << 20, 'x');
    host.send_block(data.substr(kBlock, kBlock), hash_of(data.substr(kBlock, kBlock)));
    EXPECT_EQ(host.hear()["error"]["code"], "disk-full");
    EXPECT_EQ(host.end(), 1);
  }
  EXPECT_EQ(fs::file_size(path + ".part"), kBlock);
  fs::remove(disk + "/other");
  EXPECT_EQ(Host(path).push(data_), kBlock);
  EXPECT_EQ(content(path), data_);
  EXPECT_EQ(umount2(disk.c_str(), MNT_DETACH), 0);
}

TEST_F(ReceiveTest, TwoReceiversDoNotMix) {
  push_until(data_, kBlock);
  const File part(open((path_ + ".part").c_str(), O_RDWR));
  ASSERT_EQ(flock(part.fd(), LOCK_EX), 0);
  Host host(path_);
  host.say({{"size", data_.size()}, {"blockBytes", kBlock}});
  host.hear();
  host.say({{"from", kBlock}});
  EXPECT_EQ(host.hear()["error"]["code"], "busy");
  EXPECT_EQ(host.end(), 1);
}

TEST_F(ReceiveTest, AFolderThatCannotBeMadeIsAnError) {
  std::ofstream(folder_ + "/models") << "a file";
  Host host(path_);
  host.say({{"size", 5}, {"blockBytes", kBlock}});
  EXPECT_EQ(host.hear()["error"]["code"], "file-unwritable");
  EXPECT_EQ(host.end(), 1);
}

}  // namespace
}  // namespace tandem::app
