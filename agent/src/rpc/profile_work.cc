#include "rpc/profile_work.h"

#include <xxhash.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "profile/measure.h"
#include "profile/profile_costs.h"
#include "profile/profile_json.h"
#include "rpc/about.h"

namespace tandem::rpc {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

ProfileKey key_of(const ProcessorInfo& primary, const ProcessorInfo* npu) {
  ProfileKey key{
      .device = primary.name, .driver = joined(primary.features), .agent = std::string(agent_version())};
  if (npu != nullptr) {
    key.device += " + " + npu->name;
    key.driver += "; " + joined(npu->features);
  }
  return key;
}

std::string own_path(const ProfileKey& key) {
  const std::string folder = cache_folder();
  if (folder.empty()) return {};
  const std::string text =
      key.device + '\n' + key.driver + '\n' + key.agent + '\n' + std::to_string(key.method);
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "%016llx.json",
                static_cast<unsigned long long>(XXH3_64bits(text.data(), text.size())));
  return folder + "/profiles/" + name.data();
}

// Null where too few shapes were measured to say.
Json error_percent(const Profile& profile, ProcessorKind kind) {
  if (kind != ProcessorKind::kNpu && kind != profile.primary) return nullptr;
  constexpr int64_t kLeastSamples = 4;
  const CrossValidation errors = cross_validate(profile, kind);
  return errors.samples < kLeastSamples ? Json(nullptr) : Json(100 * errors.median);
}

}  // namespace

Result<MeasuredProfile> measure_profile(const ProfileSubject& subject, const std::string& path,
                                        double budget_s, const System& system, const CompleteHooks& hooks) {
  const int64_t began = boottime_ns();
  TANDEM_ASSIGN(const std::unique_ptr<Processor> primary,
                make_processor(subject.processors.front(), subject.options, system));
  std::unique_ptr<Processor> npu;
  if (subject.processors.size() > 1) {
    TANDEM_ASSIGN(npu, make_processor(subject.processors[1], subject.options, system));
  }
  const ProcessorInfo primary_info = primary->info();
  ProcessorInfo npu_info;
  if (npu) npu_info = npu->info();
  const ProfileKey key = key_of(primary_info, npu ? &npu_info : nullptr);

  MeasuredProfile measured;
  measured.path = path.empty() ? own_path(key) : path;
  bool found = false;
  if (!measured.path.empty()) {
    Result<Profile> kept = load_profile(measured.path, &key);
    found = kept.ok();
    if (found) {
      measured.profile = std::move(kept).value();
    } else if (kept.error().code != ErrorCode::kFileNotFound) {
      measured.notes.push_back(kept.error().message);
    }
  }
  if (!found) measured.profile = {.key = key, .primary = primary_info.kind, .has_npu = npu != nullptr};
  MeasureRequest request{.graph = subject.graph,
                         .weights = subject.weights,
                         .primary = *primary,
                         .npu = npu.get(),
                         .allocate = pool_allocator(subject.options, npu.get()),
                         .budget_s = budget_s,
                         .cancel = hooks.cancel};
  request.progress = [&hooks](const MeasureProgress& progress) {
    if (hooks.progress) hooks.progress("profile", progress.done, progress.total);
  };
  const Result<void> result = measure(request, measured.profile);
  if (!measured.path.empty()) {
    std::error_code ignored;  // Writing tells.
    std::filesystem::create_directories(std::filesystem::path(measured.path).parent_path(), ignored);
    if (const auto kept = write_profile(measured.path, measured.profile); !kept.ok()) {
      measured.notes.push_back(kept.error().message);
      measured.path.clear();
    }
  }
  TANDEM_TRY(result);
  measured.elapsed_ms = static_cast<double>(boottime_ns() - began) / 1e6;
  return measured;
}

Json profile_json(const MeasuredProfile& measured) {
  const Profile& profile = measured.profile;
  return {{"path", measured.path},
          {"samples", profile.matmuls.size() + profile.others.size()},
          {"complete", profile.complete},
          {"errorPercent",
           {{"gpu", error_percent(profile, ProcessorKind::kGpu)},
            {"npu", profile.has_npu ? error_percent(profile, ProcessorKind::kNpu) : Json(nullptr)},
            {"cpu", error_percent(profile, ProcessorKind::kCpu)}}},
          {"elapsedMs", measured.elapsed_ms},
          {"device", profile.key.device},
          {"notes", measured.notes}};
}

}  // namespace tandem::rpc
