#include "arith_tasks/generators.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "arith_tasks/draws.hpp"
#include "arith_tasks/text.hpp"
#include "tests/arith_tasks/support.hpp"

using namespace carrybit;
using test::error_of;

namespace {

// Pearson's statistic of counts that should be equal. With k-1 = dof degrees of freedom it is about
// dof +- sqrt(2 dof); the seeds are fixed, so a limit of 5 such deviations never fails by chance.
double chi_square(const std::vector<std::uint64_t>& counts) {
  double total = 0;
  for (const auto c : counts) total += static_cast<double>(c);
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const auto c : counts) {
    const double d = static_cast<double>(c) - expected;
    sum += d * d / expected;
  }
  return sum;
}

bool looks_uniform(const std::vector<std::uint64_t>& counts) {
  const double dof = static_cast<double>(counts.size() - 1);
  return std::abs(chi_square(counts) - dof) < 5 * std::sqrt(2 * dof);
}

}  // namespace

TEST_CASE("bounded draws are uniform") {
  for (const std::uint32_t bound : {2U, 3U, 7U, 10U, 36U, 1000U}) {
    CAPTURE(bound);
    DrawStream draws(1, 2);
    std::vector<std::uint64_t> counts(bound, 0);
    for (int i = 0; i < 200000; ++i) ++counts[draws.below(bound)];
    CHECK(looks_uniform(counts));
  }
  // Without the rejection every third value would be drawn twice as often.
  const std::uint32_t large = 3U << 30;
  DrawStream draws(1, 3);
  std::vector<std::uint64_t> thirds(3, 0), residues(3, 0);
  for (int i = 0; i < 300000; ++i) {
    const std::uint32_t x = draws.below(large);
    REQUIRE(x < large);
    ++thirds[x >> 30];
    ++residues[x % 3];
  }
  CHECK(looks_uniform(thirds));
  CHECK(looks_uniform(residues));
  DrawStream one(9, 9);
  for (int i = 0; i < 100; ++i) CHECK(one.below(1) == 0);
  // The test itself sees a small bias.
  std::vector<std::uint64_t> biased(10, 20000);
  biased[3] += 1200;
  CHECK_FALSE(looks_uniform(biased));
}

TEST_CASE("shuffles are uniform") {
  DrawStream draws(4, 0);
  std::map<std::vector<int>, std::uint64_t> seen;
  for (int i = 0; i < 24000; ++i) {
    std::vector<int> items = {1, 2, 3, 4};
    draws.shuffle(items);
    ++seen[items];
  }
  CHECK(seen.size() == 24);
  std::vector<std::uint64_t> counts;
  for (const auto& [items, count] : seen) counts.push_back(count);
  CHECK(looks_uniform(counts));
}

TEST_CASE("exhaustive enumeration meets every problem once, in order") {
  for (const char* name : {"add:p2.n3", "add:p3.n2", "iter_add:p2.n2.k4", "mul:p10.n1.l2",
                           "majority:n8", "add:p36.n1"}) {
    const Task task = Task::parse(name);
    const ProblemSet set = ProblemSet::exhaustive(task);
    CHECK(set.is_exhaustive());
    std::set<std::string> seen;
    std::string before;
    for (std::uint64_t i = 0; i < set.size(); ++i) {
      const std::string text = to_text(task, set.at(i).problem);
      CHECK(before < text);  // the prompt read as one number counts up
      before = text;
      seen.insert(text);
    }
    CHECK(seen.size() == problem_count(task));
  }
  CHECK(problem_count(Task::add(10, 2)) == 10000);
  CHECK(problem_count(Task::add(2, 31)) == std::uint64_t{1} << 62);
  CHECK_FALSE(problem_count(Task::add(2, 32)));
  CHECK(problem_count(Task::majority(63)) == std::uint64_t{1} << 63);
  CHECK(problem_count_text(Task::add(10, 9)) == "1000000000000000000");
  CHECK(problem_count_text(Task::add(10, 10)) == "10^20");
  CHECK(problem_at(Task::add(10, 2), 1234) == make_problem(Task::add(10, 2), {12, 34}));
  CHECK(error_of([] { problem_at(Task::add(10, 1), 100); }) ==
        "add:p10.n1: problem 100: there are 100");
  CHECK(error_of([] { ProblemSet::exhaustive(Task::add(10, 10)); }) ==
        "add:p10.n10: 10^20 problems cannot be enumerated: fewer than 2^64 are accepted");
}

