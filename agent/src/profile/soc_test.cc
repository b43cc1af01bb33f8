#include "profile/soc.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "json/fields.h"
#include "profile/soc_costs.h"
#include "profile/soc_files.h"

namespace tandem {
namespace {

SocDescription calibrated() { return built_in_soc("snapdragon-8-gen-3").value(); }

struct TableRow {
  int64_t n, k, m;
  double gpu_us, npu_us;
};

// The paper's Table 3: rows with one number of tokens.
constexpr TableRow kTable3[] = {
    {4096, 4096, 1, 511, 693},    {28672, 4096, 1, 1903, 3886},   {4096, 14336, 1, 1467, 6506},
    {4096, 4096, 128, 7306, 912}, {4096, 4096, 256, 10841, 1884}, {4096, 14336, 256, 35231, 23445},
};

TEST(Soc, EveryDescriptionInTheProgramIsWhole) {
  ASSERT_EQ(soc_ids().size(), 8U);
  for (const std::string& id : soc_ids()) {
    const auto soc = built_in_soc(id);
    ASSERT_TRUE(soc.ok()) << soc.error().message;
    EXPECT_EQ(soc->id, id);
    EXPECT_EQ(soc->calibrated, id == "snapdragon-8-gen-3");
    EXPECT_EQ(soc->count(FieldOrigin::kMeasured) > 0, soc->calibrated) << id;
    for (const SocField& field : soc->fields) EXPECT_GT(field.source.size(), 10U) << id << ' ' << field.path;
  }
}

TEST(Soc, Table3ComesOutOfTheCalibration) {
  const SocCostModel costs(calibrated(), Surroundings::kIsolated);
  for (const TableRow& row : kTable3) {
    const MatmulWork work{row.m, row.n, row.k, TensorType::kQ4_0};
    EXPECT_NEAR(costs.matmul(ProcessorKind::kGpu, work).us / row.gpu_us, 1, 0.07) << row.n << ' ' << row.m;
    EXPECT_NEAR(costs.matmul(ProcessorKind::kNpu, work).us / row.npu_us, 1, 0.07) << row.n << ' ' << row.m;
  }
}

TEST(Soc, TogetherTheyReadWhatThePaperSays) {
  const SocCostModel costs(calibrated());
  const MatmulWork gpu{1, 3072, 4096, TensorType::kQ4_0}, npu{1, 1024, 4096, TensorType::kQ4_0};
  const double gpu_us =
      costs.matmul(ProcessorKind::kGpu, gpu).us * costs.slowdown_together(ProcessorKind::kGpu, gpu, npu);
  const double npu_us =
      costs.matmul(ProcessorKind::kNpu, npu).us * costs.slowdown_together(ProcessorKind::kNpu, npu, gpu);
  EXPECT_NEAR(weight_bytes(gpu) / gpu_us / 1e3 + weight_bytes(npu) / npu_us / 1e3, 59.5, 0.1);
  EXPECT_NEAR(gpu_us / npu_us, 1, 0.15);  // 75/25 lets both end at about the same time.
}

TEST(Soc, CompilingFourGraphsOfLlamaTakesWhatThePaperSays) {
  const SocCostModel costs(calibrated());
  for (const auto& [tokens, ms] : {std::pair<int64_t, double>{135, 408}, {1000, 2050}}) {
    double sum = 0;
    for (const auto& [n, k] :
         {std::pair<int64_t, int64_t>{6144, 4096}, {4096, 4096}, {28672, 4096}, {4096, 14336}}) {
      sum += costs.compile_us({tokens, n, k, TensorType::kQ4_0}) / 1e3;
    }
    EXPECT_NEAR(sum / ms, 1, 0.01);
  }
}

TEST(Soc, CostsNeverFallWithSizeOnAnyDescription) {
  for (const std::string& id : soc_ids()) {
    for (const Surroundings around : {Surroundings::kFullQueue, Surroundings::kIsolated}) {
      const SocCostModel costs(built_in_soc(id).value(), around);
      for (const ProcessorKind kind : {ProcessorKind::kGpu, ProcessorKind::kNpu}) {
        double last = 0;
        for (int64_t m = 1; m <= 1024; ++m) {
          const double us = costs.matmul(kind, {m, 4096, 4096, TensorType::kQ4_0}).us;
          EXPECT_GE(us, last) << id << ' ' << m;
          last = us;
        }
      }
    }
  }
}

TEST(Soc, BrokenFilesAreRefusedInOneSentence) {
  const std::string good(soc_files().front().json);
  const auto message = [&](auto&& change) {
    Json json = *parse_json(good);
    change(json);
    const auto soc = read_soc(json_text(json), "mine.json");
    return soc.ok() ? std::string("accepted") : soc.error().message;
  };
  EXPECT_EQ(message([](Json&) {}), "accepted");
  EXPECT_EQ(message([](Json& j) { j["npu"].erase("stage"); }),
            "The field mine.json: npu.stage has to be an object with value, origin and source.");
  EXPECT_EQ(message([](Json& j) { j["npu"]["stage"]["value"] = 0; }),
            "The field mine.json: npu.stage.value has to be a number from 1.0 to 1024.0.");
  EXPECT_EQ(message([](Json& j) { j["npu"]["stage"]["origin"] = "guessed"; }),
            "The field mine.json: npu.stage.origin has to be measured, published or assumed.");
  EXPECT_EQ(message([](Json& j) { j["npu"]["stage"]["source"] = ""; }),
            "The field mine.json: npu.stage.source has to be a line that says where the value comes from.");
  EXPECT_EQ(message([](Json& j) { j["npu"]["speed"] = 1; }),
            "The field mine.json: npu.speed has to be left out, since this agent does not know it.");
  EXPECT_EQ(message([](Json& j) { j.erase("memory"); }), "The field mine.json.memory has to be an object.");
  EXPECT_EQ(message([](Json& j) { j["memory"]["togetherGbps"]["value"] = 1; }),
            "The field mine.json.memory.togetherGbps has to be at least what one processor reaches alone.");
  EXPECT_EQ(message([](Json& j) { j["name"] = ""; }),
            "The field mine.json.name has to be a name of at most 80 bytes.");
  EXPECT_EQ(message([](Json& j) { j["format"] = 2; }), "The field mine.json.format has to be 1.");
  EXPECT_EQ(
      read_soc("[", "mine.json").error().message,
      "The SoC description mine.json is not a JSON object of at most 256 KiB: give a file like those in "
      "agent/soc.");
  EXPECT_EQ(built_in_soc("snapdragon").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace tandem
