#pragma once
// "Why is this digit wrong?": a trace read backwards from the wrong logit to the first operation that
// parted from the right run.

#include <string>

#include "app/model_choice.hpp"

namespace carrybit::app {

/// Lines of text. `tokens`: the prompt and the right answer up to the wrong digit, whose logits are
/// those at the last position.
std::string explain(const ModelChoice& choice, const std::vector<int>& tokens);

}  // namespace carrybit::app