TEST_CASE("random problems are uniform") {
  const Task task = Task::add(10, 1);
  std::vector<std::uint64_t> counts(100, 0);
  for (std::uint64_t i = 0; i < 100000; ++i) {
    const Problem p = sample(task, Sampling::uniform, 7, i);
    ++counts[static_cast<std::size_t>(p.operands[0][0] * 10 + p.operands[1][0])];
  }
  CHECK(looks_uniform(counts));
  // Neighbouring problems and neighbouring seeds are independent of each other.
  std::vector<std::uint64_t> pairs(9, 0), seeds(9, 0);
  const Task bits = Task::iter_add(3, 1, 2);
  const auto digit = [&](std::uint64_t seed, std::uint64_t i) {
    return sample(bits, Sampling::uniform, seed, i).operands[0][0];
  };
  for (std::uint64_t i = 0; i < 30000; ++i) {
    ++pairs[static_cast<std::size_t>(digit(5, i) * 3 + digit(5, i + 1))];
    ++seeds[static_cast<std::size_t>(digit(i, 0) * 3 + digit(i + 1, 0))];
  }
  CHECK(looks_uniform(pairs));
  CHECK(looks_uniform(seeds));
}

TEST_CASE("a seed and an index name a problem for ever") {
  // Golden: a change here changes every committed study.
  const auto text = [](const Task& task, Sampling how, std::uint64_t seed, std::uint64_t index) {
    return to_text(task, sample(task, how, seed, index));
  };
  CHECK(text(Task::add(10, 12), Sampling::uniform, 1, 0) == "975264867588+212186620107");
  CHECK(text(Task::add(10, 12), Sampling::uniform, 1, 1) == "146438924220+356177515974");
  CHECK(text(Task::mul(2, 8), Sampling::carry_heavy, 42, 1000000007) == "10000001*10001001");
  CHECK(text(Task::iter_add(36, 4, 3), Sampling::lengths, 0xFFFFFFFFFFFFFFFF, 5) ==
        "0qnr+015j+0g37");

  CHECK(rc::check("index-stable", [] {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto count = *rc::gen::inRange<std::uint64_t>(1, 50);
    const Task task = *rc::gen::element(Task::add(10, 5), Task::iter_add(2, 4, 7), Task::mul(3, 4),
                                        Task::majority(9), Task::parity(9));
    const auto how = *rc::gen::element(Sampling::uniform, Sampling::lengths, Sampling::carry_heavy);
    const ProblemSet set = ProblemSet::random(task, how, seed, count);
    const ProblemSet longer = ProblemSet::random(task, how, seed, 1000);
    const auto i = *rc::gen::inRange<std::uint64_t>(0, count);
    RC_ASSERT(set.at(i) == longer.at(i));
    RC_ASSERT(set.at(i).family == name(how));
    check_problem(task, set.at(i).problem);
  }));
  CHECK(sample(Task::add(10, 5), Sampling::uniform, 1, 0) !=
        sample(Task::add(10, 5), Sampling::uniform, 2, 0));
}

TEST_CASE("lengths: short numbers inside width n") {
  const Task task = Task::add(10, 8);
  std::vector<std::uint64_t> counts(9, 0);
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const Problem p = sample(task, Sampling::lengths, 1, i);
    int length = 0;
    for (const Digits& x : p.operands)
      for (std::size_t j = 0; j < x.size(); ++j)
        if (x[j] != 0) length = std::max(length, static_cast<int>(j) + 1);
    ++counts[static_cast<std::size_t>(length)];
  }
  for (std::size_t length = 1; length <= 8; ++length) {
    CAPTURE(length);
    CHECK(counts[length] > 400);  // a uniform draw would leave 40 of length 7
  }
}

TEST_CASE("carry_heavy: long chains are common") {
  const Task task = Task::add(10, 16);
  double uniform = 0;
  double heavy = 0;
  int longest = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    uniform += longest_carry_chain(task, sample(task, Sampling::uniform, 1, i));
    const int chain = longest_carry_chain(task, sample(task, Sampling::carry_heavy, 1, i));
    heavy += chain;
    longest = std::max(longest, chain);
  }
  CHECK(uniform / 2000 < 2.5);
  CHECK(heavy / 2000 > 4);
  CHECK(longest == 16);
  // iter_add and mul: a low part of the answer that is all p-1 or all 0.
  for (const Task& t : {Task::iter_add(10, 12, 5), Task::mul(10, 12), Task::mul(10, 12, 6)}) {
    int runs = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const Digits a = exact_answer(t, sample(t, Sampling::carry_heavy, 1, i));
      runs += std::all_of(a.begin() + 1, a.begin() + 4, [&](int d) { return d == a[1]; }) &&
              (a[1] == 0 || a[1] == 9);
    }
    CHECK(runs > 400);
  }
  // Within one or two of the threshold.
  const Task majority = Task::majority(31);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Problem p = sample(majority, Sampling::carry_heavy, 1, i);
    const auto ones = std::count(p.operands[0].begin(), p.operands[0].end(), 1);
    CHECK(ones >= 14);
    CHECK(ones <= 17);
  }
}

