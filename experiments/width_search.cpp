#include "experiments/width_search.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "precision/error.hpp"
#include "proofs_check/certificate.hpp"
#include "proofs_check/refute.hpp"

namespace carrybit {

std::string_view name(Family family) {
  switch (family) {
    case Family::fixed: return "fixed";
    case Family::floating: return "float";
    case Family::unbounded: return "float*";
  }
  return "";
}

Family parse_family(std::string_view text) {
  for (const Family family : {Family::fixed, Family::floating, Family::unbounded}) {
    if (name(family) == text) {
      return family;
    }
  }
  throw BadInput(fmt::format("'{}' is no family of formats; accepted: fixed, float, float*", text));
}

int narrowest(Family family, int exponent_bits) {
  switch (family) {
    case Family::fixed: return 2;
    case Family::floating: return 1 + exponent_bits;
    case Family::unbounded: return 1;
  }
  return 2;
}

std::vector<Format> formats_of_width(Family family, int exponent_bits, int width) {
  std::vector<Format> formats;
  switch (family) {
    case Family::fixed:
      for (int f = 0; f < width; ++f) {
        formats.push_back(Format::fixed(width - 1 - f, f));
      }
      break;
    case Family::floating:
      if (width > exponent_bits) {
        formats.push_back(Format::floating(exponent_bits, width - 1 - exponent_bits));
      }
      break;
    case Family::unbounded:
      if (width >= 1) {
        formats.push_back(Format::floating(Format::unbounded, width - 1));
      }
      break;
  }
  return formats;
}

namespace {

Arithmetic in_format(const Arithmetic& like, const Format& format) {
  Arithmetic a = like;
  a.label = format.name();
  for (Role* role : a.roles()) {
    role->format = format;
  }
  return a;
}

/// Nothing where every problem is answered right.
std::optional<Refutation> try_all(const constructions::Construction& construction, const Task& task,
                                  const WidthQuestion& question, const Format& format,
                                  const ProblemSet& problems) {
  const Arithmetic arithmetic = in_format(question.like, format);
  std::optional<constructions::Built> built;
  try {
    built = constructions::build(construction, task, arithmetic, question.options);
  } catch (const BadInput& error) {
    return Refutation{format, std::nullopt, error.what()};
  }
  const Simulator model(built->weights, arithmetic);
  Evaluation how;
  how.stop_at_failure = true;
  how.progress = question.progress;
  const Score score = evaluate(model, problems, how);
  if (score.all_exact()) {
    return std::nullopt;
  }
  return Refutation{format, score.first_failure(), ""};
}

/// The search of one construction at one length.
class WidthSearch {
 public:
  WidthSearch(const constructions::Construction& construction, const Task& task,
              const WidthQuestion& question)
      : construction_(construction),
        task_(task),
        question_(question),
        problems_(ProblemSet::within(task, question.problems, question.seed)),
        // A construction that does not take the task says so before any format is tried.
        needs_(constructions::required(construction, task, question.options, question.like.shift,
                                       question.like.normalise)) {
    answer_.length = task.digits();
    answer_.exhaustive = problems_.is_exhaustive();
    answer_.problems = problems_.size();
    answer_.stated_width = stated();
    answer_.dimensions = construction.dimensions(
        task, question.options,
        constructions::Setting::symbolic(question.like.shift, question.like.normalise));
  }

  WidthAnswer run() {
    const bool proves = question_.certify && certificates::has_certifier(construction_.name);
    if (proves && !answer_.exhaustive && search_certified()) {
      close_bracket();
      return answer_;
    }
    search_upwards();
    // Where all inputs were run, a proof that is unlikely adds nothing.
    if (proves && answer_.width && !(answer_.exhaustive && is_hopeless(answer_.format)))
      answer_.certified = is_certified(answer_.format);
    return answer_;
  }

 private:
  std::vector<Format> formats(int width) const {
    return formats_of_width(question_.family, question_.exponent_bits, width);
  }

  std::optional<int> stated() const {
    try {
      switch (question_.family) {
        case Family::fixed:
          return constructions::smallest_fixed(needs_, question_.like.weights.rounding).width();
        case Family::floating:
          return constructions::smallest_floating(needs_, question_.exponent_bits).width();
        case Family::unbounded: return constructions::significand_bits(needs_) + 1;
      }
    } catch (const BadInput&) {  // no such format is wide enough
    }
    return std::nullopt;
  }

