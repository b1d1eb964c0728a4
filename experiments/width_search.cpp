#include "experiments/width_search.hpp"

#include <fmt/format.h>

#include "precision/error.hpp"

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
std::optional<Refutation> refute(const constructions::Construction& construction, const Task& task,
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

}  // namespace

WidthAnswer find_width(const constructions::Construction& construction, const Task& task,
                       const WidthQuestion& question) {
  const ProblemSet problems = ProblemSet::within(task, question.problems, question.seed);
  WidthAnswer answer;
  answer.length = task.digits();
  answer.exhaustive = problems.is_exhaustive();
  answer.problems = problems.size();
  // A construction that does not take the task says so before any format is tried.
  (void)constructions::required(construction, task, question.options, question.like.shift,
                                question.like.normalise);
  answer.dimensions = construction.dimensions(
      task, question.options,
      constructions::Setting::symbolic(question.like.shift, question.like.normalise));
  for (int width = narrowest(question.family, question.exponent_bits); width <= question.max_width;
       ++width) {
    std::optional<Refutation> kept;
    for (const Format& format : formats_of_width(question.family, question.exponent_bits, width)) {
      const auto refutation = refute(construction, task, question, format, problems);
      if (!refutation) {
        answer.width = width;
        answer.format = format;
        return answer;
      }
      // An input says more than a reason; among inputs the first split's stands.
      if (!kept || (!kept->failure && refutation->failure)) {
        kept = refutation;
      }
    }
    if (kept) {
      answer.refuted_width = width;
      answer.refutation = kept;
    }
  }
  return answer;
}

}  // namespace carrybit
