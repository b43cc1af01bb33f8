// The real server over real pipes, with clients that behave and clients that do not.
#include "rpc/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <deque>
#include <thread>

#include "model/testing.h"
#include "rpc/params.h"

namespace tandem::rpc {
namespace {

using testing::HasSubstr;
using testing_model::TemporaryFile;
using testing_model::tiny_model_bytes;

constexpr int kPatienceMs = 60'000;  // Only a hang reaches it.

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(pipe(to_.data()), 0);
    EXPECT_EQ(pipe(from_.data()), 0);
    thread_ = std::thread([this] {
      status_ = Server(to_[0], from_[1], system_).run();
      close(from_[1]);
    });
  }

  ~ServerTest() override { end(); }

  // Closes the server's input and gives its exit status.
  int end() {
    close_input();
    if (thread_.joinable()) {
      while (next()) {
      }
      thread_.join();
      close(to_[0]);
      close(from_[0]);
    }
    return status_;
  }

  void close_input() {
    if (to_[1] >= 0) close(to_[1]);
    to_[1] = -1;
  }

  void send_raw(const std::string& bytes) {
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const ssize_t written = write(to_[1], rest.data(), rest.size());
      ASSERT_GT(written, 0);
      rest.remove_prefix(static_cast<size_t>(written));
    }
  }
  void send(const std::string& body) {
    send_raw("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  void request(const Json& id, const std::string& method, const Json& params = Json::object()) {
    send(Json({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}).dump());
  }
  void notify(const std::string& method, const Json& params) {
    send(Json({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}).dump());
  }

  // The next message; nothing at the end of the output.
  std::optional<Json> next() {
    while (true) {
      if (const auto event = reader_.next()) {
        const Frame* frame = std::get_if<Frame>(&*event);
        EXPECT_NE(frame, nullptr) << "the output is not made of frames";
        return Json::parse(frame->body);
      }
      pollfd ready{from_[0], POLLIN, 0};
      std::array<char, 4096> bytes{};
      const ssize_t count =
          poll(&ready, 1, kPatienceMs) > 0 ? read(from_[0], bytes.data(), bytes.size()) : -1;
      EXPECT_GE(count, 0) << "the server is silent";
      if (count <= 0) return std::nullopt;
      reader_.feed({bytes.data(), static_cast<size_t>(count)});
    }
  }

  // The answer to a request; notifications on the way are kept in `notified`.
  Json answer(const Json& id) {
    while (auto message = next()) {
      if (message->contains("method")) {
        notified.push_back(std::move(*message));
      } else if (message->at("id") == id) {
        return *message;
      } else {
        ADD_FAILURE() << "an answer that nobody waits for: " << message->dump();
      }
    }
    ADD_FAILURE() << "no answer to " << id;
    return {};
  }
  std::string error_code(const Json& reply) {
    if (!reply.contains("error")) ADD_FAILURE() << "no error: " << reply.dump();
    return reply.contains("error") ? reply["error"]["data"]["code"].get<std::string>() : "";
  }

  // Waits for the first notification of this method.
  Json wait_for(const std::string& method) {
    while (auto message = next()) {
      if (message->value("method", "") == method) return *message;
    }
    ADD_FAILURE() << "no " << method;
    return {};
  }

  int64_t load(const TemporaryFile& file) {
    request(100, "model/load", {{"path", file.path()}, {"threads", 1}});
    const Json reply = answer(100);
    EXPECT_TRUE(reply.contains("result")) << reply.dump();
    return reply.contains("result") ? reply["result"]["modelId"].get<int64_t>() : 0;
  }

  Json generate(int64_t model, int64_t tokens) {
    return {{"modelId", model}, {"runId", "r"}, {"prompt", "abc"}, {"maxTokens", tokens}};
  }

  // A model that never ends by itself: its context is long.
  static testing_model::TinyModel endless() { return {.layers = 6, .context = 4096}; }

  const System system_;
  std::array<int, 2> to_{};
  std::array<int, 2> from_{};
  FrameReader reader_;
  std::deque<Json> notified;
  int status_ = -1;
  std::thread thread_;
};

const Json kHello = {{"client", {{"name", "test"}, {"version", "0"}}}, {"protocol", kProtocol}};

