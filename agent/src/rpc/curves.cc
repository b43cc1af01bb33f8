#include "rpc/curves.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "plan/json.h"
#include "plan/lone_matmul.h"
#include "profile/profile_costs.h"
#include "rpc/costs.h"
#include "tensor/type.h"

namespace tandem::rpc {
namespace {

constexpr size_t kMostMatmuls = 64;
constexpr size_t kMostLengths = 1024;
constexpr int64_t kLongestStep = 4096;
constexpr int64_t kMostFeatures = 1 << 20;

MatmulWork parse_matmul(const Json& object, const std::string& where, Fields& parent) {
  MatmulWork work;
  Fields fields(object, where);
  work.n = fields.integer("n");
  work.k = fields.integer("k");
  if (work.n < 1 || work.n > kMostFeatures) fields.refuse("n", "from 1 to 1048576");
  if (work.k < 1 || work.k > kMostFeatures) fields.refuse("k", "from 1 to 1048576");
  if (const auto type = type_by_name(fields.text("type"))) {
    work.type = *type;
  } else {
    fields.refuse("type", "a tensor type such as Q4_0");
  }
  parent.take(fields.finish());
  return work;
}

double rounded(double us) { return std::round(us * 1e3) / 1e3; }

void round_times(Candidate& candidate) {
  for (double* us : {&candidate.primary_us, &candidate.npu_us, &candidate.sync_us, &candidate.total_us}) {
    *us = rounded(*us);
  }
}

// How well the profile knows what it answers from; null where nothing was measured.
Json measured_json(const Costs& costs) {
  const auto* const profile = dynamic_cast<const ProfileCostModel*>(costs.model.get());
  if (profile == nullptr) return nullptr;
  const std::vector<MatmulSample>& samples = profile->profile().matmuls;
  std::vector<double> spreads;
  for (const MatmulSample& sample : samples) spreads.push_back(sample.timing.spread);
  std::ranges::sort(spreads);
  return {{"samples", samples.size()}, {"medianSpread", spreads.empty() ? 0 : spreads[spreads.size() / 2]}};
}

// The times of one processor, and the places among them that were run.
struct Curve {
  Json us = Json::array(), measured = Json::array();
  void add(const Estimate& estimate, size_t index) {
    us.push_back(rounded(estimate.us));
    if (estimate.origin == Origin::kMeasured && !estimate.predicted) measured.push_back(index);
  }
};

Result<Json> curve_of(const MatmulWork& work, const CostModel& costs, const CurvesParams& params,
                      const CancelToken& cancel) {
  LoneMatmul matmul(work, costs, params.settings, std::ranges::max(params.tokens));
  Curve primary, npu;
  Json placements = Json::array();
  for (size_t i = 0; i < params.tokens.size(); ++i) {
    if (cancel.cancelled()) return Error{ErrorCode::kCancelled, "Computing the curves was cancelled.", {}};
    const int64_t tokens = params.tokens[i];
    primary.add(matmul.primary(tokens), i);
    if (const auto estimate = matmul.npu(tokens)) npu.add(*estimate, i);
    Placement placement = matmul.place(tokens);
    if (!params.candidates) placement.lost.clear();
    round_times(placement.chosen);
    for (Candidate& lost : placement.lost) round_times(lost);
    placements.push_back(to_json(placement));
  }
  const bool on_npu = !npu.us.empty();
  return Json{{"primaryUs", std::move(primary.us)},
              {"primaryMeasured", std::move(primary.measured)},
              {"npuUs", on_npu ? std::move(npu.us) : Json()},
              {"npuMeasured", std::move(npu.measured)},
              {"placements", std::move(placements)}};
}

}  // namespace

Result<CurvesParams> parse_curves(const Json& params) {
  CurvesParams parsed;
  Fields fields(params, "params");
  parsed.costs = parse_costs(fields);
  if (parsed.costs.empty()) fields.refuse("costs", "an object with soc, socFile or profile");
  const Json* matmuls = fields.array_or_null("matmuls");
  if (matmuls == nullptr || matmuls->empty() || matmuls->size() > kMostMatmuls) {
    fields.refuse("matmuls", "a list of 1 to 64 objects with n, k and type");
  } else {
    for (size_t i = 0; i < matmuls->size(); ++i) {
      const std::string where = "params.matmuls[" + std::to_string(i) + "]";
      parsed.matmuls.push_back(parse_matmul((*matmuls)[i], where, fields));
    }
  }
  parsed.settings = parse_settings(fields);
  parsed.tokens = fields.integers("tokens");
  const auto good = [](int64_t tokens) { return tokens >= 1 && tokens <= kLongestStep; };
  if (parsed.tokens.empty() || parsed.tokens.size() > kMostLengths ||
      !std::ranges::all_of(parsed.tokens, good)) {
    fields.refuse("tokens", "a list of 1 to 1024 numbers from 1 to 4096");
  }
  parsed.candidates = fields.boolean_or("candidates", false);
  TANDEM_TRY(fields.finish());
  TANDEM_TRY(check_settings(parsed.settings));
  return parsed;
}

Result<Json> profile_curves(const CurvesParams& params, const CancelToken& cancel) {
  TANDEM_ASSIGN(const Costs costs, open_costs(params.costs));
  Json curves = Json::array();
  for (const MatmulWork& work : params.matmuls) {
    TANDEM_ASSIGN(Json curve, curve_of(work, *costs.model, params, cancel));
    curves.push_back(std::move(curve));
  }
  return Json{{"origin", origin_name(costs.model->origin())},
              {"name", costs.name},
              {"calibrated", costs.calibrated},
              {"primary", processor_kind_name(costs.model->primary())},
              {"hasNpu", costs.model->has_npu()},
              {"measured", measured_json(costs)},
              {"curves", std::move(curves)}};
}

}  // namespace tandem::rpc
