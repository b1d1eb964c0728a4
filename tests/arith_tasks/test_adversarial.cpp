// The adversarial families hold what their names claim.

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "arith_tasks/generators.hpp"
#include "arith_tasks/text.hpp"
#include "tests/arith_tasks/support.hpp"

using namespace carrybit;
using test::error_of;

namespace {

using Families = std::map<std::string, std::vector<Problem>>;

Families by_family(const Task& task, int per_family = 64, std::uint64_t seed = 1) {
  Families out;
  for (NamedProblem& p : adversarial(task, seed, per_family))
    out[p.family].push_back(std::move(p.problem));
  return out;
}

std::size_t size(int n) { return static_cast<std::size_t>(n); }

bool has(const std::vector<Problem>& problems, const Problem& problem) {
  return std::find(problems.begin(), problems.end(), problem) != problems.end();
}

/// Sums of the columns, in the base and grouping of the tokens.
std::vector<std::int64_t> column_sums(const Task& task, const Problem& problem) {
  std::vector<std::int64_t> sums(size(task.operand_tokens()), 0);
  for (const Digits& x : problem.operands)
    for (std::size_t j = 0; j < sums.size(); ++j) {
      std::int64_t token = 0;
      for (int i = task.digits_per_token(); i-- > 0;) {
        const std::size_t at = j * size(task.digits_per_token()) + size(i);
        token = token * task.base() + (at < x.size() ? x[at] : 0);
      }
      sums[j] += token;
    }
  return sums;
}

/// Every maximal chain: (start, length) of a generate and the propagating columns above it.
std::set<std::pair<int, int>> chains(const Task& task, const Problem& problem) {
  const auto sums = column_sums(task, problem);
  const std::int64_t p = task.token_base();
  std::set<std::pair<int, int>> out;
  for (std::size_t j = 0; j < sums.size(); ++j) {
    if (sums[j] < p) continue;
    std::size_t end = j + 1;
    while (end < sums.size() && sums[end] == p - 1) ++end;
    out.emplace(static_cast<int>(j), static_cast<int>(end - j));
  }
  return out;
}

}  // namespace

TEST_CASE("for every task and size: valid, distinct, within the limit, reproducible") {
  std::vector<std::string> names = {"majority:n1", "majority:n2", "majority:n33",
                                    "parity:n1",   "parity:n16",  "mul:p2.n300.l600"};
  for (const int p : {2, 3, 10, 36})
    for (const int n : {1, 2, 3, 4, 7, 16}) {
      const std::string head = "p" + std::to_string(p) + ".n" + std::to_string(n);
      names.push_back("add:" + head);
      names.push_back("add:" + head + ".c2");
      names.push_back("add:" + head + ".c3:unpadded");
      names.push_back("mul:" + head);
      names.push_back("mul:" + head + ".l1");
      names.push_back("mul:" + head + ".c3");
      for (const int k : {2, 3, 5, 16, 33}) {
        names.push_back("iter_add:" + head + ".k" + std::to_string(k));
        names.push_back("iter_add:" + head + ".k" + std::to_string(k) + ".c2");
      }
    }
  for (const std::string& name : names) {
    CAPTURE(name);
    const Task task = Task::parse(name);
    for (const int limit : {1, 5, 64}) {
      const auto problems = adversarial(task, 3, limit);
      REQUIRE(problems == adversarial(task, 3, limit));
      std::set<std::string> seen;
      std::map<std::string, int> counts;
      for (const NamedProblem& p : problems) {
        REQUIRE(seen.insert(to_text(task, p.problem)).second);  // to_text checks the problem
        REQUIRE(++counts[p.family] <= limit);
        REQUIRE(exact_answer(task, p.problem) == test::school_answer(task, p.problem));
      }
      REQUIRE_FALSE(problems.empty());
    }
  }
  CHECK(adversarial(Task::add(10, 9), 1) != adversarial(Task::add(10, 9), 2));
  CHECK(error_of([] { adversarial(Task::add(10, 9), 1, 0); }) ==
        "0 problems per family: at least 1 is accepted");
}