TEST_F(ServerTest, ProgressNamesItsRequestByTextToo) {
  const TemporaryFile file(testing_model::tiny_model_bytes({}));
  request("load-1", "model/load", {{"path", file.path()}, {"threads", 1}});
  EXPECT_TRUE(answer("load-1").contains("result"));
  ASSERT_FALSE(notified.empty());
  EXPECT_EQ(notified.front()["method"], "progress");
  EXPECT_EQ(notified.front()["params"]["requestId"], "load-1");
}

TEST_F(ServerTest, SaysWhatItIs) {
  request(1, "hello", kHello);
  const Json result = answer(1)["result"];
  EXPECT_EQ(result["protocol"], kProtocol);
  EXPECT_EQ(result["agent"]["executableHash"].get<std::string>().size(), 64U);
  EXPECT_EQ(result["pid"], getpid());
  ASSERT_EQ(result["processors"].size(), 3U);
  EXPECT_EQ(result["processors"][0]["state"], "ready");
  EXPECT_EQ(result["processors"][0]["role"], "primary");
  EXPECT_TRUE(result["processors"][0]["reason"].is_null());
  EXPECT_EQ(result["processors"][1]["kind"], "gpu");
  EXPECT_TRUE(result["processors"][1]["reason"].is_string());
  EXPECT_GT(result["device"]["memoryBytes"], 0);
}

TEST_F(ServerTest, LoadsGeneratesAndUnloads) {
  const TemporaryFile file(tiny_model_bytes({.type = TensorType::kQ8_0}));
  const int64_t model = load(file);
  Json params = generate(model, 6);
  params["trace"] = {{"context", R"({"host":"test"})"}};
  request(2, "generate", params);
  const Json reply = answer(2);
  ASSERT_TRUE(reply.contains("result")) << reply.dump();
  const Json& result = reply["result"];
  EXPECT_EQ(result["finish"], "max-tokens");
  EXPECT_TRUE(result["finishDetail"].is_null());
  EXPECT_GT(result["trace"]["events"], 0);
  std::string text;
  int tokens = 0, chunks = 0, progress = 0;
  bool last = false;
  for (const Json& message : notified) {
    const Json& sent = message["params"];
    if (message["method"] == "generate/token") {
      EXPECT_EQ(sent["index"], tokens++);
      text += sent["text"].get<std::string>();
    } else if (message["method"] == "trace/chunk") {
      EXPECT_EQ(sent["sequence"], chunks++);
      EXPECT_FALSE(last);
      last = sent["last"];
    } else if (message["method"] == "progress") {
      ++progress;
    }
  }
  // A character that the run's end cut short comes with the last token once more, in the text's last part.
  EXPECT_GE(tokens, 6);
  EXPECT_EQ(text, result["text"].get<std::string>());
  EXPECT_TRUE(last);
  EXPECT_GE(progress, 2);
  request(3, "model/unload", {{"modelId", model}});
  EXPECT_TRUE(answer(3)["result"].is_object());
  request(4, "generate", generate(model, 1));
  EXPECT_EQ(error_code(answer(4)), "not-found");
}

TEST_F(ServerTest, AnswersStatusAndRefusesMoreWorkWhileItIsBusy) {
  const TemporaryFile file(tiny_model_bytes(endless()));
  const int64_t model = load(file);
  request(2, "generate", generate(model, 4000));
  wait_for("generate/token");
  request(3, "device/status");
  EXPECT_EQ(answer(3)["result"]["busy"], "generate");
  request(4, "bench", {{"modelId", model}, {"prefill", {8}}, {"decode", {8}}});
  EXPECT_EQ(error_code(answer(4)), "busy");
  notify("$/cancelRequest", {{"id", 99}});  // Somebody else's.
  notify("$/cancelRequest", {{"id", 2}});
  const Json reply = answer(2);
  EXPECT_EQ(reply["result"]["finish"], "cancelled");
  EXPECT_GT(reply["result"]["stats"]["generatedTokens"], 0);
  request(5, "bench", {{"modelId", model}, {"prefill", {8}}, {"decode", {4}}, {"repetitions", 2}});
  EXPECT_EQ(answer(5)["result"]["rows"].size(), 2U);
  request(6, "device/status");
  EXPECT_TRUE(answer(6)["result"]["busy"].is_null());
}

