#include "sample/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "sample/exponential.h"

namespace tandem {
namespace {

Error out_of_range(const std::string& what) {
  return {ErrorCode::kInvalidArgument, "The sampler's " + what + "; change it.", {}};
}

Error bad_logits() {
  return {ErrorCode::kModelBadValues,
          "The model's output is not a number, so no token can be chosen; the file or a processor is faulty.",
          {}};
}

}  // namespace

Result<Sampler> Sampler::create(const SamplerSettings& s) {
  if (!(s.temperature >= 0 && s.temperature <= 100)) return out_of_range("temperature must be from 0 to 100");
  if (s.top_k < 0) return out_of_range("top-k must be 0 or more");
  if (!(s.top_p > 0 && s.top_p <= 1)) return out_of_range("top-p must be above 0 and at most 1");
  if (!(s.min_p >= 0 && s.min_p < 1)) return out_of_range("min-p must be from 0 to below 1");
  if (!(s.repetition_penalty > 0 && s.repetition_penalty <= 100)) {
    return out_of_range("repetition penalty must be above 0 and at most 100");
  }
  if (s.repetition_window < 0 || s.repetition_window > 1 << 20) {
    return out_of_range("repetition window must be from 0 to 1048576");
  }
  return Sampler(s);
}

Sampler::Sampler(const SamplerSettings& settings) : settings_(settings), random_(settings.seed) {}

void Sampler::accept(int32_t token) {
  const auto window = static_cast<size_t>(settings_.repetition_window);
  if (settings_.repetition_penalty == 1 || window == 0) return;
  if (recent_.size() < window) {
    recent_.push_back(token);
  } else {
    recent_[recent_next_] = token;
    recent_next_ = (recent_next_ + 1) % window;
  }
}

Result<int32_t> Sampler::sample(std::span<const float> logits) {
  std::span<const float> values = logits;
  if (!recent_.empty()) values = penalised(logits);
  return settings_.temperature == 0 ? greedy(values) : random_choice(values);
}

std::span<const float> Sampler::penalised(std::span<const float> logits) {
  adjusted_.assign(logits.begin(), logits.end());
  std::vector<int32_t> distinct = recent_;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (const int32_t token : distinct) {
    if (token < 0 || static_cast<size_t>(token) >= adjusted_.size()) continue;
    float& logit = adjusted_[static_cast<size_t>(token)];
    logit = logit > 0 ? logit / settings_.repetition_penalty : logit * settings_.repetition_penalty;
  }
  return adjusted_;
}

// The first of the largest.
Result<int32_t> Sampler::greedy(std::span<const float> logits) {
  // Sixteen maxima side by side, which compilers turn into vector instructions.
  constexpr size_t kLanes = 16;
  std::array<float, kLanes> largest;
  std::array<uint32_t, kLanes> nan{};
  largest.fill(-std::numeric_limits<float>::infinity());
  const size_t whole = logits.size() / kLanes * kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    for (size_t j = 0; j < kLanes; j++) {
      const float logit = logits[i + j];
      nan[j] |= logit != logit ? 1 : 0;
      largest[j] = logit > largest[j] ? logit : largest[j];
    }
  }
  for (size_t i = whole; i < logits.size(); i++) {
    nan[0] |= std::isnan(logits[i]) ? 1 : 0;
    largest[0] = std::max(largest[0], logits[i]);
  }
  const float best = *std::max_element(largest.begin(), largest.end());
  if (!std::isfinite(best) || std::any_of(nan.begin(), nan.end(), [](uint32_t n) { return n != 0; })) {
    return bad_logits();
  }
  return static_cast<int32_t>(std::find(logits.begin(), logits.end(), best) - logits.begin());
}

Result<int32_t> Sampler::random_choice(std::span<const float> logits) {
  TANDEM_ASSIGN(const int32_t best, greedy(logits));
  const double top = logits[static_cast<size_t>(best)];
  const auto weigh = [&](float logit) { return exponential((logit - top) / settings_.temperature); };

  // From here on the order of candidates is the same on every device: sums in another order may round
  // differently.
  candidates_.clear();
  for (size_t i = 0; i < logits.size(); i++) candidates_.push_back({logits[i], 0, static_cast<int32_t>(i)});
  keep_top_k();
  for (Candidate& candidate : candidates_) candidate.weight = weigh(candidate.logit);
  keep_top_p();
  // The best candidate's weight is 1.
  std::erase_if(candidates_, [this](const Candidate& c) { return c.weight < double{settings_.min_p}; });

  double total = 0;
  for (const Candidate& candidate : candidates_) total += candidate.weight;
  double left = random_.next_unit() * total;
  for (const Candidate& candidate : candidates_) {
    left -= candidate.weight;
    if (left < 0) return candidate.token;
  }
  return best;  // Only where rounding left a rest.
}

bool Sampler::likelier(const Candidate& a, const Candidate& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

void Sampler::keep_top_k() {
  const auto k = static_cast<size_t>(settings_.top_k);
  if (k == 0 || k >= candidates_.size()) return;
  const auto last = candidates_.begin() + settings_.top_k;
  std::nth_element(candidates_.begin(), last - 1, candidates_.end(), likelier);
  candidates_.erase(last, candidates_.end());
  std::sort(candidates_.begin(), candidates_.end(), likelier);
}

// Keeps the likeliest until their share is top_p. A heap gives them one by one, so the rest is never sorted.
void Sampler::keep_top_p() {
  if (settings_.top_p >= 1) return;
  double wanted = 0;
  for (const Candidate& candidate : candidates_) wanted += candidate.weight;
  wanted *= double{settings_.top_p};
  const auto less_likely = [](const Candidate& a, const Candidate& b) { return likelier(b, a); };
  std::make_heap(candidates_.begin(), candidates_.end(), less_likely);
  auto kept = candidates_.end();
  while (kept != candidates_.begin() && wanted > 0) {
    std::pop_heap(candidates_.begin(), kept, less_likely);
    wanted -= (--kept)->weight;
  }
  candidates_.erase(candidates_.begin(), kept);
  std::reverse(candidates_.begin(), candidates_.end());
}

}  // namespace tandem