TEST_CASE("add: chains of every start and every length") {
  for (const int p : {2, 3, 10}) {
    for (const int n : {1, 2, 6, 128}) {
      const Task task = Task::add(p, n);
      CAPTURE(task.name());
      const Families all = by_family(task);
      std::set<std::pair<int, int>> seen;
      for (const auto& [family, problems] : all)
        for (const Problem& problem : problems) seen.merge(chains(task, problem));
      if (n <= 6) {
        for (int start = 0; start < n; ++start)
          for (int length = 1; start + length <= n; ++length) CHECK(seen.contains({start, length}));
      }
      for (int start = 0; start<n; start += n - 1> 0 ? n - 1 : 1)
        CHECK(seen.contains({start, n - start}));
      for (int length = 1; length <= n; length *= 2) {
        CHECK(seen.contains({0, length}));
        CHECK(seen.contains({n - length, length}));
      }
      for (const Problem& problem : all.at("longest_chain"))
        CHECK(longest_carry_chain(task, problem) == n);
      Digits max(size(n), p - 1);
      Digits one(size(n), 0);
      one[0] = 1;
      CHECK(has(all.at("longest_chain"), {{max, one}}));
    }
  }
}

TEST_CASE("add: a chain ends in the column that kills most narrowly, or at the top") {
  const Task task = Task::add(10, 24);
  const Families all = by_family(task);
  for (const Problem& problem : all.at("chain")) {
    const auto sums = column_sums(task, problem);
    const auto found = chains(task, problem);
    CHECK(std::any_of(found.begin(), found.end(), [&](const auto& chain) {
      const std::size_t end = size(chain.first + chain.second);
      return end == sums.size() || sums[end] == 8;
    }));
  }
}

TEST_CASE("add: a killed twin is a chain with its carry taken away") {
  const Task task = Task::add(10, 24);
  const Families all = by_family(task);
  int twins = 0;
  for (const Problem& twin : all.at("killed_twin")) {
    const auto dead = column_sums(task, twin);
    for (const Problem& chain : all.at("chain")) {
      const auto live = column_sums(task, chain);
      int differ = 0;
      std::size_t at = 0;
      for (std::size_t j = 0; j < live.size(); ++j)
        if (chain.operands[0][j] != twin.operands[0][j] ||
            chain.operands[1][j] != twin.operands[1][j])
          ++differ, at = j;
      if (differ != 1) continue;
      ++twins;
      CHECK(live[at] >= 10);
      CHECK(dead[at] == 8);
      CHECK(carries(task, twin)[at + 1] == 0);
      CHECK(carries(task, chain)[at + 1] == 1);
    }
  }
  CHECK(twins >= 60);
}

TEST_CASE("add: the columns of each family") {
  for (const int p : {2, 10}) {
    const int n = 20;
    const Task task = Task::add(p, n);
    const Families all = by_family(task);
    std::set<std::size_t> generators, killers;
    for (const Problem& problem : all.at("lone_generate")) {
      const auto sums = column_sums(task, problem);
      CHECK(std::count(sums.begin(), sums.end(), p - 1) == n - 1);
      generators.insert(
          size(static_cast<int>(std::find(sums.begin(), sums.end(), p) - sums.begin())));
    }
    CHECK(generators.size() >= 19);  // every column: one of them may be longest_chain's problem
    for (const Problem& problem : all.at("stopped_chain")) {
      const auto sums = column_sums(task, problem);
      for (std::size_t j = 1; j < sums.size(); ++j)
        if (sums[j] == p - 2) killers.insert(j);
      if (sums[0] > p - 2)
        CHECK(longest_carry_chain(task, problem) ==
              std::find(sums.begin(), sums.end(), p - 2) - sums.begin());
    }
    CHECK(killers.size() == size(n - 1));
    for (const Problem& problem : all.at("all_propagate"))
      CHECK(exact_answer(task, problem) == [&] {
        Digits nines(size(n + 1), p - 1);
        nines.back() = 0;
        return nines;
      }());
    for (const Problem& problem : all.at("near_threshold"))
      for (const std::int64_t sum : column_sums(task, problem)) {
        CHECK(sum >= p - 2);
        CHECK(sum <= p);
      }
    CHECK(has(all.at("extremes"), {{Digits(size(n), 0), Digits(size(n), 0)}}));
    CHECK(has(all.at("extremes"), {{Digits(size(n), p - 1), Digits(size(n), p - 1)}}));
  }
}

