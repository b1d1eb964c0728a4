#include "proofs_check/sharp_inputs.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace carrybit {

namespace {

/// A number with the same digit at places first..last-1, 0 elsewhere.
Digits run_of(const Task& task, int digit, int first, int last) {
  Digits out(static_cast<std::size_t>(task.digits()), 0);
  std::fill(out.begin() + first, out.begin() + last, digit);
  return out;
}

class List {
 public:
  void add(std::string_view family, std::vector<Digits> operands) {
    std::vector<int> all;
    for (const Digits& operand : operands) all.insert(all.end(), operand.begin(), operand.end());
    if (seen_.insert(std::move(all)).second)
      problems_.push_back({{std::move(operands)}, std::string(family)});
  }
  std::vector<NamedProblem> take() { return std::move(problems_); }

 private:
  std::set<std::vector<int>> seen_;
  std::vector<NamedProblem> problems_;
};

void sharpest_additions(const Task& task, List& list) {
  const int n = task.digits();
  const int top = task.base() - 1;
  const auto all = [&](int digit, int first = 0) { return run_of(task, digit, first, n); };
  list.add("longest_chain", {all(top), run_of(task, 1, 0, 1)});
  list.add("extremes", {all(top), all(top)});
  list.add("all_propagate", {all(top), all(0)});
  list.add("all_propagate", {all(0), all(top)});
  // A carry made in the middle, and one that a place in the middle stops.
  for (const int middle : {n / 2, n - 1, n / 4, 3 * n / 4}) {
    list.add("chain", {all(top, middle), run_of(task, 1, middle, middle + 1)});
    Digits stopped = all(top);
    stopped[static_cast<std::size_t>(middle)] = 0;
    list.add("stopped_chain", {stopped, run_of(task, 1, 0, 1)});
  }
}

void sharpest_sums(const Task& task, List& list) {
  const int top = task.base() - 1;
  const auto k = static_cast<std::size_t>(task.operands());
  const Digits full = run_of(task, top, 0, task.digits());
  const Digits none = run_of(task, 0, 0, task.digits());
  list.add("extremes", std::vector<Digits>(k, full));
  std::vector<Digits> operands(k, full);
  operands.back().front() -= 1;
  list.add("max_less_one", operands);
  // A carry through all blocks that only the lowest digit starts, and the same without it.
  operands.assign(k, none);
  operands.front() = full;
  list.add("all_propagate", operands);
  operands.back() = run_of(task, 1, 0, 1);
  list.add("longest_chain", operands);
  operands.assign(k, full);
  operands.back() = none;
  list.add("extremes", operands);
}

void sharpest_products(const Task& task, List& list) {
  const int n = task.digits();
  const int top = task.base() - 1;
  const auto all = [&](int digit) { return run_of(task, digit, 0, n); };
  list.add("extremes", {all(top), all(top)});
  list.add("max_times_power", {all(top), run_of(task, 1, 0, 1)});
  list.add("max_times_power", {all(top), run_of(task, top, n - 1, n)});
  Digits less = all(top);
  less.front() -= 1;
  list.add("max_less_one", {all(top), less});
  list.add("column_counts", {all(top), all(1)});
  for (const int half : {n / 2, (n + 1) / 2})
    if (half > 0) list.add("column_counts", {all(top), run_of(task, top, 0, half)});
}

void sharpest_bits(const Task& task, List& list) {
  const int n = task.digits();
  for (const int ones : {n, n / 2, n / 2 + 1, 0}) {
    list.add("half", {run_of(task, 1, 0, ones)});
    list.add("half", {run_of(task, 1, n - ones, n)});
  }
}

/// The problems of each family in turn, families in the order in which they come.
void in_turn(std::vector<NamedProblem> problems, List& list) {
  std::map<std::string, std::size_t> taken;
  std::vector<std::vector<std::size_t>> rounds;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const std::size_t round = taken[problems[i].family]++;
    if (round >= rounds.size()) rounds.resize(round + 1);
    rounds[round].push_back(i);
  }
  for (const auto& round : rounds)
    for (const std::size_t i : round)
      list.add(problems[i].family, std::move(problems[i].problem.operands));
}

}  // namespace

std::vector<NamedProblem> places_spelt(const Task& task) {
  std::vector<NamedProblem> out;
  for (std::int64_t power = 1; power < task.digits() || power == 1; power *= task.base()) {
    Problem problem;
    problem.operands.assign(static_cast<std::size_t>(task.operands()),
                            run_of(task, 0, 0, task.digits()));
    for (std::size_t j = 0; j < problem.operands.front().size(); ++j)
      problem.operands.front()[j] =
          static_cast<int>(static_cast<std::int64_t>(j) / power % task.base());
    out.push_back({std::move(problem), "places"});
  }
  return out;
}

std::vector<NamedProblem> sharp_inputs(const Task& task, std::uint64_t seed, int per_family) {
  List list;
  switch (task.kind()) {
    case TaskKind::add: sharpest_additions(task, list); break;
    case TaskKind::iter_add: sharpest_sums(task, list); break;
    case TaskKind::mul: sharpest_products(task, list); break;
    case TaskKind::majority:
    case TaskKind::parity: sharpest_bits(task, list); break;
  }
  if (task.kind() != TaskKind::majority && task.kind() != TaskKind::parity)
    for (NamedProblem& spelt : places_spelt(task))
      list.add(spelt.family, std::move(spelt.problem.operands));
  in_turn(adversarial(task, seed, per_family), list);
  return list.take();
}

}  // namespace carrybit
