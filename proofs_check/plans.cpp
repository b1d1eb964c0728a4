#include "proofs_check/plans.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "arith_tasks/constructions/roles.hpp"

namespace carrybit::certificates {

namespace {

std::vector<TokenSlot> slots(const constructions::Program& program) {
  const Task& task = program.task();
  const Vocabulary& vocabulary = program.vocabulary();
  std::vector<TokenSlot> list;
  for (int t = 0; t < task.input_tokens(); ++t) {
    const TokenPlace place = place_at(task, t);
    switch (place.role) {
      case TokenRole::operand:
      case TokenRole::answer: list.push_back({-1}); break;
      case TokenRole::separator: list.push_back({vocabulary.separator(task.kind())}); break;
      case TokenRole::equals: list.push_back({vocabulary.equals()}); break;
    }
  }
  return list;
}

int first_answering(const Task& task) {
  int first = task.input_tokens();
  for (const auto& [position, place] : constructions::answering(task))
    first = std::min(first, position);
  return first;
}

}  // namespace

Proof::Proof(const constructions::Program& program, const Weights& weights,
             const Arithmetic& arithmetic)
    : program_(program),
      pass_(weights, arithmetic, slots(program), program.vocabulary().token_base(),
            first_answering(program.task())) {}

std::optional<constructions::Place> Proof::find_head(std::string_view name) const {
  for (const constructions::Primitive& primitive : program_.primitives()) {
    const constructions::Place& at = constructions::place(primitive);
    if (at.head >= 0 && constructions::name(primitive) == name &&
        constructions::kind(primitive) != "MEAN")
      return at;
  }
  return std::nullopt;
}

constructions::Place Proof::head(std::string_view name) const {
  const auto found = find_head(name);
  if (!found) throw NotCertified(fmt::format("the program has no head '{}'", name));
  return *found;
}

Cell Proof::digit(int operand, int place) {
  const int atom = pass_.digit(operand_position(task(), operand, place));
  std::vector<double> identity;
  for (int d = 0; d < task().token_base(); ++d) identity.push_back(d);
  return ghosts().function(std::vector<int>{atom}, std::move(identity));
}

Cell Proof::number(int atom) {
  if (atom < 0) return Cell::constant(0);
  return ghosts().function(std::vector<int>{atom}, ghosts().atom(atom).numbers);
}

void Proof::step(std::string claim) {
  steps.push_back({std::move(claim), ghosts().cases - counted_});
  counted_ = ghosts().cases;
}

void Proof::check_answers(const std::function<Cell(int place)>& truth) {
  const int tokens = program_.vocabulary().size();
  for (const auto& [position, place] : constructions::answering(task())) {
    std::vector<Cell> cells;
    for (int token = 0; token < tokens; ++token) cells.push_back(pass_.logit(position, token));
    cells.push_back(truth(place));
    for (const Cell& cell : cells)
      if (cell.is_interval())
        throw NotCertified(fmt::format("answer digit {}: a logit is known by bounds only", place));
    const Joint joint = ghosts().join(cells);
    if (joint.states > (std::int64_t{1} << 26))
      throw NotCertified(fmt::format("answer digit {}: too many joint states", place));
    for (std::int64_t s = 0; s < joint.states; ++s) {
      if (!ghosts().occurs(joint, s)) continue;
      int best = 0;
      for (int token = 1; token < tokens; ++token)
        if (ghosts().value(cells[static_cast<std::size_t>(token)], joint, s) >
            ghosts().value(cells[static_cast<std::size_t>(best)], joint, s))
          best = token;
      ++ghosts().cases;
      if (best != ghosts().value(cells.back(), joint, s))
        throw NotCertified(fmt::format("answer digit {} can be wrong", place));
    }
  }
  step("the largest logit is the right digit");
}

}  // namespace carrybit::certificates
