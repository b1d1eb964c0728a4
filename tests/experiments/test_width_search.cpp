// The search for the width: against brute force over all formats, counterexamples replayed, planted
// faults refuted.

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "experiments/width_search.hpp"
#include "precision/error.hpp"

using namespace carrybit;

namespace {

using constructions::Construction;

Arithmetic in(const Format& format, const Arithmetic& like) {
  Arithmetic a = like;
  for (Role* role : a.roles()) {
    role->format = format;
  }
  return a;
}

/// Every problem, token by token: is every answer right? Nothing of experiments/ is used.
bool passes(const Construction& construction, const Task& task, const WidthQuestion& q,
            const Format& format) {
  const Arithmetic a = in(format, q.like);
  std::optional<constructions::Built> built;
  try {
    built = constructions::build(construction, task, a, q.options);
  } catch (const BadInput&) {
    return false;
  }
  const Simulator model(built->weights, a);
  const ProblemSet problems = ProblemSet::exhaustive(task);
  for (std::uint64_t i = 0; i < problems.size(); ++i) {
    const Encoded e = encode(task, problems.at(i).problem);
    const std::vector<std::vector<int>> prompt = {{e.prompt.begin(), e.prompt.end()}};
    const auto tokens = model.generate(prompt, static_cast<int>(e.answer.size()))[0];
    if (!std::equal(tokens.begin(), tokens.end(), e.answer.begin(), e.answer.end())) {
      return false;
    }
  }
  return true;
}

/// All formats of a width, by their names alone.
std::vector<Format> every_format(Family family, int exponent, int width) {
  std::vector<Format> formats;
  if (family == Family::fixed) {
    for (int i = 0; i < width; ++i) {
      formats.push_back(
          Format::parse("fixed:i" + std::to_string(i) + ".f" + std::to_string(width - 1 - i)));
    }
  } else if (family == Family::floating) {
    formats.push_back(Format::parse("float:e" + std::to_string(exponent) + ".m" +
                                    std::to_string(width - 1 - exponent)));
  } else {
    formats.push_back(Format::parse("float:e*.m" + std::to_string(width - 1)));
  }
  return formats;
}

/// The failing input, run in the refuted format, gives the wrong digit that the refutation names,
/// after right ones.
void check_replays(const Construction& construction, const Task& task, const WidthQuestion& q,
                   const Refutation& refutation) {
  REQUIRE(refutation.failure);
  const Failure& f = *refutation.failure;
  const Arithmetic a = in(refutation.format, q.like);
  const Simulator model(constructions::build(construction, task, a, q.options).weights, a);
  const Encoded e = encode(task, f.problem.problem);
  const std::vector<std::vector<int>> prompt = {{e.prompt.begin(), e.prompt.end()}};
  const auto tokens = model.generate(prompt, static_cast<int>(e.answer.size()))[0];
  const auto at = static_cast<std::size_t>(f.position);
  CHECK(std::equal(tokens.begin(), tokens.begin() + f.position, e.answer.begin()));
  CHECK(tokens[at] == f.got);
  CHECK(e.answer[at] == f.expected);
  CHECK(f.got != f.expected);
}

void check_against_brute_force(const Construction& construction, const Task& task,
                               const WidthQuestion& q) {
  INFO(construction.name, " ", task.name(), " ", name(q.family));
  const WidthAnswer answer = find_width(construction, task, q);
  REQUIRE(answer.width);
  CHECK(answer.length == task.digits());
  CHECK(answer.exhaustive);
  CHECK(answer.problems == problem_count(task));
  CHECK(answer.dimensions ==
        constructions::build(construction, task, in(answer.format, q.like), q.options).dimensions);
  int width = narrowest(q.family, q.exponent_bits);
  for (;; ++width) {
    const auto formats = every_format(q.family, q.exponent_bits, width);
    const auto first = std::ranges::find_if(
        formats, [&](const Format& f) { return passes(construction, task, q, f); });
    if (first != formats.end()) {
      break;
    }
    REQUIRE(width < 16);  // float:e8.m4 is 13 bits wide
  }
  CHECK(answer.width == width);
  CHECK(passes(construction, task, q, answer.format));
  const auto formats = every_format(q.family, q.exponent_bits, width);
  CHECK(std::ranges::count(formats, answer.format) == 1);
  for (const Format& f : formats) {  // the split with the fewest fraction bits
    CHECK((f.fraction_bits >= answer.format.fraction_bits || !passes(construction, task, q, f)));
  }
  if (width == narrowest(q.family, q.exponent_bits)) {
    CHECK(!answer.refutation);
    CHECK(!answer.refuted_width);
    return;
  }
  REQUIRE(answer.refutation);
  CHECK(answer.refuted_width == width - 1);
  CHECK(std::ranges::count(every_format(q.family, q.exponent_bits, width - 1),
                           answer.refutation->format) == 1);
  if (answer.refutation->failure) {
    CHECK(answer.refutation->reason.empty());
    check_replays(construction, task, q, *answer.refutation);
  } else {
    CHECK(!answer.refutation->reason.empty());
    CHECK(answer.refutation->reason.find('\n') == std::string::npos);
  }
}

}  // namespace

