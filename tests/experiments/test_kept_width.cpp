// The fewest bits that keep a model's accuracy: the search against brute force over every width and split,
// on tables that are not monotone and on models; what is rounded and what is not; a damaged model.

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>

#include "arith_tasks/constructions/construction.hpp"
#include "arith_tasks/draws.hpp"
#include "experiments/cell_run.hpp"
#include "experiments/kept_width.hpp"
#include "precision/error.hpp"

using namespace carrybit;

namespace {

/// What the definition says, from the widths that keep the share.
struct Ends {
  std::optional<int> width, refuted, first;
};
Ends ends_of(const std::map<int, bool>& keeps) {
  Ends out;
  for (const auto& [width, kept] : keeps) {
    if (kept && !out.first) out.first = width;
    if (!kept) out.refuted = width;  // the last one stands
  }
  if (!out.refuted) {
    out.width = keeps.begin()->first;
  } else if (*out.refuted != keeps.rbegin()->first) {
    out.width = *out.refuted + 1;
  }
  return out;
}

void check_ends(const KeptWidths& found, const std::map<int, bool>& keeps) {
  const Ends expected = ends_of(keeps);
  CHECK(found.width == expected.width);
  CHECK(found.refuted == expected.refuted);
  CHECK(found.first == expected.first);
}

/// add_log for three binary digits, with weights that fp32 carries.
Weights adder() {
  return constructions::build(constructions::construction("add_log"), Task::add(2, 3),
                              Arithmetic::uniform(Format::parse("fp32")))
      .weights;
}

std::uint64_t right_in(const Weights& weights, const ProblemSet& problems, const Arithmetic& a) {
  return evaluate(Simulator(weights, a), problems).exact();
}

}  // namespace

TEST_CASE("the search agrees with the definition on tables that know no order") {
  DrawStream draws(7, 0);
  for (int round = 0; round < 300; ++round) {
    const Family family = static_cast<Family>(round % 3);
    const int most = draws.between(9, 14);
    const int least = narrowest(family, 4);
    const std::uint32_t share = 1 + draws.below(7);
    std::map<int, bool> keeps;
    std::set<std::string> kept;
    for (int width = least; width <= most; ++width) {
      keeps[width] = false;
      for (const Format& f : formats_of_width(family, 4, width)) {
        // A split or two in a width of fixed point; most of the widths of a family of floats.
        if (draws.chance(share, family == Family::fixed ? 32 : 8)) {
          keeps[width] = true;
          kept.insert(f.name());
        }
      }
    }
    const auto found =
        search_kept(family, 4, most, [&kept](const Format& f) { return kept.contains(f.name()); });
    check_ends(found, keeps);
    if (found.width) CHECK(kept.contains(found.format.name()));
    if (found.first) CHECK(kept.contains(found.first_format.name()));
  }
}

TEST_CASE("a gap, nothing at all, everything") {
  const auto search = [](const std::set<int>& kept) {
    return search_kept(Family::unbounded, 0, 12,
                       [&](const Format& f) { return kept.contains(f.precision()); });
  };
  const KeptWidths gap = search({3, 5, 6, 8, 9, 10, 11, 12});
  CHECK(gap.width == 8);
  CHECK(gap.refuted == 7);
  CHECK(gap.first == 3);
  CHECK(gap.first_format.name() == "float:e*.m2");
  const KeptWidths top_missing = search({4, 5, 6, 7, 8, 9, 10, 11});
  CHECK_FALSE(top_missing.width);
  CHECK(top_missing.refuted == 12);
  CHECK(top_missing.first == 4);
  CHECK_FALSE(search({}).first);
  const auto all = search_kept(Family::floating, 3, 9, [](const Format&) { return true; });
  CHECK(all.width == 4);
  CHECK(all.first == 4);
  CHECK_FALSE(all.refuted);
}

