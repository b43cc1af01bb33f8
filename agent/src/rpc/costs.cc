#include "rpc/costs.h"

#include <fstream>
#include <iterator>
#include <span>
#include <utility>

#include "gguf/parser.h"
#include "profile/profile_costs.h"
#include "profile/profile_json.h"
#include "profile/soc_costs.h"
#include "rpc/model_outline.h"
#include "simulate/shapes.h"

namespace tandem::rpc {
namespace {

constexpr std::streamsize kMostBytes = 16 << 20;

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) {
    return Error{
        ErrorCode::kFileNotFound, "There is no file " + path + ": check the path.", {{"path", path}}};
  }
  const std::streamsize bytes = file.tellg();
  if (bytes < 0 || bytes > kMostBytes) {
    return Error{ErrorCode::kFileUnreadable,
                 path + " is no description or profile, since it has more than 16 MiB: check the path.",
                 {{"path", path}}};
  }
  std::string text(static_cast<size_t>(bytes), '\0');
  file.seekg(0);
  if (!file.read(text.data(), bytes)) {
    return Error{
        ErrorCode::kFileUnreadable, path + " could not be read: check its permissions.", {{"path", path}}};
  }
  return text;
}

Costs from_soc(SocDescription soc) {
  Costs costs{.model = nullptr, .name = soc.name, .calibrated = soc.calibrated, .description = nullptr};
  costs.description = std::make_shared<const SocCostModel>(std::move(soc));
  costs.model = costs.description;
  return costs;
}

Costs from_profile(Profile profile) {
  auto model = std::make_shared<const ProfileCostModel>(std::move(profile));
  std::string name = model->name();
  return Costs{
      .model = std::move(model), .name = std::move(name), .calibrated = true, .description = nullptr};
}

// Only a profile has samples.
bool is_profile(const Json& json) { return json.contains("matmuls"); }

Result<Costs> from_json(const Json& json) {
  if (is_profile(json)) {
    TANDEM_ASSIGN(Profile profile, read_profile(json_text(json), nullptr));
    return from_profile(std::move(profile));
  }
  TANDEM_ASSIGN(SocDescription soc, read_soc(json_text(json), "params.costs.inline"));
  return from_soc(std::move(soc));
}

Result<void> read_outline(const GgufFile& file, ModelOutline& outline) {
  TANDEM_ASSIGN(const HyperParameters shape, read_hyper_parameters(file));
  TANDEM_ASSIGN(outline.weights, find_weights(file, shape));
  outline.graph = build_graph(shape, outline.weights, InPlace::kResidual);
  outline.name = shape.name;
  return {};
}

}  // namespace

Result<Costs> open_costs(const CostSource& source) {
  if (!source.inlined.is_null()) return from_json(source.inlined);
  if (!source.soc.empty()) {
    TANDEM_ASSIGN(SocDescription soc, built_in_soc(source.soc));
    return from_soc(std::move(soc));
  }
  if (!source.soc_file.empty()) {
    TANDEM_ASSIGN(const std::string text, read_text(source.soc_file));
    TANDEM_ASSIGN(SocDescription soc, read_soc(text, source.soc_file));
    return from_soc(std::move(soc));
  }
  TANDEM_ASSIGN(Profile profile, load_profile(source.profile, nullptr));
  return from_profile(std::move(profile));
}

Result<ModelOutline> open_outline(const ModelSource& source) {
  ModelOutline outline;
  if (!source.outline.is_null()) {
    TANDEM_ASSIGN(const std::string header, outline_file(source.outline));
    TANDEM_ASSIGN(const GgufFile file, GgufParser(std::as_bytes(std::span(header))).parse_shapes());
    TANDEM_TRY(read_outline(file, outline));
    return outline;
  }
  if (source.path.empty()) {
    TANDEM_ASSIGN(ModelShape shape, model_shape(source.shape, source.type));
    outline.weights = std::move(shape.weights);
    outline.graph = build_graph(shape.shape, outline.weights, InPlace::kResidual);
    outline.name = shape.shape.name;
    return outline;
  }
  TANDEM_ASSIGN(GgufFile file, GgufFile::open(source.path));
  outline.file = std::make_unique<GgufFile>(std::move(file));
  TANDEM_TRY(read_outline(*outline.file, outline));
  return outline;
}

}  // namespace tandem::rpc