TEST_CASE("add with several digits to a token: chains between tokens, not only digits") {
  const Task task = Task::parse("add:p10.n12.c3");
  const Families all = by_family(task);
  std::set<std::pair<int, int>> seen;
  for (const Problem& problem : all.at("token_chain")) seen.merge(chains(task, problem));
  for (int start = 0; start < 4; ++start)
    for (int length = 1; start + length <= 4; ++length) CHECK(seen.contains({start, length}));
  CHECK(all.contains("token_near_threshold"));
  // An operand that ends inside a token is cut off, and still valid.
  const Task cut = Task::parse("add:p10.n11.c3");
  for (const NamedProblem& p : adversarial(cut, 1)) check_problem(cut, p.problem);
}

TEST_CASE("iter_add: totals, columns and counts") {
  const int p = 10, n = 12, k = 12;
  const Task task = Task::iter_add(p, n, k);
  const Families all = by_family(task);
  CHECK(has(all.at("extremes"), {std::vector(size(k), Digits(size(n), 0))}));
  CHECK(has(all.at("extremes"), {std::vector(size(k), Digits(size(n), p - 1))}));

  std::set<std::string> totals;
  for (const char* family : {"near_power", "near_multiple"})
    for (const Problem& problem : all.at(family))
      totals.insert(to_text(exact_answer(task, problem)));
  const std::string nines(size(n), '9'), zeros(size(n), '0');
  CHECK(totals.contains("00" + nines));                   // p^n - 1
  CHECK(totals.contains("01" + zeros));                   // p^n
  CHECK(totals.contains("01" + zeros.substr(1) + "1"));   // p^n + 1
  CHECK(totals.contains("11" + zeros));                   // (k-1) p^n
  CHECK(totals.contains("10" + nines));                   // (k-1) p^n - 1
  CHECK(totals.contains("00" + zeros.substr(2) + "10"));  // p
  CHECK(totals.contains("00" + zeros.substr(2) + "11"));  // p + 1

  std::set<int> ones, tops;
  for (const Problem& problem : all.at("column_counts"))
    for (const std::int64_t sum : column_sums(task, problem)) {
      if (problem.operands[0][0] == 1 || sum < p - 1) ones.insert(static_cast<int>(sum));
      if (sum % (p - 1) == 0) tops.insert(static_cast<int>(sum / (p - 1)));
    }
  for (const int t : {1, 2, 3, 4, 5, 7, 8, 9, 12}) {
    CAPTURE(t);
    const bool seen = tops.contains(t) || t == 12;  // 12 nines in each column are the maximum
    CHECK(seen);
  }

  std::set<std::int64_t> sums;
  for (const Problem& problem : all.at("column_sums"))
    for (const std::int64_t sum : column_sums(task, problem)) sums.insert(sum);
  for (const std::int64_t s : {0, 1, 9, 10, 11, 15, 16, 17, 31, 32, 33, 63, 64, 65, 99, 100, 101})
    CHECK(sums.contains(s));

  std::set<std::int64_t> missing;  // from the largest total
  const test::Wide most = test::value_of(exact_answer(task, all.at("extremes")[1]), p);
  for (const Problem& problem : all.at("max_less_one"))
    missing.insert(
        static_cast<std::int64_t>(most - test::value_of(exact_answer(task, problem), p)));
  CHECK(missing.contains(1));
  CHECK(missing.contains(100000000000));
  CHECK(missing.size() == size(n));

  for (const Problem& problem : all.at("lone_generate")) {
    const auto columns = column_sums(task, problem);
    CHECK(std::count(columns.begin(), columns.end(), p) == 1);
    CHECK(std::count(columns.begin(), columns.end(), p - 1) == n - 1);
  }
  for (const Problem& problem : all.at("two_addends"))
    CHECK(std::count_if(problem.operands.begin(), problem.operands.end(), [&](const Digits& x) {
            return std::any_of(x.begin(), x.end(), [](int d) { return d != 0; });
          }) <= 2);
}

