#include "rpc/solve_sources.h"

namespace tandem::rpc {

// A file may have changed since it was read, so only what is the same by its words is kept.
Result<const ModelOutline*> SolveSources::model(const ModelSource& source) {
  if (!source.path.empty() || !model_ || model_->first != source) {
    model_.reset();
    TANDEM_ASSIGN(ModelOutline opened, open_outline(source));
    model_.emplace(source, std::move(opened));
  }
  return &model_->second;
}

Result<const Costs*> SolveSources::costs(const CostSource& source) {
  if (!source.soc_file.empty() || !source.profile.empty() || !costs_ || costs_->first != source) {
    costs_.reset();
    TANDEM_ASSIGN(Costs opened, open_costs(source));
    costs_.emplace(source, std::move(opened));
  }
  return &costs_->second;
}

}  // namespace tandem::rpc