TEST_CASE("the formats of a width are all there are, each of that width") {
  for (int width = 2; width < 12; ++width) {
    const auto fixed = formats_of_width(Family::fixed, 8, width);
    CHECK(fixed.size() == static_cast<std::size_t>(width));
    std::set<std::string> names;
    for (const Format& f : fixed) {
      CHECK(f.width() == width);
      names.insert(f.name());
    }
    CHECK(names.size() == fixed.size());
    CHECK(std::ranges::is_sorted(fixed, {}, &Format::fraction_bits));
    const auto unbounded = formats_of_width(Family::unbounded, 8, width);
    REQUIRE(unbounded.size() == 1);
    CHECK(unbounded[0].precision() == width);
    CHECK(unbounded[0].has_unbounded_exponent());
  }
  for (int exponent = 1; exponent < 9; ++exponent) {
    CHECK(formats_of_width(Family::floating, exponent, exponent).empty());
    const auto least =
        formats_of_width(Family::floating, exponent, narrowest(Family::floating, exponent));
    REQUIRE(least.size() == 1);
    CHECK(least[0].width() == narrowest(Family::floating, exponent));
    CHECK(least[0].exponent_bits == exponent);
  }
}

TEST_CASE("the width found is that of brute force over all formats") {
  WidthQuestion q;
  q.problems = 5000;
  const auto& add_log = constructions::construction("add_log");
  const auto& add_constant = constructions::construction("add_constant");
  for (const auto& [base, longest] : {std::pair{2, 4}, {3, 2}, {10, 1}}) {
    for (int n = 1; n <= longest; ++n) {
      check_against_brute_force(add_log, Task::add(base, n), q);
      check_against_brute_force(add_constant, Task::add(base, n), q);
    }
  }
  q.options.radix = 1;
  check_against_brute_force(add_log, Task::add(2, 3), q);
}

TEST_CASE("so it is for floats, and without softmax shift") {
  WidthQuestion q;
  q.family = Family::floating;
  for (const int exponent : {5, 8}) {
    q.exponent_bits = exponent;
    check_against_brute_force(constructions::construction("add_log"), Task::add(2, 2), q);
    check_against_brute_force(constructions::construction("add_log"), Task::add(10, 1), q);
    check_against_brute_force(constructions::construction("add_constant"), Task::add(2, 2), q);
  }
  q.family = Family::unbounded;
  check_against_brute_force(constructions::construction("add_log"), Task::add(2, 1), q);
  q.family = Family::fixed;
  q.like.shift = Shift::none;
  check_against_brute_force(constructions::construction("add_log"), Task::add(2, 2), q);
  q.like.shift = Shift::max;
  q.like.normalise = Normalise::weights;
  check_against_brute_force(constructions::construction("add_log"), Task::add(2, 3), q);
}

