#include "app/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/decimals.hpp"
#include "arith_tasks/layout.hpp"
#include "precision/text.hpp"
#include "sim/trace.hpp"

namespace carrybit::app {

namespace {

std::string show(const Number& x) { return short_decimal(x); }

/// Everything that belongs to one token, in the order in which the forward pass makes it.
std::vector<TraceEntry> at_position(const Trace& trace, int position) {
  Trace::Query query;
  query.position = position;
  return trace.find(query);
}

bool is_score_like(Stage stage) {
  return stage == Stage::query || stage == Stage::key || stage == Stage::score ||
         stage == Stage::shifted;
}

/// The first value of a position, up to a layer, that is not what it should be. Scores and what they are
/// made of are left out: they carry each run's own gap.
std::optional<TraceEntry> first_wrong(const std::vector<TraceEntry>& entries, int before_layer) {
  for (const TraceEntry& e : entries) {
    if (e.site.layer < before_layer && !is_score_like(e.site.stage) &&
        parts_by_more_than(e.value, e.exact, 0)) {
      return e;
    }
  }
  return std::nullopt;
}

/// The keys that a row of attention listens to, in both runs.
struct Listening {
  std::set<int> here, there;
};
Listening listening(const std::vector<TraceEntry>& entries, int layer, int head) {
  Listening l;
  for (const TraceEntry& e : entries) {
    if (e.site.stage == Stage::weight && e.site.layer == layer && e.site.head == head) {
      if (!e.value.is_zero()) {
        l.here.insert(e.site.channel);
      }
      if (!e.exact.is_zero()) {
        l.there.insert(e.site.channel);
      }
    }
  }
  return l;
}

std::string positions(const std::set<int>& keys) {
  std::string text;
  int shown = 0;
  for (const int key : keys) {
    if (++shown > 4) {
      return text + fmt::format(", … ({} in all)", keys.size());
    }
    text += fmt::format("{}{}", text.empty() ? "" : ", ", key);
  }
  return text.empty() ? "none" : text;
}

std::string where(const Task& task, int position) {
  return fmt::format("position {} ({})", position, describe(task, position));
}

/// One step back: from a wrong value of a position to the position that it came from, if it came
/// through attention.
struct Step {
  std::string line;
  std::optional<int> from;  // the key position that was heard rightly but says the wrong thing
};

Step read_attention(const Task& task, const std::vector<TraceEntry>& entries, const Site& site) {
  for (const TraceEntry& e : entries) {
    if (e.site.stage != Stage::weight || e.site.layer != site.layer) {
      continue;
    }
    const Listening l = listening(entries, site.layer, e.site.head);
    if (l.here != l.there) {
      return {fmt::format("  its attention (layer {}, head {}) listens to positions {}; right would be {}\n",
                          site.layer, e.site.head, positions(l.here), positions(l.there)),
              std::nullopt};
    }
  }
  for (const TraceEntry& e : entries) {
    if (e.site.stage == Stage::head_output && e.site.layer == site.layer &&
        parts_by_more_than(e.value, e.exact, 0)) {
      const Listening l = listening(entries, site.layer, e.site.head);
      if (l.here.size() == 1) {
        return {fmt::format("  head {} of layer {} rightly listens to {}, which says the wrong thing\n",
                            e.site.head, site.layer, where(task, *l.here.begin())),
                *l.here.begin()};
      }
      return {fmt::format("  head {} of layer {} listens to the right {} positions, and their weighted "
                          "sum or mean comes out wrong\n",
                          e.site.head, site.layer, l.here.size()),
              std::nullopt};
    }
  }
  return {"", std::nullopt};
}

}  // namespace

std::string explain(const ModelChoice& choice, const std::vector<int>& tokens) {
  const Simulator model(choice.weights, choice.arithmetic);
  const Simulator reference(choice.reference, choice.reference_arithmetic);
  const Trace trace = Trace::compare(model, reference, tokens);
  std::string text = fmt::format("compared with {}:\n", describe(choice.reference_arithmetic));
  int position = static_cast<int>(tokens.size()) - 1;
  int before_layer = model.config().layers + 1;
  for (int steps = 0; steps < model.config().layers + 1; ++steps) {
    const auto entries = at_position(trace, position);
    const auto wrong = first_wrong(entries, before_layer);
    if (!wrong) {
      text += fmt::format("  at {} every value is right\n", where(choice.task, position));
      break;
    }
    text += fmt::format("  at {} the first wrong value is {}: {} instead of {}\n",
                        where(choice.task, position), describe(wrong->site), show(wrong->value),
                        show(wrong->exact));
    const Step step = read_attention(choice.task, entries, wrong->site);
    text += step.line;
    if (!step.from || *step.from == position) {
      break;
    }
    before_layer = wrong->site.layer;
    position = *step.from;
  }
  return text;
}

}  // namespace carrybit::app
