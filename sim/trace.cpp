#include "sim/trace.hpp"

#include <algorithm>

namespace carrybit {

namespace {

class Recorder final : public Observer {
 public:
  void record(const Site& site, const Number& value) override { values.emplace_back(site, value); }

  std::vector<std::pair<Site, Number>> values;
};

/// Queries and keys carry the score gap C, and scores are made of them.
bool is_scaled_by_gap(Stage stage) {
  return stage == Stage::query || stage == Stage::key || stage == Stage::score ||
         stage == Stage::shifted;
}

}  // namespace

bool parts_by_more_than(const Number& a, const Number& b, double bound) {
  if (!a.is_finite() || !b.is_finite()) {
    return !identical(a, b);
  }
  // Rounded to odd, what is not exact lies on its side of every double.
  const exact::Context wide{
      Format::floating(Format::unbounded, 1 << 16), Rounding::ro, {}, nullptr};
  const Number difference = exact::sub(a, b, wide).abs();
  return exact::compare(difference, Number::from_double(bound)) == exact::Ordering::greater;
}

Arithmetic reference_arithmetic(const Arithmetic& like) {
  Arithmetic a = Arithmetic::uniform(Format::floating(20, 256));
  a.label = "reference";
  a.shift = like.shift;
  a.normalise = like.normalise;
  return a;
}

Trace Trace::compare(const Simulator& model, const Simulator& reference,
                     const std::vector<int>& tokens) {
  Recorder values;
  Recorder exact_values;
  model.trace(tokens, values);
  reference.trace(tokens, exact_values);
  const auto site = [](const auto& entry) -> const Site& { return entry.first; };
  if (!std::ranges::equal(values.values, exact_values.values, {}, site, site)) {
    throw BadInput("a trace needs two models of one shape and one softmax");
  }
  Trace trace;
  trace.entries_.reserve(values.values.size());
  for (std::size_t i = 0; i < values.values.size(); ++i) {
    trace.entries_.push_back(
        {values.values[i].first, values.values[i].second, exact_values.values[i].second});
  }
  return trace;
}

std::optional<TraceEntry> Trace::first_difference(double bound, bool include_scores) const {
  for (const TraceEntry& entry : entries_) {
    if (!include_scores && is_scaled_by_gap(entry.site.stage)) {
      continue;
    }
    if (parts_by_more_than(entry.value, entry.exact, bound)) {
      return entry;
    }
  }
  return std::nullopt;
}

std::vector<TraceEntry> Trace::find(const Query& query) const {
  std::vector<TraceEntry> found;
  const auto matches = [](const auto& wanted, const auto& got) {
    return !wanted || *wanted == got;
  };
  for (const TraceEntry& entry : entries_) {
    const Site& s = entry.site;
    if (matches(query.stage, s.stage) && matches(query.layer, s.layer) &&
        matches(query.head, s.head) && matches(query.position, s.position) &&
        matches(query.channel, s.channel)) {
      found.push_back(entry);
    }
  }
  return found;
}

}  // namespace carrybit