TEST_CASE("refutations at lengths that are only sampled replay") {
  WidthQuestion q;
  q.problems = 300;
  for (const int n : {8, 20}) {
    const Task task = Task::add(2, n);
    const auto& construction = constructions::construction("add_log");
    const WidthAnswer answer = find_width(construction, task, q);
    CHECK(!answer.exhaustive);
    CHECK(answer.problems >= 300);
    REQUIRE(answer.refutation);
    check_replays(construction, task, q, *answer.refutation);
    const WidthAnswer again = find_width(construction, task, q);
    CHECK(again.width == answer.width);
    CHECK(again.refutation->failure == answer.refutation->failure);
  }
}

namespace {

/// add_log with one weight changed.
constructions::Program broken_program(const Task& task, const constructions::Options& options,
                                      const constructions::Setting& setting) {
  auto program = constructions::construction("add_log").program(task, options, setting);
  program.layer().units.at(1).outputs.at(0).weight += 2;
  return program;
}

}  // namespace

TEST_CASE("a construction with one weight changed is refuted at every width") {
  Construction broken = constructions::construction("add_log");
  broken.program = broken_program;
  WidthQuestion q;
  q.max_width = 9;
  const Task task = Task::add(2, 3);
  REQUIRE(find_width(constructions::construction("add_log"), task, q).width == 3);
  const WidthAnswer answer = find_width(broken, task, q);
  CHECK(!answer.width);
  CHECK(answer.refuted_width == 9);
  REQUIRE(answer.refutation);
  check_replays(broken, task, q, *answer.refutation);
}

TEST_CASE("a weight changed after compiling is seen") {
  const Task task = Task::add(3, 3);
  const Arithmetic a = Arithmetic::uniform(Format::parse("fixed:i6.f0"));
  const auto built = constructions::build(constructions::construction("add_log"), task, a);
  const Weights& sound = built.weights;
  const ProblemSet problems = ProblemSet::exhaustive(task);
  CHECK(evaluate(Simulator(sound, a), problems).all_exact());
  // Not asked: a term that is the same for all keys, which moves no softmax, and either half of the
  // STRONG mask, which only a format that clips one of them needs.
  const int same = built.program.find("one").index;
  const int half = built.program.find("not_key").index;
  int refuted = 0;
  int changed = 0;
  for (std::size_t layer = 0; layer < sound.layers.size(); ++layer) {
    const Matrix& keys = sound.layers[layer].key.weight;
    for (int row = 0; row < keys.rows; ++row)
      for (int channel = 0; channel < keys.cols; ++channel) {
        if (keys.at(row, channel) == 0 || channel == same || channel == half) continue;
        Weights faulty = sound;
        faulty.layers[layer].key.weight.at(row, channel) = 0;
        Evaluation how;
        how.stop_at_failure = true;
        ++changed;
        refuted += evaluate(Simulator(faulty, a), problems, how).all_exact() ? 0 : 1;
      }
  }
  CHECK(changed == 41);
  // Two are hidden by the causal order: half of the second address digit of "next b", which then takes
  // b_0 for b_2 as well; but b_1, which asks for b_2, does not see b_0.
  CHECK(refuted == 39);
}

TEST_CASE("what cannot be asked is refused") {
  WidthQuestion q;
  CHECK_THROWS_AS((void)find_width(constructions::construction("add_log"), Task::mul(2, 2), q),
                  BadInput);
  CHECK_THROWS_AS((void)find_width(constructions::construction("add_log"),
                                   Task::parse("add:p2.n3:unpadded"), q),
                  BadInput);
  q.options.variant = "abs";
  CHECK_THROWS_AS((void)find_width(constructions::construction("add_log"), Task::add(2, 2), q),
                  BadInput);
  CHECK_THROWS_WITH_AS(parse_family("fixd"),
                       "'fixd' is no family of formats; accepted: fixed, float, float*", BadInput);
  for (const Family family : {Family::fixed, Family::floating, Family::unbounded}) {
    CHECK(parse_family(name(family)) == family);
  }
}