TEST_CASE("of a model: every width and split, tried one by one") {
  const Task task = Task::add(2, 3);
  const Weights weights = adder();
  const ProblemSet problems = ProblemSet::exhaustive(task);
  for (const RoundedRole role : {RoundedRole::all, RoundedRole::weights, RoundedRole::activations,
                                 RoundedRole::probabilities, RoundedRole::accumulator,
                                 RoundedRole::products, RoundedRole::kv_cache}) {
    for (const Family family : {Family::fixed, Family::floating}) {
      INFO(name(role), " ", name(family));
      KeptQuestion question;
      question.family = family;
      question.exponent_bits = 4;
      question.max_width = 7;
      question.role = role;
      question.keep_millionths = role == RoundedRole::all ? 1'000'000 : 800'000;
      const KeptAnswer found = find_kept_width(weights, problems, question);
      CHECK(found.exhaustive);
      CHECK(found.problems == 64);
      CHECK(found.fp32_right == 64);
      CHECK(found.needed == (role == RoundedRole::all ? 64 : 52));
      std::map<int, bool> keeps;
      for (int width = narrowest(family, 4); width <= 7; ++width) {
        keeps[width] = false;
        for (const Format& f : formats_of_width(family, 4, width)) {
          const auto right = right_in(weights, problems, rounded_in(question.like, role, f));
          keeps[width] = keeps[width] || right >= found.needed;
        }
      }
      check_ends(found.widths, keeps);
    }
  }
}

TEST_CASE("one role is rounded, the others stay in fp32, and nothing else changes") {
  Arithmetic like;
  like.sum = Sum::exact;
  like.normalise = Normalise::weights;
  const Format format = Format::parse("fixed:i2.f3");
  const std::array<RoundedRole, 6> order = {RoundedRole::weights,       RoundedRole::activations,
                                            RoundedRole::products,      RoundedRole::accumulator,
                                            RoundedRole::probabilities, RoundedRole::kv_cache};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Arithmetic a = rounded_in(like, order[i], format);
    CHECK(a.sum == Sum::exact);
    CHECK(a.normalise == Normalise::weights);
    for (std::size_t j = 0; j < order.size(); ++j)
      CHECK(a.roles()[j]->format.name() == (i == j ? "fixed:i2.f3" : "float:e8.m23"));
  }
  const Arithmetic all = rounded_in(like, RoundedRole::all, format);
  for (const Role* role : all.roles()) CHECK(role->format == format);
}

TEST_CASE(
    "damage shows: a model that is less right has less to keep, one that is never right nothing") {
  const Task task = Task::add(2, 3);
  const ProblemSet problems = ProblemSet::exhaustive(task);
  Weights damaged = adder();
  for (double& w : damaged.layers.back().up.weight.values) w = w > 0 ? -w : w;
  const auto right = right_in(damaged, problems, Arithmetic::uniform(Format::parse("fp32")));
  REQUIRE(right < 64);
  const KeptAnswer less = find_kept_width(damaged, problems, {});
  CHECK(less.fp32_right == right);
  CHECK(less.needed == needed_right(right, 990'000));
  Weights silent = adder();
  for (double& w : silent.head.weight.values) w = 0;
  for (double& b : silent.head.bias) b = 0;
  silent.head.bias.resize(static_cast<std::size_t>(silent.config.vocabulary), 0);
  silent.head.bias.back() = 1;  // always '='
  const KeptAnswer nothing = find_kept_width(silent, problems, {});
  CHECK(nothing.fp32_right == 0);
  CHECK_FALSE(nothing.widths.width);
  CHECK_FALSE(nothing.widths.first);
}

TEST_CASE("shares") {
  CHECK(needed_right(500, 990'000) == 495);
  CHECK(needed_right(499, 990'000) == 495);  // 494.01, rounded up
  CHECK(needed_right(1, 1) == 1);
  CHECK(needed_right(0, 990'000) == 0);
  CHECK(needed_right(UINT64_C(10'000'000'000'000), 990'000) == UINT64_C(9'900'000'000'000));
  CHECK(parse_keep(0.99) == 990'000);
  CHECK(parse_keep(1) == 1'000'000);
  CHECK(keep_text(990'000) == "0.99");
  CHECK(keep_text(1'000'000) == "1.0");
  CHECK(keep_text(parse_keep(0.9995)) == "0.9995");
  for (const double bad : {0.0, -1.0, 1.5, 1e-9}) CHECK_THROWS_AS((void)parse_keep(bad), BadInput);
  CHECK_THROWS_AS((void)parse_rounded_role("weight"), BadInput);
  CHECK(parse_rounded_role("kv") == RoundedRole::kv_cache);
}