namespace {

/// Whether every operand is at least p^(m-1) and below p^m (of one digit, 0 too): from its value.
bool has_exactly(const Task& task, const Problem& problem, int m) {
  return std::all_of(problem.operands.begin(), problem.operands.end(), [&](const Digits& operand) {
    std::uint64_t value = 0;
    std::uint64_t power = 1;
    for (int j = 1; j < m; ++j) power *= static_cast<std::uint64_t>(task.base());
    for (std::size_t j = operand.size(); j-- > 0;)
      value =
          value * static_cast<std::uint64_t>(task.base()) + static_cast<std::uint64_t>(operand[j]);
    return (m == 1 || value >= power) && value < power * static_cast<std::uint64_t>(task.base());
  });
}

}  // namespace

TEST_CASE("operands of exactly m digits: every one of them, once, and no other") {
  for (const char* name : {"add:p2.n4", "add:p3.n3", "add:p10.n2", "iter_add:p2.n3.k3", "mul:p2.n5",
                           "mul:p3.n2.l3", "add:p2.n4.c2", "add:p3.n3:answer_lsb:operands_lsb"}) {
    CAPTURE(name);
    const Task task = Task::parse(name);
    const ProblemSet all = ProblemSet::exhaustive(task);
    std::uint64_t of_some_length = 0;
    for (int m = 1; m <= task.digits(); ++m) {
      std::vector<Problem> expected;
      for (std::uint64_t i = 0; i < all.size(); ++i)
        if (has_exactly(task, all.at(i).problem, m)) expected.push_back(all.at(i).problem);
      const ProblemSet set = ProblemSet::exhaustive(task, m);
      CHECK(set.is_exhaustive());
      CHECK(set.operand_digits() == m);
      CHECK(set.size() == expected.size());
      CHECK(problem_count(task, m) == expected.size());
      std::vector<Problem> found;
      for (std::uint64_t i = 0; i < set.size(); ++i) found.push_back(set.at(i).problem);
      CHECK(found == expected);  // in the same order too
      of_some_length += set.size();
    }
    // Only operands of one length are in these sets: with two operands, fewer than all.
    CHECK(of_some_length < all.size());
    CHECK(problem_count(task, 0) == all.size());
    CHECK(ProblemSet::exhaustive(task, 0).size() == all.size());
  }
  CHECK(problem_count(Task::add(10, 40), 9) == 810'000'000'000'000'000U);
  CHECK(problem_count(Task::add(10, 40), 1) == 100);
  CHECK_FALSE(problem_count(Task::add(10, 40), 12));
  // The test's own eye: one digit fewer is not m digits.
  CHECK_FALSE(has_exactly(Task::add(10, 4), make_problem(Task::add(10, 4), {123, 99}), 3));
  CHECK_FALSE(has_exactly(Task::add(10, 4), make_problem(Task::add(10, 4), {123, 1000}), 3));
}

TEST_CASE(
    "draws of operands of exactly m digits: uniform over the set, and carry-heavy inside it") {
  for (const char* name : {"add:p3.n4", "iter_add:p2.n4.k3", "mul:p3.n4"}) {
    const Task task = Task::parse(name);
    for (int m = 1; m <= 3; ++m) {
      CAPTURE(name);
      CAPTURE(m);
      std::map<std::string, std::uint64_t> seen;
      const auto all = problem_count(task, m).value();
      for (std::uint64_t i = 0; i < 100 * all; ++i) {
        const Problem p = sample(task, Sampling::uniform, 3, i, m);
        REQUIRE(has_exactly(task, p, m));
        ++seen[to_text(task, p)];
      }
      CHECK(seen.size() == all);
      std::vector<std::uint64_t> counts;
      for (const auto& [text, count] : seen) counts.push_back(count);
      CHECK(looks_uniform(counts));
      for (std::uint64_t i = 0; i < 200; ++i)
        CHECK(has_exactly(task, sample(task, Sampling::carry_heavy, 3, i, m), m));
    }
  }
  // Long chains below the leading digit; low parts of sums and products that are all p-1 or all 0.
  const Task add = Task::add(10, 20);
  double chains = 0;
  for (std::uint64_t i = 0; i < 2000; ++i)
    chains += longest_carry_chain(add, sample(add, Sampling::carry_heavy, 1, i, 16));
  CHECK(chains / 2000 > 4);
  for (const Task& t : {Task::iter_add(10, 20, 5), Task::mul(10, 20)}) {
    int runs = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const Digits a = exact_answer(t, sample(t, Sampling::carry_heavy, 1, i, 12));
      runs += std::all_of(a.begin() + 1, a.begin() + 4, [&](int d) { return d == a[1]; }) &&
              (a[1] == 0 || a[1] == 9);
    }
    CHECK(runs > 400);
  }
  // Golden: a change here changes every committed study.
  CHECK(to_text(add, sample(add, Sampling::uniform, 1, 0, 5)) ==
        "00000000000000037588+00000000000000066486");
  CHECK(to_text(add, sample(add, Sampling::carry_heavy, 1, 0, 5)) ==
        "00000000000000075264+00000000000000094735");
  const ProblemSet set = ProblemSet::random(add, Sampling::carry_heavy, 9, 10, 7);
  CHECK_FALSE(set.is_exhaustive());
  CHECK(set.at(4).problem == sample(add, Sampling::carry_heavy, 9, 4, 7));
  CHECK(set.at(4).family == "carry_heavy");
}