TEST_CASE("iter_add: blocks that propagate, generate and kill") {
  for (const char* name : {"iter_add:p2.n24.k8", "iter_add:p10.n12.k32", "iter_add:p3.n12.k5",
                           "iter_add:p2.n24.k3", "iter_add:p2.n24.k8.c2"}) {
    const Task task = Task::parse(name);
    CAPTURE(task.name());
    const std::string prefix = task.digits_per_token() > 1 ? "token_" : "";
    const int p = task.token_base();
    const int k = task.operands();
    const int m = carry_digits(p, k);
    std::int64_t big = 1;
    for (int i = 0; i < m; ++i) big *= p;
    REQUIRE(task.operand_tokens() % m == 0);
    const auto blocks = [&](const Problem& problem) {
      const auto columns = column_sums(task, problem);
      std::vector<std::int64_t> sums(columns.size() / size(m), 0);
      for (std::size_t j = columns.size(); j-- > 0;)
        sums[j / size(m)] = sums[j / size(m)] * p + columns[j];
      return sums;
    };
    // Blocks of the answer: block t is the sum block v_t of constructions.md plus its carry, mod P.
    const auto answer_blocks = [&](const Problem& problem) {
      const Task sum = Task::iter_add(task.base(), task.digits(), k);
      const int width = m * task.digits_per_token();
      const Digits digits = exact_answer(sum, problem);
      std::vector<std::int64_t> out;
      for (int t = 0; (t + 1) * width <= task.digits(); ++t)
        out.push_back(static_cast<std::int64_t>(test::value_of(
            Digits(digits.begin() + t * width, digits.begin() + (t + 1) * width), task.base())));
      return out;
    };
    const Families all = by_family(task);
    std::set<std::int64_t> quotients;
    for (const Problem& problem : all.at(prefix + "block_propagate")) {
      quotients.insert(blocks(problem).back() / big);
      const auto v = answer_blocks(problem);
      CHECK(std::count(v.begin() + 1, v.end(), big - 1) == static_cast<int>(v.size()) - 1);
    }
    CHECK(quotients.contains(0));
    CHECK(quotients.contains(k - 2));  // with k-1 it is the largest problem, among the extremes
    std::set<std::ptrdiff_t> places;
    for (const Problem& problem : all.at(prefix + "block_generate")) {
      // Below the generate all blocks are P-1; it and all above become 0.
      const auto v = answer_blocks(problem);
      const auto at = std::find(v.begin() + 1, v.end(), 0);
      CHECK(std::count(v.begin() + 1, at, big - 1) == at - v.begin() - 1);
      CHECK(std::count(at, v.end(), 0) == v.end() - at);
      CHECK(at != v.end());
      places.insert(at - v.begin());
    }
    CHECK(places.size() == answer_blocks(all.at(prefix + "block_kill")[0]).size() - 1);
    for (const Problem& problem : all.at(prefix + "block_kill")) {
      const auto v = answer_blocks(problem);
      CHECK(std::count(v.begin() + 1, v.end(), big - 2) == 1);
      CHECK(std::count(v.begin() + 1, v.end(), big - 1) == static_cast<int>(v.size()) - 2);
    }
    for (const Problem& problem : all.at(prefix + "block_floor"))
      for (const std::int64_t r : blocks(problem)) {
        const std::int64_t rest = r % big;
        const bool near = rest <= 1 || rest == big - 1 || r == k * (big - 1);
        CHECK(near);
      }
  }
}

TEST_CASE("iter_add: the last addend completes a long chain") {
  const Task task = Task::iter_add(10, 12, 7);
  int runs = 0;
  const Families all = by_family(task);
  for (const Problem& problem : all.at("completed")) {
    const Digits a = exact_answer(task, problem);
    runs += std::all_of(a.begin() + 1, a.begin() + 6, [&](int d) { return d == a[1]; });
  }
  CHECK(runs >= 20);
}

