#include "arith_tasks/grading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "arith_tasks/layout.hpp"
#include "arith_tasks/text.hpp"
#include "precision/error.hpp"

namespace carrybit {

namespace {

Token at_or_none(std::span<const Token> tokens, std::size_t i) {
  return i < tokens.size() ? tokens[i] : -1;
}

}  // namespace

int Grade::right_count() const {
  return static_cast<int>(std::count(right.begin(), right.end(), true));
}

Grade grade(std::span<const Token> expected, std::span<const Token> produced) {
  Grade out;
  out.length = static_cast<int>(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const bool same = i < produced.size() && produced[i] == expected[i];
    out.right.push_back(same);
    if (!same && out.exact()) out.first_wrong = static_cast<int>(i);
  }
  if (produced.size() > expected.size() && out.exact()) out.first_wrong = out.length;
  return out;
}

std::string describe(const Task& task, const Failure& failure) {
  const Vocabulary vocabulary(task);
  const auto shown = [&](Token t) {
    return t < 0 ? std::string("nothing") : "'" + vocabulary.text(t) + "'";
  };
  const char* const unit = task.digits_per_token() == 1 ? "digit" : "token";
  const std::string place = failure.place < 0 ? "" : fmt::format(" (place {})", failure.place);
  return fmt::format("problem {} ({}): {}: answer {} {}{}: expected {}, got {}", failure.index,
                     failure.problem.family, to_text(task, failure.problem.problem), unit,
                     failure.position + 1, place, shown(failure.expected), shown(failure.got));
}

Proportion wilson(std::uint64_t right, std::uint64_t count) {
  if (count == 0) return {};
  constexpr double z = 1.959963984540054;
  const double n = static_cast<double>(count);
  const double p = static_cast<double>(right) / n;
  const double scale = 1 + z * z / n;
  const double centre = (p + z * z / (2 * n)) / scale;
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / scale;
  // At the ends the bound is exactly 0 or 1; rounding must not put it beside.
  return {.value = p,
          .low = right == 0 ? 0 : std::max(0.0, centre - half),
          .high = right == count ? 1 : std::min(1.0, centre + half)};
}

bool Score::add(std::uint64_t index, const NamedProblem& problem, std::span<const Token> expected,
                std::span<const Token> produced) {
  const Grade g = grade(expected, produced);
  Tally& family = families_[problem.family];
  ++total_.count;
  ++family.count;
  if (positions_.size() < expected.size()) positions_.resize(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ++positions_[i].count;
    positions_[i].exact += g.right[i];
  }
  if (g.exact()) {
    ++total_.exact;
    ++family.exact;
    return true;
  }
  if (!first_failure_ || index < first_failure_->index) {
    const auto i = static_cast<std::size_t>(*g.first_wrong);
    const bool placed = task_.padded() && *g.first_wrong < task_.answer_tokens();
    first_failure_ = Failure{.index = index,
                             .problem = problem,
                             .position = *g.first_wrong,
                             .place = placed ? answer_place(task_, *g.first_wrong) : -1,
                             .expected = at_or_none(expected, i),
                             .got = at_or_none(produced, i)};
  }
  return false;
}

void Score::merge(const Score& other) {
  if (task_ != other.task_)
    throw BadInput(fmt::format("a score of {} does not merge with one of {}", other.task_.name(),
                               task_.name()));
  const auto sum = [](Tally& into, const Tally& from) {
    into.count += from.count;
    into.exact += from.exact;
  };
  sum(total_, other.total_);
  if (positions_.size() < other.positions_.size()) positions_.resize(other.positions_.size());
  for (std::size_t i = 0; i < other.positions_.size(); ++i) sum(positions_[i], other.positions_[i]);
  for (const auto& [family, tally] : other.families_) sum(families_[family], tally);
  if (other.first_failure_ &&
      (!first_failure_ || other.first_failure_->index < first_failure_->index))
    first_failure_ = other.first_failure_;
}

std::uint64_t Score::tokens() const {
  std::uint64_t sum = 0;
  for (const Tally& t : positions_) sum += t.count;
  return sum;
}

std::uint64_t Score::tokens_right() const {
  std::uint64_t sum = 0;
  for (const Tally& t : positions_) sum += t.exact;
  return sum;
}

double Score::token_accuracy() const {
  const std::uint64_t all = tokens();
  return all == 0 ? 0 : static_cast<double>(tokens_right()) / static_cast<double>(all);
}

}  // namespace carrybit
