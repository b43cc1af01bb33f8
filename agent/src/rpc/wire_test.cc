#include "rpc/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <span>

#include "json/fields.h"
#include "rpc/about.h"
#include "rpc/base64.h"
#include "rpc/load_params.h"
#include "rpc/params.h"
#include "rpc/sha256.h"

namespace tandem::rpc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Base64, FollowsTheStandardsExamples) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

std::string hash(const std::string& text, size_t piece) {
  Sha256 sha;
  for (size_t at = 0; at < text.size(); at += piece) {
    const std::string part = text.substr(at, piece);
    sha.update(std::as_bytes(std::span(part)));
  }
  return sha.finish();
}

TEST(Sha256, FollowsTheStandardsExamples) {
  EXPECT_EQ(hash("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 5),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  for (const size_t piece : {1, 63, 64, 65, 1000}) {
    EXPECT_EQ(hash(std::string(1'000'000, 'a'), piece),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  EXPECT_TRUE(parse_json("{\"a\": [1, 2, {\"b\": null}]}"));
  for (const std::string& bad :
       {std::string("{"), std::string(""), std::string("{\"a\":}"), std::string("\"\xff\""),
        std::string("{} {}"), std::string(100, '['), std::string(5'000'000, '[')}) {
    EXPECT_FALSE(parse_json(bad)) << bad.substr(0, 20);
  }
  EXPECT_TRUE(parse_json("\"" + std::string(100, '[') + "\"")) << "brackets in a string are no depth";
}

Error generate_error(const std::string& text) {
  const auto parsed = parse_generate(*parse_json(text));
  EXPECT_FALSE(parsed.ok()) << text;
  return parsed.ok() ? Error{} : parsed.error();
}

TEST(Params, NameTheFieldThatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"runId":"r","prompt":"p","maxTokens":1})", "params.modelId"},
      {R"({"modelId":"1","runId":"r","prompt":"p","maxTokens":1})", "params.modelId"},
      {R"({"modelId":1.5,"runId":"r","prompt":"p","maxTokens":1})", "params.modelId"},
      {R"({"modelId":18446744073709551615,"runId":"r","prompt":"p","maxTokens":1})", "params.modelId"},
      {R"({"modelId":1,"runId":"r","prompt":7,"maxTokens":1})", "params.prompt"},
      {R"({"modelId":1,"runId":"r","prompt":"p","maxTokens":1,"addBos":"perhaps"})", "params.addBos"},
      {R"({"modelId":1,"runId":"r","prompt":"p","maxTokens":1,"stop":"x"})", "params.stop"},
      {R"({"modelId":1,"runId":"r","prompt":"p","maxTokens":1,"stop":[1]})", "params.stop"},
      {R"({"modelId":1,"runId":"r","prompt":"p","maxTokens":1,"sampler":{"topK":-1}})",
       "params.sampler.topK"},
      {R"({"modelId":1,"runId":"r","prompt":"p","maxTokens":1,"sampler":{"heat":1}})", "params.sampler.heat"},
      {R"({"modelId":1,"runId":"r","prompt":"p","maxTokens":1,"trace":{"bufferBytes":0}})",
       "params.trace.bufferBytes"},
      {R"({"modelId":1,"runId":"r","prompt":"p","maxTokens":1,"trace":{"context":"{"}})",
       "params.trace.context"},
      {R"({"modelId":1,"runId":"r","prompt":"p","maxTokens":1,"speed":"high"})", "params.speed"},
      {R"([1])", "params"}};
  for (const auto& [text, field] : cases) {
    const Error error = generate_error(text);
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << text;
    EXPECT_EQ(error.context.at("field"), field) << text;
  }
}

TEST(Params, AreReadWithTheirDefaults) {
  const auto parsed = parse_generate(*parse_json(
      R"({"modelId":3,"runId":"r","prompt":"p","maxTokens":9,"sampler":{"temperature":0.5,"seed":7},"trace":{}})"));
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(parsed->model_id, 3);
  EXPECT_EQ(parsed->request.sampler.temperature, 0.5F);
  EXPECT_EQ(parsed->request.sampler.seed, 7U);
  EXPECT_EQ(parsed->request.sampler.top_p, 1);
  EXPECT_TRUE(parsed->request.encode.parse_special);
  ASSERT_TRUE(parsed->trace);
  EXPECT_EQ(parsed->trace->buffer_bytes, TraceOptions::kDefaultBuffer);
}

TEST(Params, RefuseAClientOfAnotherProtocol) {
  const auto checked = parse_hello(*parse_json(R"({"client":{"name":"n","version":"1"},"protocol":2})"));
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(checked.error().message, HasSubstr("protocol 2"));
}

TEST(Hello, TellsOfEveryKindOfProcessorAndWhyOneIsNotReady) {
  const System system;
  std::set<ProcessorKind> kinds;
  for (const ProcessorInfo& info : known_processors(system)) {
    kinds.insert(info.kind);
    EXPECT_EQ(info.state == ProcessorState::kReady && info.role != ProcessorRole::kNone, info.reason.empty());
  }
  EXPECT_EQ(kinds.size(), 3U);
  EXPECT_FALSE(agent_version().empty());
}

TEST(Processors, DefaultsAreTheBestPrimaryAndTheNpuWhereThereIsOne) {
  ProcessorInfo cpu{.kind = ProcessorKind::kCpu, .role = ProcessorRole::kPrimary};
  ProcessorInfo gpu{.kind = ProcessorKind::kGpu, .role = ProcessorRole::kPrimary};
  ProcessorInfo npu{.kind = ProcessorKind::kNpu, .role = ProcessorRole::kCoProcessor};
  EXPECT_THAT(default_processors({cpu, gpu, npu}), ElementsAre(ProcessorKind::kGpu, ProcessorKind::kNpu));
  gpu.role = ProcessorRole::kNone;  // A CPU in disguise.
  EXPECT_THAT(default_processors({cpu, gpu, npu}), ElementsAre(ProcessorKind::kCpu, ProcessorKind::kNpu));
  npu.state = ProcessorState::kMissing;
  EXPECT_THAT(default_processors({cpu, gpu, npu}), ElementsAre(ProcessorKind::kCpu));
}

}  // namespace
}  // namespace tandem::rpc