TEST_CASE("lengths that no operand has are refused in one line") {
  const Task task = Task::add(10, 6);
  const auto refused = [&](const Task& t, Sampling how, int m) {
    return error_of([&] { ProblemSet::random(t, how, 1, 1, m); });
  };
  CHECK(refused(task, Sampling::uniform, 7) ==
        "add:p10.n6: operands of 7 digits: from 1 to 6 are accepted");
  CHECK(refused(task, Sampling::uniform, -1) ==
        "add:p10.n6: operands of -1 digits: from 1 to 6 are accepted");
  CHECK(refused(Task::parity(4), Sampling::uniform, 2) ==
        "parity:n4: operands of 2 digits: parity reads bits, not numbers; accepted are add, "
        "iter_add and mul");
  CHECK(refused(task, Sampling::lengths, 3).find("draws the operands' length itself") !=
        std::string::npos);
  CHECK(error_of([&] { ProblemSet::exhaustive(Task::add(10, 20), 15); }) ==
        "add:p10.n20: these problems cannot be enumerated: fewer than 2^64 are accepted");
}

TEST_CASE("samplings have names") {
  for (const Sampling s : {Sampling::uniform, Sampling::lengths, Sampling::carry_heavy})
    CHECK(parse_sampling(name(s)) == s);
  CHECK(error_of([] { parse_sampling("gauss"); }) ==
        "unknown sampling; accepted are uniform, lengths, carry_heavy");
}

TEST_CASE("problem sets") {
  const Task small = Task::add(10, 1);
  CHECK(ProblemSet::within(small, 100, 1).is_exhaustive());
  CHECK(ProblemSet::within(small, 100, 1).at(42).family == "exhaustive");
  CHECK_FALSE(ProblemSet::within(small, 99, 1).is_exhaustive());

  const Task task = Task::add(10, 20);
  const auto hard = adversarial(task, 5, 8);
  const ProblemSet set = ProblemSet::within(task, 1000, 5, 8);
  REQUIRE(set.size() == 1000);
  for (std::size_t i = 0; i < hard.size(); ++i) CHECK(set.at(i) == hard[i]);
  CHECK(set.at(hard.size()).family == "uniform");
  CHECK(set.at(hard.size()).problem == sample(task, Sampling::uniform, 5, 0));
  CHECK(ProblemSet::within(task, 3, 5, 8).size() == hard.size());
  CHECK(ProblemSet::adversarial(task, 5, 8).size() == hard.size());

  const ProblemSet own = ProblemSet::of(small, {{make_problem(small, {3, 4}), "mine"}});
  CHECK(own.size() == 1);
  CHECK(own.at(0).family == "mine");
  CHECK(own.task() == small);
  CHECK(error_of([&] { own.at(1); }) == "add:p10.n1: problem 1 of a set of 1");
  CHECK(error_of([&] {
          ProblemSet::of(small, {{Problem{{{1}}}, "mine"}});
        }) == "add:p10.n1: 1 operands where 2 are accepted");
}