TEST_CASE("mul: products of many nines") {
  for (const char* name : {"mul:p10.n8.l16", "mul:p2.n12.l24", "mul:p10.n8.l5", "mul:p36.n6.l12"}) {
    const Task task = Task::parse(name);
    CAPTURE(name);
    const int p = task.base();
    const int n = task.digits();
    const int s = std::min(n, task.answer_digits());
    const Families all = by_family(task);
    const auto low = [&](const Problem& problem) {
      const Digits a = exact_answer(task, problem);
      return Digits(a.begin(), a.begin() + s);
    };
    CHECK(all.at("low_all_max").size() >= 20);
    for (const Problem& problem : all.at("low_all_max"))
      CHECK(low(problem) == Digits(size(s), p - 1));
    for (const Problem& problem : all.at("low_one")) {
      Digits one(size(s), 0);
      one[0] = 1;
      CHECK(low(problem) == one);
    }
    for (const Problem& problem : all.at("low_complement"))
      for (int j = 0; j < s; ++j)
        CHECK(low(problem)[size(j)] == p - 1 - problem.operands[0][size(j)]);
    CHECK(has(all.at("extremes"), {{Digits(size(n), p - 1), Digits(size(n), p - 1)}}));
    // (p^d - 1) (1 + p^d + ...) = p^n - 1
    Digits nines(size(task.answer_digits()), 0);
    std::fill_n(nines.begin(), s, p - 1);
    int found = 0;
    for (const Problem& problem : all.at("divisors")) found += exact_answer(task, problem) == nines;
    CHECK(found >= 2);
  }
}

TEST_CASE("mul: column counts around each power of two") {
  const Task task = Task::mul(2, 16);
  std::set<std::int64_t> peaks;
  const Families all = by_family(task);
  for (const Problem& problem : all.at("column_counts")) {
    std::vector<std::int64_t> columns(31, 0);
    for (std::size_t i = 0; i < 16; ++i)
      for (std::size_t j = 0; j < 16; ++j)
        columns[i + j] += problem.operands[0][i] * problem.operands[1][j];
    peaks.insert(*std::max_element(columns.begin(), columns.end()));
  }
  for (const std::int64_t t : {2, 3, 4, 5, 7, 8, 9, 15}) CHECK(peaks.contains(t));
}

TEST_CASE("majority and parity: counts on both sides of every threshold") {
  for (const int n : {1, 2, 9, 64, 100}) {
    for (const Task& task : {Task::majority(n), Task::parity(n)}) {
      CAPTURE(task.name());
      std::map<std::int64_t, int> counts;
      const Families all = by_family(task);
      for (const auto& [family, problems] : all)
        for (const Problem& p : problems)
          ++counts[std::count(p.operands[0].begin(), p.operands[0].end(), 1)];
      std::set<int> wanted = {0, 1, n - 1, n, n / 2, n / 2 + 1};
      for (int t = 1; t <= n; t *= 2) wanted.insert({t - 1, t, std::min(t + 1, n)});
      for (const int t : wanted) {
        CAPTURE(t);
        CHECK(counts[t] >= 1);
      }
      if (n >= 9) CHECK(counts[n / 2] >= 7);
      if (n >= 9) CHECK(counts[n / 2 + 1] >= 7);
    }
  }
  // Every string with a single one, and with a single zero (some of them under "power_of_two").
  const auto problems = adversarial(Task::parity(40), 1);
  for (std::size_t j = 0; j < 40; ++j)
    for (const int bit : {0, 1}) {
      Digits bits(40, 1 - bit);
      bits[j] = bit;
      CHECK(std::any_of(problems.begin(), problems.end(),
                        [&](const NamedProblem& p) { return p.problem.operands[0] == bits; }));
    }
}

TEST_CASE("huge problems make small families") {
  const Task task = Task::iter_add(2, 1024, 256);
  const auto problems = adversarial(task, 1);
  CHECK(problems.size() >= 100);
  CHECK(problems.size() * 1024 * 256 < std::size_t{1} << 26);
}