TEST_F(ServerTest, ReportsProgressAtLeastOnceASecond) {
  const TemporaryFile file(tiny_model_bytes(endless()));
  const int64_t model = load(file);
  request(2, "bench",
          {{"modelId", model}, {"prefill", Json::array()}, {"decode", {4000}}, {"repetitions", 100}});
  for (int beats = 0; beats < 3;) {
    const Json beat = wait_for("progress");
    EXPECT_EQ(beat["params"]["requestId"], 2);
    ++beats;
  }
  notify("$/cancelRequest", {{"id", 2}});
  EXPECT_EQ(error_code(answer(2)), "cancelled");
}

TEST_F(ServerTest, LivesOnAfterHostileInput) {
  const std::vector<std::string> bodies = {
      "",
      "{",
      "null",
      "17",
      "[]",
      "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\"}]",
      "\"\xff\xfe\"",
      "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"hello\"}",
      "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"hello\"}",
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}",
      "{\"jsonrpc\":\"2.0\",\"id\":1}",
      "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"hello\"}",
      std::string(1'000'000, '['),
      "{\"jsonrpc\":\"2.0\",\"method\":\"hello" + std::string(1, '\0') + "\"}"};
  for (const std::string& body : bodies) {
    send(body);
    const auto reply = next();
    ASSERT_TRUE(reply.has_value()) << body.substr(0, 60);
    EXPECT_LT((*reply)["error"]["code"], 0) << body.substr(0, 60);
  }
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                                   std::string("Content-Length: 99999999999\r\n\r\n{}")}) {
    send_raw(bytes);
    send(Json({{"jsonrpc", "2.0"}, {"id", 5}, {"method", "device/status"}}).dump());
    EXPECT_EQ((*next())["error"]["code"], -32700) << bytes;
    EXPECT_TRUE(answer(5).contains("result"));
  }
  notify("no/such/notification", {{"a", 1}});
  notify("$/cancelRequest", Json::array());
  request(7, "no/such/method");
  EXPECT_EQ(answer(7)["error"]["code"], -32601);
  request(8, "device/status", {{"surprise", 1}});
  EXPECT_EQ(answer(8)["error"]["code"], -32602);
  send(R"({"jsonrpc":"2.0","id":"text","method":"device/status","params":null})");
  EXPECT_TRUE(answer("text").contains("result"));
}

TEST_F(ServerTest, GivesEachLoadFailureItsCode) {
  const TemporaryFile garbage("this is no model at all");
  const TemporaryFile incomplete(tiny_model_bytes({.leave_out = "output_norm.weight"}));
  const TemporaryFile spoiled(tiny_model_bytes({.spoil = "token_embd.weight"}));
  const std::vector<std::pair<Json, std::string>> cases = {
      {{{"path", "/nowhere/model.gguf"}}, "file-not-found"},
      {{{"path", "/"}}, "file-unreadable"},
      {{{"path", garbage.path()}}, "gguf-bad-magic"},
      {{{"path", incomplete.path()}}, "model-incomplete"},
      {{{"path", spoiled.path()}}, "model-bad-values"},
      {{{"path", incomplete.path()}, {"threads", -1}}, "invalid-argument"},
      {{{"path", incomplete.path()}, {"isa", "mmx"}}, "invalid-argument"},
      {Json::object(), "invalid-argument"}};
  int id = 10;
  for (const auto& [params, code] : cases) {
    request(++id, "model/load", params);
    const Json reply = answer(id);
    EXPECT_EQ(error_code(reply), code) << params.dump();
    EXPECT_THAT(reply["error"]["message"].get<std::string>(), HasSubstr(" "));
  }
}

