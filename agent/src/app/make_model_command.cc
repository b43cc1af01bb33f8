// `tandem-agent make-model`: a model of a given shape with random weights.
#include <iostream>
#include <memory>

#include "app/commands.h"
#include "app/common.h"
#include "app/make_model.h"
#include "model/family.h"

namespace tandem::app {
namespace {

struct MakeModelFlags {
  MakeModelOptions options;
  std::string preset = "tiny";
  std::string type = "Q4_0";
  bool mixed = false;
  ModelShape changes;  // Of the preset; 0: as the preset has it.
  bool untied = false;
};

void change(uint32_t& value, uint32_t wanted) {
  if (wanted != 0) value = wanted;
}

Result<void> make(MakeModelFlags& flags) {
  MakeModelOptions& options = flags.options;
  TANDEM_ASSIGN(options.shape, model_preset(flags.preset));
  change(options.shape.layers, flags.changes.layers);
  change(options.shape.embedding, flags.changes.embedding);
  change(options.shape.feed_forward, flags.changes.feed_forward);
  change(options.shape.heads, flags.changes.heads);
  change(options.shape.kv_heads, flags.changes.kv_heads);
  change(options.shape.head_dim, flags.changes.head_dim);
  change(options.shape.vocabulary, flags.changes.vocabulary);
  change(options.shape.context, flags.changes.context);
  change(options.shape.window, flags.changes.window);
  if (flags.untied) options.shape.tied = false;
  const auto type = type_by_name(flags.type);
  if (!type) {
    return Error{ErrorCode::kInvalidArgument,
                 "There is no tensor type \"" + flags.type + "\"; give for example F16, Q4_0, Q4_K or Q8_0.",
                 {{"type", flags.type}}};
  }
  options.type = *type;
  options.mix = flags.mixed ? TypeMix::kUsual : TypeMix::kUniform;
  return make_model(options);
}

}  // namespace

void add_make_model(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("make-model", "Write a model with random weights, for benchmarks and tests");
  const auto flags = std::make_shared<MakeModelFlags>();
  command->add_option("path", flags->options.path, "The GGUF file to write")->required();
  command->add_option("--preset", flags->preset, "1b, tinyllama or tiny")->capture_default_str();
  command->add_option("--family", flags->options.family, family_names("or"))->capture_default_str();
  command->add_option("--type", flags->type, "Tensor type of the matrices")->capture_default_str();
  command->add_flag("--mixed", flags->mixed, "Mix types as llama.cpp's quantiser does");
  command->add_option("--seed", flags->options.seed, "Of the weights")->capture_default_str();
  command->add_option("--layers", flags->changes.layers, "Instead of the preset's");
  command->add_option("--embedding", flags->changes.embedding, "Instead of the preset's");
  command->add_option("--feed-forward", flags->changes.feed_forward, "Instead of the preset's");
  command->add_option("--heads", flags->changes.heads, "Instead of the preset's");
  command->add_option("--kv-heads", flags->changes.kv_heads, "Instead of the preset's");
  command->add_option("--head-dim", flags->changes.head_dim, "Instead of the preset's");
  command->add_option("--vocabulary", flags->changes.vocabulary, "Instead of the preset's");
  command->add_option("--context", flags->changes.context, "Instead of the preset's");
  command->add_option("--window", flags->changes.window,
                      "Positions that local layers see, where the family has such");
  command->add_flag("--untied", flags->untied, "An output matrix of its own");
  command->callback([flags, &status] {
    const Result<void> result = make(*flags);
    status = result.ok() ? 0 : report(result.error(), false);
  });
}

}  // namespace tandem::app