  /// Formats far from what the formula asks for are not worth a proof.
  bool is_hopeless(const Format& format) const {
    if (!format.is_fixed())
      return format.fraction_bits + 1 < constructions::significand_bits(needs_);
    constexpr int generous = 3;  // bits by which formulas of fractions are
    const int fraction_bits = needs_.or_integers && format.fraction_bits == 0
                                  ? 0
                                  : std::max(format.fraction_bits, needs_.fraction_bits);
    const bool fewer = format.fraction_bits + generous < needs_.fraction_bits;
    return (fewer && !(needs_.or_integers && format.fraction_bits == 0)) ||
           format.integer_bits + 1 < constructions::integer_bits(needs_, fraction_bits);
  }

  bool is_certified(const Format& format) const {
    try {
      certificates::certify(construction_, task_, in_format(question_.like, format),
                            question_.options);
      return true;
    } catch (const certificates::NotCertified&) {
      return false;
    } catch (const BadInput&) {  // no score gap, say
      return false;
    }
  }
  std::optional<Format> certified_at(int width) const {
    for (const Format& format : formats(width))
      if (!is_hopeless(format) && is_certified(format)) return format;
    return std::nullopt;
  }

  /// Where the formula is generous, narrower formats than it lets hope for are right too: those in which
  /// no wrong answer was found get their chance, from the narrowest on.
  void close_bracket() {
    const int proved = *answer_.width;
    const int least = narrowest(question_.family, question_.exponent_bits);
    const int refuted = answer_.refuted_width.value_or(least - 1);
    for (int width = refuted + 1; width < proved; ++width)
      for (const Format& format : formats(width))
        if (!fails_in(format) && is_certified(format)) {
          answer_.width = width;
          answer_.format = format;
          return;
        }
  }

  bool search_certified() {
    constexpr int reach = 3;  // how far beyond the formula a proof is looked for
    if (!answer_.stated_width) return false;
    int width = *answer_.stated_width;
    std::optional<Format> best = certified_at(width);
    while (!best && width < *answer_.stated_width + reach && width < question_.max_width)
      best = certified_at(++width);
    if (!best) return false;
    const int least = narrowest(question_.family, question_.exponent_bits);
    while (width > least) {
      const std::optional<Format> less = certified_at(width - 1);
      if (!less) break;
      best = less;
      --width;
    }
    answer_.width = width;
    answer_.format = *best;
    answer_.certified = true;
    while (--width >= least && !answer_.refuted_width) refute_all(width);
    return true;
  }

  /// Notes the width where every format of it fails; false where one passes.
  bool refute_all(int width) {
    std::optional<Refutation> kept;
    for (const Format& format : formats(width)) {
      const auto refutation = fails_in(format);
      if (!refutation) {
        passing_ = format;
        return false;
      }
      // An input says more than a reason; among inputs the first split's stands.
      if (!kept || (!kept->failure && refutation->failure)) kept = refutation;
    }
    if (kept) {
      answer_.refuted_width = width;
      answer_.refutation = kept;
    }
    return true;
  }

  /// A wrong answer in this format; nothing where none is known.
  std::optional<Refutation> fails_in(const Format& format) const {
    if (!answer_.certified) return try_all(construction_, task_, question_, format, problems_);
    // Beside a proof a sample need not be broad: the sharpest inputs do.
    RefuteBudget budget;
    budget.problems = std::min(question_.problems, problems_asked(task_));
    budget.seed = question_.seed;
    try {
      const auto failure = carrybit::refute(construction_, task_, in_format(question_.like, format),
                                            question_.options, budget);
      if (!failure) return std::nullopt;
      return Refutation{format, failure, ""};
    } catch (const BadInput& error) {
      return Refutation{format, std::nullopt, error.what()};
    }
  }

  void search_upwards() {
    for (int width = narrowest(question_.family, question_.exponent_bits);
         width <= question_.max_width; ++width)
      if (!refute_all(width)) {
        answer_.width = width;
        answer_.format = passing_;
        return;
      }
  }

  const constructions::Construction& construction_;
  const Task& task_;
  const WidthQuestion& question_;
  ProblemSet problems_;
  constructions::Needs needs_;
  Format passing_;
  WidthAnswer answer_;
};

}  // namespace

std::string_view evidence(const WidthAnswer& answer) {
  return answer.certified ? "certified" : answer.exhaustive ? "exhaustive" : "sampled";
}

std::optional<int> bracket(const WidthAnswer& answer) {
  if (!answer.width || !answer.refuted_width || (!answer.certified && !answer.exhaustive))
    return std::nullopt;
  return *answer.width - *answer.refuted_width;
}

WidthAnswer find_width(const constructions::Construction& construction, const Task& task,
                       const WidthQuestion& question) {
  return WidthSearch(construction, task, question).run();
}

}  // namespace carrybit