TEST_F(ServerTest, GivesCurvesOfShapesFromADescription) {
  const Json matmul = {{"n", 4096}, {"k", 14336}, {"type", "Q4_0"}};
  Json params = {
      {"costs", {{"soc", "snapdragon-8-gen-3"}}}, {"matmuls", {matmul}}, {"tokens", {1, 256, 257, 288, 300}}};
  request(1, "profile/curves", params);
  const Json result = answer(1)["result"];
  EXPECT_EQ(result["origin"], "modeled");
  EXPECT_TRUE(result["measured"].is_null());
  ASSERT_EQ(result["curves"].size(), 1U);
  const Json& curve = result["curves"][0];
  EXPECT_TRUE(curve["primaryMeasured"].empty());
  // The NPU steps every 32 tokens: 257 costs as much as 288.
  EXPECT_GT(curve["npuUs"][2], curve["npuUs"][1]);
  EXPECT_EQ(curve["npuUs"][2], curve["npuUs"][3]);
  ASSERT_EQ(curve["placements"].size(), 5U);
  EXPECT_TRUE(curve["placements"][4]["lost"].empty());
  params["candidates"] = true;
  request(2, "profile/curves", params);
  EXPECT_FALSE(answer(2)["result"]["curves"][0]["placements"][4]["lost"].empty());
}

TEST_F(ServerTest, RefusesCurvesOfWhatIsNoShape) {
  const Json good = {{"costs", {{"soc", "snapdragon-8-gen-3"}}},
                     {"matmuls", {{{"n", 64}, {"k", 64}, {"type", "Q4_0"}}}},
                     {"tokens", {1}}};
  const auto with = [&good](const char* field, const Json& value) {
    Json params = good;
    params[field] = value;
    return params;
  };
  const std::vector<std::pair<Json, std::string>> cases = {
      {with("matmuls", Json::array()), "invalid-argument"},
      {with("matmuls", {{{"n", 0}, {"k", 64}, {"type", "Q4_0"}}}), "invalid-argument"},
      {with("matmuls", {{{"n", 64}, {"k", 64}, {"type", "Q9"}}}), "invalid-argument"},
      {with("matmuls", {7}), "invalid-argument"},
      {with("tokens", Json::array()), "invalid-argument"},
      {with("tokens", {0}), "invalid-argument"},
      {with("tokens", {5000}), "invalid-argument"},
      {with("settings", {{"rowStep", -1}}), "invalid-argument"},
      {with("costs", Json::object()), "invalid-argument"},
      {with("costs", {{"soc", "abacus"}}), "not-found"},
      {with("costs", {{"profile", "/nowhere/profile.json"}}), "file-not-found"}};
  int id = 10;
  for (const auto& [params, code] : cases) {
    request(++id, "profile/curves", params);
    EXPECT_EQ(error_code(answer(id)), code) << params.dump();
  }
}

TEST_F(ServerTest, StopsWorkAndEndsWithItsInput) {
  const TemporaryFile file(tiny_model_bytes(endless()));
  const int64_t model = load(file);
  request(2, "generate", generate(model, 4000));
  wait_for("generate/token");
  close_input();
  EXPECT_EQ(answer(2)["result"]["finish"], "cancelled");
  EXPECT_EQ(end(), 0);
}

TEST_F(ServerTest, AnswersWhatRunsBeforeItShutsDown) {
  const TemporaryFile file(tiny_model_bytes(endless()));
  const int64_t model = load(file);
  request(2, "generate", generate(model, 4000));
  wait_for("generate/token");
  request(3, "shutdown");
  EXPECT_EQ(answer(2)["result"]["finish"], "cancelled");
  EXPECT_TRUE(answer(3)["result"].is_object());
  EXPECT_FALSE(next().has_value());
  EXPECT_EQ(end(), 0);
}

TEST(Server, EndsWhenItsClientIsGone) {
  signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> to{}, from{};
  ASSERT_EQ(pipe(to.data()), 0);
  ASSERT_EQ(pipe(from.data()), 0);
  close(from[0]);
  const std::string body = R"({"jsonrpc":"2.0","id":1,"method":"device/status"})";
  const std::string frame = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  ASSERT_EQ(write(to[1], frame.data(), frame.size()), static_cast<ssize_t>(frame.size()));
  const System system;
  EXPECT_EQ(Server(to[0], from[1], system).run(), 0);
  for (const int fd : {to[0], to[1], from[1]}) close(fd);
}

}  // namespace
}  // namespace tandem::rpc
